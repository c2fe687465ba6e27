/** Reload by a command. */
import type { Log } from '../../../lib/log.ts';
import { type Command, type CommandOptions, runCommand } from './command.ts';
import type { Reload } from './reload.ts';

export function reloadByCommand(command: Command, options: CommandOptions & { readonly log: Log }): Reload {
  return async () => {
    const outcome = await runCommand(command, options);
    if (outcome.kind === 'done') return { kind: 'told', runs: null };
    options.log.fact('gateway.reload_failed', { why: outcome.why, output: outcome.output });
    return { kind: 'failed', why: `the reload command failed: ${outcome.why}` };
  };
}
