/** `kt policy test`. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import type { PolicyTestOptions } from '../policy-test/run-policy-test.ts';

export function addTest(policy: Command): void {
  policy
    .command('test')
    .description('Run the tests of a policy document, on this machine and without a network.')
    .option('--json', 'the results as JSON; has to be given', false)
    .option('--pack-dir <dir>', 'where policy-config.yaml and tests/ are', '.')
    .option(
      '--allow-unenforced <kind>',
      'go on although nothing here enforces this kind; may be repeated',
      (kind: string, before: readonly string[]) => [...before, kind],
      [],
    )
    .option(
      '--allow-unreadable',
      'let pictures, sounds and files pass, as a gateway does with this flag',
      false,
    )
    .option('--prices <file>', 'prices of models, as for a gateway')
    .option('--watch', 'run again after each change, one line of JSON per run, until Ctrl-C', false)
    .option('--junit <file>', 'write the results there as well, as JUnit XML')
    .addHelpText('after', HELP)
    .action(
      action<PolicyTestOptions>(async (call) => {
        const { runPolicyTest } = await import('../policy-test/run-policy-test.ts');
        return runPolicyTest(call);
      }),
    );
}

const HELP = `
The tests are tests/*.json and the suites in the document.
Exit codes: 0 all pass, 1 one fails or the document is not valid, 2 could not tell;
with --watch those of the last run.`;
