/** A link, and the secret of its webhook, for people. */
import type { Link } from '../answers.ts';
import type { Output } from '../output.ts';
import { styleOfStatus } from '../status-style.ts';

export function showLink(link: Link, output: Output): void {
  const { error } = link;
  output.record([
    ['id', link.id],
    ['repository', link.repo_url],
    ['branch', link.branch],
    ['path', link.path],
    ['provider', link.provider],
    ['deploy key', link.deploy_key?.fingerprint],
    ['host keys', link.deploy_key?.host_keys.join(', ')],
    ['team', link.team],
    ['poll interval', `${link.poll_interval_seconds} s`],
    ['status', styleOfStatus(link.status)],
    ['last sync', link.last_sync],
    ['version', link.current_version],
    ['configurations', link.configuration_ids.join(', ')],
    ['webhook', link.webhook?.url],
    ...(error
      ? [['error', `${error.class}: ${error.message}`] as const, ['next try', error.next_try] as const]
      : []),
  ]);
}

export function showHook(webhook: Link['webhook'], output: Output): void {
  if (webhook?.secret === undefined) return;
  output.record([
    ['hook url', webhook.url],
    ['hook secret', webhook.secret],
  ]);
  output.note('The secret is shown once: give it to the git host now.');
}
