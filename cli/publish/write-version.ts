/** Write a version: a document becomes what a configuration is at, and a gateway is bound to it. */
import { CONFIGURATION, type Configuration } from '../answers.ts';
import type { Answer, Api } from '../api-client.ts';
import { ApiFailure } from '../api-failure.ts';
import { clean } from '../clean.ts';
import { EXIT } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import type { Output } from '../output.ts';
import { BOUND_GATEWAY } from './answers.ts';
import type { Plan } from './publish.ts';
import { fedByGit, type Target } from './target.ts';

/** Throws when what the API stored is not what was sent. */
export async function writeVersion(api: Api, plan: Plan, output: Output): Promise<Configuration> {
  const { target, bytes, contentHash, name } = plan;
  const { id, configuration, gateway } = target;
  const policy_yaml = Buffer.from(bytes).toString('utf8');
  const { value } = configuration
    ? await update(api, id, policy_yaml)
    : await api.call('POST', '/v1/configurations', CONFIGURATION, {
        body: { id, name, team: gateway.team, policy_yaml },
      });
  if (value.content_hash !== contentHash)
    throw new Failure(
      EXIT.unknown,
      `configuration ${clean(id)} is now at ${value.content_hash}, and ${contentHash} was sent: somebody else published too`,
    );
  const compared = configuration?.head_version?.number ?? 0;
  const number = value.active_version?.number ?? 0;
  if (number > compared + 1)
    output.warn(
      `version ${number - 1} was published meanwhile: the changes above are those since version ${compared}`,
    );
  return value;
}

/** Sent twice it publishes once: the same content again is no new version. */
async function update(api: Api, id: string, policy_yaml: string): Promise<Answer<Configuration>> {
  try {
    const path = `/v1/configurations/${encodeURIComponent(id)}`;
    return await api.call('PATCH', path, CONFIGURATION, { body: { policy_yaml }, repeatable: true });
  } catch (error) {
    // Somebody linked it after we looked.
    if (error instanceof ApiFailure && error.code === 'fed_by_git') throw fedByGit(id, null);
    throw error;
  }
}

export async function bind(api: Api, { id, gateway }: Target): Promise<void> {
  const path = `/v1/gateways/${encodeURIComponent(gateway.id)}`;
  await api.call('PATCH', path, BOUND_GATEWAY, { body: { configuration_id: id }, repeatable: true });
}
