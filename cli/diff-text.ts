/** A semantic diff, for people: each change with what it does to enforcement. */
import { clean } from './clean.ts';
import type { Output, Style } from './output.ts';

/** As the API answers it, and as `diffDocuments` of the policy code makes it. */
export interface ShownDiff {
  readonly changes: readonly {
    readonly path: string;
    readonly change: string;
    readonly before: unknown;
    readonly after: unknown;
    readonly effect: string;
    readonly reason: string;
  }[];
  readonly summary: string;
}

const STYLES: Readonly<Record<string, Style>> = {
  tightens: 'green',
  loosens: 'red',
  unknown: 'yellow',
  neutral: 'dim',
};
const SIGNS: Readonly<Record<string, string>> = { added: '+', removed: '-', changed: '~', moved: '>' };
const WIDEST_VALUE = 200;

export function printDiff({ changes, summary }: ShownDiff, output: Output): void {
  if (changes.length === 0) {
    output.line('no differences');
    return;
  }
  for (const { path, change, before, after, effect, reason } of changes) {
    const sign = SIGNS[change] ?? '?';
    output.line(
      `${sign} ${clean(path) || '(document)'}  ${output.paint(STYLES[effect] ?? 'yellow', clean(effect))}`,
    );
    if (change !== 'added') output.line(`    before  ${shown(before)}`);
    if (change !== 'removed') output.line(`    after   ${shown(after)}`);
    if (reason !== '') output.line(`    ${clean(reason)}`);
  }
  output.line();
  output.line(clean(summary));
}

function shown(value: unknown): string {
  const text = clean(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
  return text.length > WIDEST_VALUE ? `${text.slice(0, WIDEST_VALUE - 1)}…` : text;
}
