/** `kt gateway converge`: do the gateways of a configuration run what is in force? */
import type { Command } from 'commander';
import { action } from '../action.ts';
import type { ConvergeOptions } from '../converge/run-converge.ts';
import { jsonOption, wholeNumber } from '../options.ts';

export function addConverge(gateway: Command): void {
  gateway
    .command('converge')
    .description('Which gateways of a configuration run what is in force, and how long each step took.')
    .argument('<configuration>')
    .option('--wait <seconds>', 'wait so long for those that do not yet', wholeNumber(0, 86_400), 0)
    .option('--file <file>', 'the document that must be in force: a push may not have arrived yet')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nTimes of steps are milliseconds: those of the control plane by its clock, those of a gateway by its own.\nExit codes: 0 all of them run it, 1 not all, or another document is in force, 2 could not tell.',
    )
    .action(
      action<ConvergeOptions>(async (call) => {
        const { runConverge } = await import('../converge/run-converge.ts');
        return runConverge(call);
      }),
    );
}
