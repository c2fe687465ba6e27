/** Confirm: ask before something goes that cannot be brought back. */
import { createInterface } from 'node:readline/promises';
import { usage } from './failure.ts';

/** Whether to go on. Throws when there is nobody to ask. */
export async function confirmed(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw usage('nobody is there to ask: say --yes');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}
