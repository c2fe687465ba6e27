/** `kt drift`: is what runs what git says? */
import type { Command } from 'commander';
import { action } from '../action.ts';
import type { DriftOptions } from '../drift/run-drift.ts';

export function addDrift(kt: Command): Command {
  return kt
    .command('drift')
    .description('Compare what git says, what is in force, and what each gateway says it runs.')
    .option('--configuration-id <id>', 'only this configuration; may be repeated', repeated, [])
    .option('--repo <dir>', 'also compare the files of a git checkout with what was published from them')
    .option('--repo-url <url>', 'the repository of the checkout, as it is linked; its remotes when left out')
    .option('--branch <name>', 'the branch of the checkout; the one that is checked out when left out')
    .option('--strict', 'what is held on purpose is drift too', false)
    .option('--json', 'the answer as JSON', false)
    .addHelpText(
      'after',
      '\nA gateway that never said what it runs, or is silent, is drift: nobody can show that it runs what it should.\nExit codes: 0 no drift, 1 drift, 2 could not tell.',
    )
    .action(
      action<DriftOptions>(async (call) => {
        const { runDrift } = await import('../drift/run-drift.ts');
        return runDrift(call);
      }),
    );
}

function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
