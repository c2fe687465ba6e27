/** What `docs/guides/ci.md` tells its readers to copy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run-action.ts';

export const guideText = () => readFileSync(join(ROOT, 'docs/guides/ci.md'), 'utf8');

/** The blocks of one language, in their order. */
export function codeBlocks(language: string): readonly string[] {
  return [...guideText().matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text]) =>
    name === language && text !== undefined ? [text] : [],
  );
}
