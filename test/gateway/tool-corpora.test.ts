/** Kinds about tools and about who asks, measured on labelled texts: precision and recall are printed, and must not fall. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corpusOf, TOOL_KINDS } from './corpora/corpus.ts';
import { make as firewall } from './corpora/make/agent-firewall.ts';
import { make as roles } from './corpora/make/rbac.ts';
import { type Counts, measure, precision, recall } from './corpora/measure.ts';

/** What was measured, less what a handful of texts makes. The first two follow rules that can be told exactly. */
const FLOORS = {
  'agent-firewall': { development: [1, 1], 'held-out': [1, 1] },
  rbac: { development: [1, 1], 'held-out': [1, 1] },
  'tool-security': { development: [0.98, 0.98], 'held-out': [0.98, 0.92] },
} as const;

describe.each(TOOL_KINDS)('%s', (kind) => {
  it('is measured on two hundred texts to object to, and two hundred to let pass', () => {
    const corpus = corpusOf(kind);
    const positives = corpus.filter(({ positive }) => positive).length;
    expect(Math.min(positives, corpus.length - positives)).toBeGreaterThanOrEqual(200);
  });

  it('finds what it has to, and objects to little else', () => {
    const { parts, mistakes } = measure(kind);
    for (const part of ['development', 'held-out'] as const) {
      const [leastPrecision, leastRecall] = FLOORS[kind][part];
      console.log(`${kind}, ${part}: ${inWords(parts[part])}`);
      const places = mistakes.filter((item) => item.part === part).map(({ at }) => at);
      expect(precision(parts[part]), places.join(' ')).toBeGreaterThanOrEqual(leastPrecision);
      expect(recall(parts[part]), places.join(' ')).toBeGreaterThanOrEqual(leastRecall);
    }
  });
});

const inWords = (counts: Counts) =>
  `precision ${precision(counts).toFixed(3)}, recall ${recall(counts).toFixed(3)} (${JSON.stringify(counts)})`;

it.each([
  ['agent-firewall', firewall],
  ['rbac', roles],
])('the generated texts of %s are those that are generated', (kind, make) => {
  expect(readFileSync(join(import.meta.dirname, `corpora/generated/${kind}.txt`), 'utf8')).toBe(make());
});
