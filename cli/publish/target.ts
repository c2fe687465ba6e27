/** The target of a publication: the configuration of a gateway as it is before anything is done to it. */
import { configurationIdFrom } from '../../lib/domain/configuration.ts';
import { CONFIGURATION, type Configuration } from '../answers.ts';
import type { Api } from '../api-client.ts';
import { ApiFailure } from '../api-failure.ts';
import { clean } from '../clean.ts';
import { EXIT } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { BOUND_GATEWAY, type BoundGateway } from './answers.ts';

export interface Target {
  readonly gateway: BoundGateway;
  readonly id: string;
  /** Null when it has to be made. */
  readonly configuration: Configuration | null;
  /** The gateway has to be bound to it. */
  readonly binds: boolean;
}

export async function readGateway(api: Api, id: string): Promise<BoundGateway> {
  return (await api.call('GET', `/v1/gateways/${encodeURIComponent(id)}`, BOUND_GATEWAY)).value;
}

export interface Wish {
  /** Of the new content: an existing configuration that has it already may be bound without more ado. */
  readonly contentHash: string;
  readonly pack: { readonly id: string | null; readonly name: string };
  readonly configurationId?: string;
}

/** Throws when git feeds the configuration: what is published there, git overrides. */
export async function findTarget(api: Api, gateway: BoundGateway, wish: Wish): Promise<Target> {
  const { configuration_id: bound } = gateway;
  if (bound !== null && wish.configurationId !== undefined && wish.configurationId !== bound)
    throw new Failure(
      EXIT.no,
      `gateway ${clean(gateway.id)} is bound to configuration ${clean(bound)}, not to ${clean(wish.configurationId)}`,
      ['PATCH /v1/gateways/{id} binds it to another one.'],
    );
  const id = bound ?? wish.configurationId ?? wish.pack.id ?? configurationIdFrom(wish.pack.name);
  if (id === null)
    throw usage('no configuration id can be made of the pack; give --configuration-id, or set pack.id');
  const configuration = await findConfiguration(api, id);
  if (configuration && bound === null) refuseUnasked(gateway, configuration, wish);
  // What is in force already needs no publishing, so it does not matter who would override it.
  if (configuration?.git && configuration.content_hash !== wish.contentHash)
    throw fedByGit(id, configuration.git);
  return { gateway, id, configuration, binds: bound === null };
}

async function findConfiguration(api: Api, id: string): Promise<Configuration | null> {
  try {
    return (await api.call('GET', `/v1/configurations/${encodeURIComponent(id)}`, CONFIGURATION)).value;
  } catch (error) {
    if (error instanceof ApiFailure && error.kind === 'not found') return null;
    throw error;
  }
}

/** Other gateways may run it: a name that happens to be the same is no wish to change what they run. */
function refuseUnasked(gateway: BoundGateway, { id, content_hash }: Configuration, wish: Wish): void {
  if (wish.configurationId !== undefined || content_hash === wish.contentHash) return;
  throw new Failure(
    EXIT.no,
    `gateway ${clean(gateway.id)} is bound to nothing, and there is a configuration ${clean(id)} already; nothing was changed`,
    [
      `To change it and bind the gateway to it: --configuration-id ${clean(id)}. For one of its own: another id.`,
    ],
  );
}

export function fedByGit(id: string, git: Configuration['git']): Failure {
  const advice = git
    ? [
        `Change ${clean(git.path)} in the repository of link ${clean(git.link_id)} (kt repo get ${clean(git.link_id)}), or unlink it: kt repo unlink ${clean(git.link_id)}`,
      ]
    : ['Change the file in the repository, or unlink it: kt repo list'];
  return new Failure(
    EXIT.no,
    `git feeds configuration ${clean(id)} and would override this; nothing was published`,
    advice,
  );
}
