/** `kt policy diff`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { action } from '../action.ts';
import type { DiffOptions, FailOn } from '../diff/run-diff.ts';

const FAIL_ON: readonly FailOn[] = ['any', 'loosens', 'tightens', 'unknown', 'neutral'];

export function addDiff(policy: Command): void {
  policy
    .command('diff')
    .description('What one policy document says differently from another, and what that does to enforcement.')
    .argument('<from>', 'the earlier one: a file, - for standard input, or CONFIGURATION@VERSION')
    .argument('<to>', 'the later one')
    .addOption(
      new Option('--format <format>', 'the form of the answer, text when left out').choices([
        'text',
        'json',
        'markdown',
      ]),
    )
    .option('--json', 'the same as --format json', false)
    .addOption(
      new Option(
        '--fail-on <effects>',
        'which changes are exit code 1: any, or of loosens,tightens,unknown,neutral',
      )
        .argParser(effects)
        .default(['any'], 'any'),
    )
    .addHelpText(
      'after',
      '\nVERSION is a number, an id, active or head. A change that is unknown may loosen: --fail-on loosens,unknown.\nExit codes: 0 no such change, 1 there is one, 2 could not tell.',
    )
    .action(
      action<DiffOptions>(async (call) => {
        const { runDiff } = await import('../diff/run-diff.ts');
        return runDiff(call);
      }),
    );
}

function effects(text: string): readonly FailOn[] {
  return text.split(',').map((word) => {
    const known = FAIL_ON.find((effect) => effect === word.trim());
    if (known) return known;
    throw new InvalidArgumentError(`It is a list of ${FAIL_ON.join(', ')}.`);
  });
}
