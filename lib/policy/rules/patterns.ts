/** Rule: every pattern is RE2, which takes time linear in the text it looks at, whatever the pattern. */
import { RE2JS } from 're2js';
import type { Report } from '../report.ts';
import { MAX_TEXT } from '../schema/fields.ts';
import { isText } from '../tree.ts';
import { type DocumentContent, noted } from './content.ts';

/**
 * Compiling takes time and memory that grow with the length of a pattern times its highest count (`{1000}` is the
 * highest that RE2 allows). This much, over all patterns of a file, takes about half a second at worst.
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

function weightOf(pattern: string): number {
  const alternatives = pattern.split('|').length - 1;
  const classes = pattern.match(/\\[pP]/g)?.length ?? 0;
  let highest = 1;
  for (const [, from, to] of pattern.matchAll(/\{(\d{1,4})(?:,(\d{0,4}))?\}/g))
    highest = Math.max(highest, Number(from), Number(to || 0));
  const letters = pattern.length + alternatives * WEIGHTS.alternative;
  return letters * highest + classes * WEIGHTS.unicodeClass;
}

function troubleWith(pattern: string): [message: string, suggestion: string] | null {
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    // What is escaped or in a class means itself.
    const bare = pattern.replaceAll(/\\Q[\s\S]*?(?:\\E|$)|\\[^1-9]|\[\^?\]?(?:\\.|[^\]\\])*\]/g, '');
    if (/\(\?<?[=!]/.test(bare))
      return ['RE2 has no look-around (`(?=`, `(?!`, `(?<=`, `(?<!`)', 'match what stands around as well'];
    if (/\\[1-9]|\(\?P=|\\k</.test(bare)) return ['RE2 has no back-references', 'write the text out again'];
    if (/\(\?>|[*+?}]\+/.test(bare))
      return ['RE2 has no atomic groups and no possessive counts', 'leave the `+` or `?>` out'];
    const why = error instanceof Error ? error.message : String(error);
    return [`not a pattern: ${why.replace('error parsing regexp: ', '')}`, 'see the syntax of RE2'];
  }
}
