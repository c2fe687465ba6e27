/** Drift: every place where what runs is not provably what git says, told apart by what to do about it. */
import type { Configuration, Link } from '../answers.ts';
import type { Convergence, Standing } from '../publish/answers.ts';
import type { ComparedFile } from './checkout.ts';

/**
 * What is true of a place. Those in `QUIET` are told and are no drift.
 * `never reported` and `silent`: nobody knows what runs, so nobody can say that it is right.
 */
type State =
  | 'held'
  | 'pending'
  | 'no version'
  | 'active is not head'
  | 'link in error'
  | 'never reported'
  | 'silent'
  | 'runs something else'
  | 'runs nothing'
  | 'not proven'
  | 'refused'
  | 'checkout differs'
  | 'missing in checkout'
  | 'not published';

const QUIET: readonly State[] = ['held', 'pending', 'no version'];

export interface Drifted {
  readonly configuration_id: string | null;
  /** Where: the configuration itself, its link, a gateway, or a file of the checkout. */
  readonly who: 'configuration' | 'link' | 'gateway' | 'file';
  /** The id of the link or gateway, or the path of the file. */
  readonly which: string;
  readonly state: State;
  readonly wanted: string | null;
  readonly found: string | null;
  readonly since: string | null;
  readonly reason: string | null;
  readonly drift: boolean;
}

type Told = Pick<Drifted, 'configuration_id' | 'who' | 'which' | 'state'> & Partial<Drifted>;

/** A hold is meant: with `strict` it is drift all the same. */
function drifted(told: Told, strict: boolean): Drifted {
  const drift = !QUIET.includes(told.state) || (strict && told.state === 'held');
  return { wanted: null, found: null, since: null, reason: null, ...told, drift };
}

export function driftOfConfiguration(configuration: Configuration, strict: boolean): readonly Drifted[] {
  const { id, active_version: active, head_version: head, hold } = configuration;
  const about = { configuration_id: id, who: 'configuration', which: id } as const;
  if (!active) return [drifted({ ...about, state: 'no version' }, strict)];
  const hashes = { wanted: head?.content_hash ?? null, found: active.content_hash };
  // Also a hold that git agrees with at the moment: the next commit will not reach gateways.
  if (hold) {
    const reason = `until ${hold.until}, by ${hold.actor}${hold.reason ? `: ${hold.reason}` : ''}`;
    return [drifted({ ...about, ...hashes, state: 'held', since: hold.at, reason }, strict)];
  }
  if (!head || head.content_hash === active.content_hash) return [];
  const reason = `version ${active.number} is in force, version ${head.number} is what git says`;
  return [drifted({ ...about, ...hashes, state: 'active is not head', reason }, strict)];
}

export function driftOfLink(link: Link, configurationId: string | null, strict: boolean): readonly Drifted[] {
  const about = { configuration_id: configurationId, who: 'link', which: link.id } as const;
  // One that was synced before is only about to be looked at again.
  if (link.status === 'pending' && link.last_sync === null)
    return [drifted({ ...about, state: 'pending', reason: 'not synced yet' }, strict)];
  if (!link.error) return [];
  const { class: kind, message, since } = link.error;
  return [drifted({ ...about, state: 'link in error', since, reason: `${kind}: ${message}` }, strict)];
}

export function driftOfGateways(
  { configuration_id: id, content_hash: wanted, gateways }: Convergence,
  strict: boolean,
): readonly Drifted[] {
  if (wanted === null) return [];
  return gateways
    .filter(({ state }) => state !== 'converged')
    .map((gateway) =>
      drifted(
        {
          configuration_id: id,
          who: 'gateway',
          which: gateway.id,
          state: stateOfGateway(gateway, wanted),
          wanted,
          found: gateway.content_hash,
          since: gateway.since ?? gateway.last_heartbeat,
          reason: gateway.reason ?? gateway.drift?.kind ?? null,
        },
        strict,
      ),
    );
}

function stateOfGateway(
  { state, content_hash: runs, since, last_heartbeat }: Standing,
  wanted: string,
): State {
  if (state === 'refused') return 'refused';
  if (state === 'offline') return since === null && last_heartbeat === null ? 'never reported' : 'silent';
  if (runs === null) return 'runs nothing';
  return runs === wanted ? 'not proven' : 'runs something else';
}

export function driftOfFile(file: ComparedFile, strict: boolean): readonly Drifted[] {
  const about = { configuration_id: file.configurationId, who: 'file', which: file.path } as const;
  const { wanted, found, reason } = file;
  if (file.kind === 'same') return [];
  return [drifted({ ...about, state: file.kind, wanted, found, reason }, strict)];
}
