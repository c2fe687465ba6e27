/** A link as the API shows it. */
import type * as z from 'zod';
import type { Link } from '../../domain/link.ts';
import type { HookProvider } from '../../domain/provider.ts';
import { lastSyncOf, linkStatus, type Source } from '../../domain/source.ts';
import { knownHostName, sshAddress } from '../../git/ssh-address.ts';
import { fingerprintOfLine } from '../../git/ssh-blob.ts';
import { publishedHostKeys } from '../../git/well-known-hosts.ts';
import type { LINK } from '../schemas/links.ts';

export type LinkView = z.input<typeof LINK>;

export interface WebhookView {
  readonly id: string;
  readonly url: string;
  readonly provider: HookProvider;
}

export function linkView(link: Link, source: Source | null, publicUrl: string): LinkView {
  return {
    id: link.id,
    team: link.team,
    repo_url: link.repoUrl,
    branch: link.branch,
    path: link.path,
    provider: link.provider,
    deploy_key: deployKeyView(link),
    poll_interval_seconds: link.pollIntervalSeconds,
    auto_create_configuration: link.autoCreateConfiguration,
    configuration_id: link.configurationId,
    status: linkStatus(link, source),
    last_sync: lastSyncOf(link, source),
    current_version: link.currentVersion,
    configuration_ids: [...link.configurationIds],
    error: errorView(link, source),
    webhook:
      link.hookId === null || link.provider === 'generic'
        ? null
        : webhookView(link.hookId, link.provider, publicUrl),
    created_at: link.createdAt,
  };
}

function deployKeyView({ deployKey, repoUrl }: Link): LinkView['deploy_key'] {
  if (!deployKey) return null;
  const hostKeys = deployKey.hostKeys ?? publishedHostKeys(knownHostName(sshAddress(repoUrl)));
  return { fingerprint: deployKey.fingerprint, host_keys: hostKeys.map(fingerprintOfLine) };
}

export function webhookView(id: string, provider: HookProvider, publicUrl: string): WebhookView {
  return { id, url: `${publicUrl}/v1/hooks/${id}`, provider };
}

function errorView({ error }: Link, source: Source | null): LinkView['error'] {
  if (!error) return null;
  const { class: kind, message, since, findings } = error;
  return {
    class: kind,
    message,
    since,
    next_try: source?.dueAt ?? null,
    ...(findings.length > 0 ? { findings: [...findings] } : {}),
  };
}
