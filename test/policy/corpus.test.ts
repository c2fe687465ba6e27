import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkDocument, type DocumentCheck } from '../../lib/policy/check-document.ts';
import { CODES } from '../../lib/policy/codes.ts';
import { KINDS } from '../../lib/policy/kinds.ts';
import { MAX_FINDINGS } from '../../lib/policy/report.ts';
import { bytes, GITOPS, SAMPLE, SINGLE } from './documents.ts';

function expectAnswer(check: DocumentCheck, input: Uint8Array): void {
  const found = check.kind === 'valid' ? check.warnings : check.findings;
  const lines = new TextDecoder().decode(input).split('\n').length;
  expect(found.length).toBeLessThanOrEqual(MAX_FINDINGS);
  for (const { code, line, column, message } of found) {
    expect(CODES).toHaveProperty(code);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message).not.toBe('');
  }
  const errors = found.filter(({ severity }) => severity === 'error');
  expect(errors.length > 0).toBe(check.kind === 'invalid');
  if (check.kind === 'valid') expect(check.document.chain.length).toBeGreaterThan(0);
}

const kind = fc.constantFrom(...KINDS);
const anything = fc.jsonValue({ maxDepth: 3 });
const nearlyRight = fc.record(
  {
    pack: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          name: fc.string({ minLength: 1 }),
          version: fc.constant('1.2.3'),
          enabled: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: anything },
    ),
    policies: fc.oneof(
      { weight: 4, arbitrary: fc.record({ chain: fc.uniqueArray(kind, { minLength: 1, maxLength: 5 }) }) },
      { weight: 1, arbitrary: anything },
    ),
    policy: fc.oneof(
      { weight: 3, arbitrary: fc.dictionary(kind, fc.constant({})) },
      { weight: 1, arbitrary: anything },
    ),
    providers: anything,
    includes: anything,
  },
  { requiredKeys: ['pack', 'policies'] },
);

const hostile = fc.constantFrom(
  ...[
    '[',
    '{',
    '- ',
    '? ',
    '{a: ',
    '[{',
    '"',
    "'",
    '&a [',
    '*a, ',
    '<<: ',
    '__proto__: ',
    'constructor:\n  ',
    '!!js/function ',
  ],
  ...[
    '\u0000',
    '\u2028',
    '\ufeff',
    '\ud800',
    '\n---\n',
    '%TAG ! x\n',
    '|\n',
    '>9\n',
    '\t',
    '\r',
    '9'.repeat(400),
    '.inf',
    '0x',
  ],
);

describe('every document ends in a value or in coded findings', () => {
  it.each([
    ['nearly right ones', nearlyRight.map((value) => bytes(stringify(value))), 2_000],
    ['any JSON', fc.json().map(bytes), 1_500],
    ['any text', fc.string({ unit: 'binary', maxLength: 200 }).map(bytes), 1_500],
    ['any bytes', fc.uint8Array({ maxLength: 200 }), 1_500],
    ['hostile fragments, repeated', repeated(), 3_000],
    ['samples, damaged', damaged(), 3_000],
  ] as const)('%s', (_, documents, numRuns) => {
    fc.assert(
      fc.property(documents, (document) => {
        expectAnswer(checkDocument(document), document);
      }),
      { numRuns },
    );
  });
});

function repeated(): fc.Arbitrary<Uint8Array> {
  const part = fc
    .tuple(hostile, fc.integer({ min: 1, max: 60 }))
    .map(([fragment, times]) => fragment.repeat(times));
  return fc
    .array(fc.oneof(part, fc.string()), { minLength: 1, maxLength: 8 })
    .map((parts) => bytes(parts.join('')));
}

/** Cut short, a stretch doubled, a byte changed. */
function damaged(): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      fc.constantFrom(SAMPLE, GITOPS, SINGLE).map(bytes),
      fc.nat(),
      fc.nat(),
      fc.nat({ max: 255 }),
      fc.nat({ max: 2 }),
    )
    .map(([document, a, b, byte, how]) => {
      const [from, to] = [a % document.length, b % document.length];
      if (how === 0) return document.slice(0, from);
      if (how === 1) return Uint8Array.from([...document.slice(0, to), ...document.slice(from)]);
      return document.with(from, byte);
    });
}
