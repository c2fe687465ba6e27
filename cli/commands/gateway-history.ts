/** `kt gateway history`: what did a gateway enforce, and who put it there? */
import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import type { HistoryOptions } from '../history/run-history.ts';
import { jsonOption, wholeNumber } from '../options.ts';

export function addHistory(gateway: Command): void {
  gateway
    .command('history')
    .description('What a gateway enforced, at a time or over a time, and who put it there.')
    .argument('[id]', 'the gateway')
    .option('--id <id>', 'the gateway')
    .addOption(
      new Option('--at <time>', '14:20 (today, here), or 2026-01-31T14:20:00Z').conflicts(['since', 'until']),
    )
    .option('--since <time>', 'what was reported from then on: a time, or how far back: 24h, 7d')
    .option('--until <time>', 'what was reported before then')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nWhen it applied what is by the clock of the gateway, which signed it; when it was reported is by ours.\nExit codes: 0 it is known, 2 it is not.',
    )
    .action(
      action<HistoryOptions>(async (call) => {
        const { runHistory } = await import('../history/run-history.ts');
        return runHistory(call);
      }),
    );
}
