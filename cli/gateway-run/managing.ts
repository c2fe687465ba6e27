/** Managing: the agent that is built into a managed gateway. */
import { type Agent, startAgent } from '../../gateway/agent/agent.ts';
import { NotStarted } from '../../gateway/agent/trust.ts';
import type { Gateway } from '../../gateway/proxy/gateway.ts';
import { processTarget } from '../../gateway/proxy/process-target.ts';
import type { Log } from '../../lib/log.ts';
import type { Call } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { agentOptions } from '../gateway-agent/agent-options.ts';
import type { RunOptions } from './run-options.ts';

/** Returns when the gateway runs what it ran last, as far as it can. */
export async function startManaging(call: Call<RunOptions>, gateway: Gateway, log: Log): Promise<Agent> {
  const options = await agentOptions(call, () => log);
  const { pollInterval } = call.options;
  const reconcileIntervalMs = pollInterval ?? options.reconcileIntervalMs;
  try {
    return await startAgent({ ...options, reconcileIntervalMs }, processTarget(gateway));
  } catch (error) {
    if (error instanceof NotStarted || isInUse(error)) throw new Failure(EXIT.unknown, error.message);
    throw error;
  }
}

const isInUse = (error: unknown): error is Error =>
  error instanceof Error && / is in use by another /.test(error.message);
