/** Evil regular expressions: refused with the field they stand in, or evaluated within bounds. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../../lib/policy/check-document.ts';
import { documentOf } from '../../gateway/evaluating.ts';
import { seedOf, tally, times } from '../../support/soak.ts';
import { runNode } from './child.ts';
import { EVIL, NOT_RE2 } from './evil-patterns.ts';

const SEED = seedOf(1_951);
const PATIENCE = times(120_000, 3 * 3_600_000);
const CHILD = fileURLToPath(new URL('./evaluate-patterns.ts', import.meta.url));

async function evaluated(what: string, many: number, texts: number) {
  const args = [CHILD, what, ...[SEED, many, texts].map(String)];
  const seconds = times(90, 3_600);
  const { status, signal, stdout, stderr } = await runNode(args, { megabytes: 256, seconds });
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  expect({ status, signal, stderr }, `seed ${SEED}, ended at ${last}`).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  });
  return JSON.parse(last) as {
    refused: number;
    evaluated: number;
    blocked: number;
    slowest: { ms: number; what: string };
  };
}

describe('a pattern', () => {
  it.each(NOT_RE2)('that RE2 has not is refused, with the field and the reason: %s', (pattern, reason) => {
    const result = checkDocument(documentOf({ 'pii-detector': { detect_patterns: ['fine', pattern] } }));
    const [finding] = result.kind === 'invalid' ? result.findings : [];
    expect(finding).toMatchObject({
      path: 'policy.pii-detector.detect_patterns[1]',
      code: expect.stringMatching(/^E04[34]$/),
      line: 1,
    });
    expect(finding?.message).toMatch(reason);
  });

  it('that would take a backtracking engine years is refused, or evaluated over 64 KiB within bounds', {
    timeout: PATIENCE,
  }, async () => {
    expect(new Set(EVIL).size).toBeGreaterThanOrEqual(200);
    const many = times(30, EVIL.length);
    const { slowest, ...counts } = await evaluated('patterns', many, times(1, 4));
    expect(counts.refused + counts.evaluated).toBeGreaterThanOrEqual(many);
    tally('evil patterns, 64 KiB each', {
      seed: SEED,
      patterns: many,
      ...counts,

      slowest: `${slowest.ms} ms (${slowest.what})`,
    });
  });
});

describe('what the detectors look for by themselves', () => {
  it('is found or not within bounds, in texts that are searched for to take long', {
    timeout: PATIENCE,
  }, async () => {
    const { slowest, evaluated: texts } = await evaluated('detectors', 0, times(2, 40));
    tally('built-in detectors, 64 KiB made to take long', {
      seed: SEED,
      texts,

      slowest: `${slowest.ms} ms (${slowest.what})`,
    });
  });
});
