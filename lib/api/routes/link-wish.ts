/** A link as asked for, with what one field means for another. */
import type * as z from 'zod';
import type { Link } from '../../domain/link.ts';
import { type Provider, providerOfHost } from '../../domain/provider.ts';
import { addressGuard, refuseDeniedHost } from '../../git/address-guard.ts';
import type { LinkPatch, LinkWish } from '../../pipeline/manage/links.ts';
import { type Detail, invalid, invalidField, refusalOf } from '../errors.ts';
import type { LINK_PATCH, LINK_REQUEST } from '../schemas/links.ts';
import { deployKeyAsked, deployKeyPatch } from './deploy-key-wish.ts';

/** Throws 400 for fields that do not go together. */
export function wishAsked(
  body: z.output<typeof LINK_REQUEST>,
  team: string,
  allowedNetworks: readonly string[],
): LinkWish {
  const repoUrl = repoUrlAsked(body, allowedNetworks);
  const feeds = {
    path: body.path,
    autoCreateConfiguration: body.auto_create_configuration,
    configurationId: body.configuration_id ?? null,
  };
  refuseContradiction(feeds);
  return {
    ...feeds,
    team,
    repoUrl,
    provider: providerAsked(body.provider, repoUrl),
    branch: body.branch,
    username: body.username ?? null,
    accessToken: body.access_token ?? null,
    deployKey: deployKeyAsked(body, repoUrl),
    pollIntervalSeconds: body.poll_interval_seconds,
  };
}

export function patchAsked(body: z.output<typeof LINK_PATCH>, link: Link): LinkPatch {
  const { auto_create_configuration = link.autoCreateConfiguration } = body;
  const { configuration_id = link.configurationId } = body;
  refuseContradiction({
    path: link.path,
    autoCreateConfiguration: auto_create_configuration,
    configurationId: configuration_id,
  });
  return {
    pollIntervalSeconds: body.poll_interval_seconds,
    autoCreateConfiguration: body.auto_create_configuration,
    configurationId: body.configuration_id,
    username: body.username,
    accessToken: body.access_token,
    ...deployKeyPatch(body, link.repoUrl),
  };
}

function repoUrlAsked(body: z.output<typeof LINK_REQUEST>, allowedNetworks: readonly string[]): string {
  const repoUrl = body.repo_url ?? body.url;
  if (repoUrl === undefined) throw invalidField('repo_url', 'is required');
  if (body.url !== undefined && body.url !== repoUrl) {
    throw invalidField('url', 'names another repository than repo_url; give one of them');
  }
  // Whoever sits between us and the host could write policies, and read the token.
  if (repoUrl.startsWith('http:') && allowedNetworks.length === 0) {
    throw invalidField(
      'repo_url',
      'must be https://; http:// is for hosts in networks that the deployment allows',
    );
  }
  try {
    refuseDeniedHost(repoUrl, addressGuard(allowedNetworks));
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal ? invalidField('repo_url', refusal.message) : error;
  }
  return repoUrl;
}

/** A host that is not well known is polled only, unless the caller says how it signs its deliveries. */
function providerAsked(provider: Provider | undefined, repoUrl: string): Provider {
  return provider ?? providerOfHost(new URL(repoUrl).hostname) ?? 'generic';
}

interface Feeds {
  readonly path: string;
  readonly autoCreateConfiguration: boolean;
  readonly configurationId: string | null;
}

function refuseContradiction({ path, autoCreateConfiguration, configurationId }: Feeds): void {
  const isDirectory = path.endsWith('/');
  const details: Detail[] = [];
  if (isDirectory && !autoCreateConfiguration) {
    const message = 'must be true for a directory: each file in it feeds a configuration of its own';
    details.push({ field: 'auto_create_configuration', message });
  }
  if (isDirectory && configurationId !== null) {
    const message = 'cannot be given for a directory, which feeds many configurations';
    details.push({ field: 'configuration_id', message });
  }
  if (!isDirectory && !autoCreateConfiguration && configurationId === null) {
    const message = 'is required unless auto_create_configuration is true';
    details.push({ field: 'configuration_id', message });
  }
  if (details.length > 0) throw invalid(details);
}
