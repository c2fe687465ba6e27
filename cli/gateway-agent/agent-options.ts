/** The options of an agent, as the flags mean them. */
import type { AgentOptions, StalenessOptions } from '../../gateway/agent/options.ts';
import { realOutside } from '../../gateway/agent/outside.ts';
import type { Log } from '../../lib/log.ts';
import type { Call } from '../action.ts';
import { usage } from '../failure.ts';
import type { AgentFlags } from './agent-flags.ts';
import { identityOf } from './identity.ts';

const HEARTBEAT_MS = 30_000;

export function stalenessOf({ maxStaleness, whenStale }: AgentFlags): StalenessOptions | null {
  if (maxStaleness !== undefined) return { maxMs: maxStaleness, whenStale: whenStale ?? 'serve' };
  if (whenStale !== undefined) throw usage('--when-stale: after how long? Give --max-staleness too');
  return null;
}

type Asked = Pick<Call<AgentFlags>, 'options' | 'environment' | 'cwd' | 'settings' | 'output'>;

/** Throws a `Failure` for what cannot be right. `logFor` makes the log of a gateway. */
export async function agentOptions(call: Asked, logFor: (gatewayId: string) => Log): Promise<AgentOptions> {
  const staleness = stalenessOf(call.options);
  const identity = await identityOf(call);
  return {
    ...identity,
    pinKeys: call.options.pinKeys,
    reconcileIntervalMs: call.options.reconcileInterval,
    heartbeatIntervalMs: HEARTBEAT_MS,
    staleness,
    log: logFor(identity.gatewayId),
    outside: realOutside(),
  };
}
