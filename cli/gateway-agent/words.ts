/** A command line as words, without a shell: quotes keep spaces, and nothing else means anything. */
import { usage } from '../failure.ts';

/** What only a shell would understand is refused rather than handed on as it is. */
const FOR_A_SHELL = /[|&;<>()$`\\*?~#\n]/;

export function wordsOf(text: string, option: string): readonly [program: string, ...args: string[]] {
  const words: string[] = [];
  const pattern = /\s*(?:'([^']*)'|"([^"]*)"|([^\s'"]+))(?=\s|$)/gy;
  let at = 0;
  for (const match of text.trimEnd().matchAll(pattern)) {
    const [whole, single, double, bare] = match;
    at = match.index + whole.length;
    if (bare !== undefined && FOR_A_SHELL.test(bare))
      throw usage(`${option}: "${bare}" means something to a shell only; quote it, or add --shell`);
    words.push(single ?? double ?? bare ?? '');
  }
  const [program, ...args] = words;
  if (at !== text.trimEnd().length || program === undefined || program === '')
    throw usage(`${option}: is not a program and its arguments, with quotes around what holds spaces`);
  return [program, ...args];
}
