/** `--wait` of `kt repo link` and `kt repo sync`: how the look at the repository went. */
import type { Command } from 'commander';
import type { Link } from '../answers.ts';
import type { Answer, Api } from '../api-client.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { wholeNumber } from '../options.ts';
import type { Output } from '../output.ts';

export interface Waiting {
  readonly json: boolean;
  readonly wait: boolean;
  readonly timeout: number;
}

export const addWait = (command: Command) =>
  command
    .option('--wait', 'until it is synced, or an error is known', false)
    .option('--timeout <seconds>', 'how long to wait', wholeNumber(1, 86_400), 60);

export async function follow(api: Api, asked: Answer<Link>, options: Waiting, output: Output) {
  const { followLink } = await import('../follow-link.ts');
  if (output.isWatched) output.note(`Waiting for ${asked.value.id} …`);
  return followLink(api, asked, options.timeout);
}

/** Without `--wait` nothing was asked about how it went. */
export async function verdictOn({ error }: Link, { wait }: Waiting, output: Output): Promise<ExitCode> {
  if (!wait || !error) return EXIT.ok;
  const { findingText } = await import('../api-failure.ts');
  output.note(clean(`not synced (${error.class}): ${error.message}`));
  for (const line of (error.findings ?? []).flatMap(findingText)) output.note(line);
  return EXIT.no;
}
