/** `kt gateway agent`: runs until it is told to end. */
import { startAgent } from '../../gateway/agent/agent.ts';
import { NotStarted } from '../../gateway/agent/trust.ts';
import { jsonLog } from '../../lib/log.ts';
import type { Call } from '../action.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { outliveReaders } from '../gateway-run/until-told.ts';
import type { AgentFlags } from './agent-flags.ts';
import { agentOptions } from './agent-options.ts';
import { targetOf } from './target.ts';
import type { TargetFlags } from './target-flags.ts';

/** One JSON line for each fact, on standard error: standard output is for answers. */
const agentLog = (gateway: string) => jsonLog((line) => process.stderr.write(`${line}\n`), { gateway });

export async function runAgent(call: Call<AgentFlags & TargetFlags>): Promise<ExitCode> {
  outliveReaders();
  const options = await agentOptions(call, agentLog);
  const { cwd, environment } = call;
  const target = targetOf(call.options, { cwd, environment, log: options.log });
  const told = new Promise<void>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve());
  });
  try {
    const agent = await startAgent(options, target);
    await told;
    await agent.stop();
  } catch (error) {
    if (error instanceof NotStarted) throw new Failure(EXIT.unknown, error.message);
    throw error;
  }
  return EXIT.ok;
}
