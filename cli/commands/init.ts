/** `kt init`: a policy document to start from. */
import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import type { InitOptions } from '../init/run-init.ts';
import { TEMPLATE_NAMES } from '../init/template-names.ts';

export function addInit(kt: Command): Command {
  return kt
    .command('init')
    .description('Write a policy document to start from, policy-config.yaml, and a test of it in tests/.')
    .argument('[dir]', 'where; made when it is not there')
    .addOption(
      new Option('--template <name>', 'what the document is about')
        .choices(TEMPLATE_NAMES)
        .default('default'),
    )
    .option('--force', 'replace files that are there', false)
    .option('--json', 'which files were written, as JSON', false)
    .addHelpText('after', '\nExit codes: 0 written, 1 a file is there already, 2 could not write.')
    .action(
      action<InitOptions>(async (call) => {
        const { runInit } = await import('../init/run-init.ts');
        return runInit(call);
      }),
    );
}
