/** Rule: every pattern is RE2, which takes time linear in the text it looks at, whatever the pattern. */
import { RE2JS } from 're2js';
import type { Report } from '../report.ts';
import { MAX_TEXT } from '../schema/fields.ts';
import { isText } from '../tree.ts';
import { type DocumentContent, noted } from './content.ts';

/**
 * Compiling takes time and memory that grow with the length of a pattern, where what has a count (`{1000}` is the
 * highest that RE2 allows) is written out that often. This much, over all patterns of a file, takes about half a
 * second at worst.
 */
const MAX_WEIGHT = 300_000;
/** An alternative, and a class of Unicode characters, take as much as this many letters. */
const WEIGHTS = { alternative: 20, unicodeClass: 300 } as const;

export function patternsAreRe2(content: DocumentContent, report: Report): void {
  let weight = 0;
  for (const { tree, path } of noted(content, 'pattern')) {
    if (!isText(tree) || tree.value.length > MAX_TEXT) continue;
    weight += weightOf(tree.value);
    if (weight > MAX_WEIGHT) {
      const fix = 'use shorter patterns, or lower counts in braces';
      report.ofValue(content.root, path, 'E044', 'the patterns up to here take too much to compile', fix);
      return;
    }
    const trouble = troubleWith(tree.value);
    if (trouble) report.ofValue(content.root, path, 'E043', ...trouble);
  }
}

/** Every group and what it holds is counted as often as its count says; flags and names as letters. */
function weightOf(pattern: string): number {
  const around: number[] = [];
  let [total, last] = [0, 0];
  for (const [token, from, to] of pattern.matchAll(TOKEN)) {
    if (from !== undefined) {
      const more = last * (Math.max(1, Number(from), Number(to || 0)) - 1);
      total += more;
      last += more;
    } else if (token === '(') {
      around.push(total);
      total = 1;
    } else if (token === ')') {
      last = total + 1;
      total = (around.pop() ?? 0) + last;
    } else {
      last = token === '|' ? WEIGHTS.alternative : token.length;
      total += last;
    }
  }
  const classes = pattern.match(/\\[pP]/g)?.length ?? 0;
  return around.reduce((sum, outer) => sum + outer, total) + classes * WEIGHTS.unicodeClass;
}

const CLASS = String.raw`\[\^?\]?(?:\\[\s\S]|[^\]\\])*(?:\]|$)`;
const QUOTED = String.raw`\\Q[\s\S]*?(?:\\E|$)`;
const TOKEN = new RegExp(String.raw`${QUOTED}|\\[\s\S]|${CLASS}|\{(\d{1,4})(?:,(\d{0,4}))?\}|[\s\S]`, 'g');
/** What is escaped or in a class means itself. */
const LITERAL = new RegExp(String.raw`${QUOTED}|\\[^1-9k]|${CLASS}`, 'g');

function troubleWith(pattern: string): [message: string, suggestion: string] | null {
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    const bare = pattern.replaceAll(LITERAL, '');
    if (/\(\?<?[=!]/.test(bare))
      return ['RE2 has no look-around (`(?=`, `(?!`, `(?<=`, `(?<!`)', 'match what stands around as well'];
    if (/\\[1-9]|\(\?P=|\\k</.test(bare)) return ['RE2 has no back-references', 'write the text out again'];
    if (/\(\?>|[*+?}]\+/.test(bare))
      return ['RE2 has no atomic groups and no possessive counts', 'leave the `+` or `?>` out'];
    const why = error instanceof Error ? error.message : String(error);
    return [`not a pattern: ${why.replace('error parsing regexp: ', '')}`, 'see the syntax of RE2'];
  }
}
