/** Policies about terms: `dlp-filter`, `entity-list-filter`, `itar-ear-filter`; and `response-rewriter`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withinDistance } from '../../gateway/engine/text/distance.ts';
import { chainFor, outcome, request, said } from './evaluating.ts';

describe('dlp-filter', () => {
  const chain = chainFor({
    'dlp-filter': { blocked_terms: ['Project Falcon', 'C++', '机密'], detect_patterns: ['INT-\\d{3}'] },
  });

  it.each([
    ['About project   FALCON now', 'About [REDACTED] now'],
    ['About pro\u200bject Fаlcon', 'About [REDACTED]'],
    ['Ｐｒｏｊｅｃｔ Ｆａｌｃｏｎ!', '[REDACTED]!'],
    ['in c++ and INT-123', 'in [REDACTED] and [REDACTED]'],
    ['这是机密文件', '这是[REDACTED]文件'],
  ])('redacts %j', (text, redacted) => {
    expect(outcome(chain, text)).toEqual({ verdict: 'redact', reasonCode: 'dlp.detected', text: redacted });
  });

  it.each(['my project falconry', 'abc', 'in C', 'INT-12'])('leaves %j as it is', (text) => {
    expect(outcome(chain, text)).toMatchObject({ verdict: 'allow', text });
  });

  it('blocks when it is told to, also what an answer says', () => {
    const blocking = chainFor({ 'dlp-filter': { blocked_terms: ['falcon'], action: 'block' } });
    expect(outcome(blocking, 'falcon').verdict).toBe('block');
    expect(blocking.evaluate(request({ answer: [said('falcon')] })).verdict).toBe('block');
  });

  it('is as lenient about letters as max_distance says, one when it does not', () => {
    const fuzzy = (more: object) =>
      chainFor({ 'dlp-filter': { blocked_terms: ['Project Falcon'], fuzzy_matching: true, ...more } });
    for (const text of ['project falcom', 'projectfalcon', 'pro ject falcon', 'projct falcon'])
      expect(outcome(fuzzy({}), text).verdict).toBe('redact');
    expect(outcome(fuzzy({}), 'projct falcom').verdict).toBe('allow');
    expect(outcome(fuzzy({ max_distance: 2 }), 'x projct falcom y').text).toBe('x [REDACTED] y');
  });

  it('does not take every short word for a short term', () => {
    const short = chainFor({
      'dlp-filter': { blocked_terms: ['CIA'], fuzzy_matching: true, max_distance: 8 },
    });
    expect(outcome(short, 'the agency and its dog').verdict).toBe('allow');
    expect(outcome(short, 'the cla').verdict).toBe('redact');
  });
});

describe.each([
  ['entity-list-filter', 'blocked_entities', 'entity_list.detected'],
  ['itar-ear-filter', 'blocked_terms', 'itar_ear.detected'],
])('%s', (kind, list, reasonCode) => {
  it('blocks what names an entry, in the request or in the answer', () => {
    const chain = chainFor({ [kind]: { [list]: ['Acme Missiles'] } });
    expect(outcome(chain, 'Ship it to ACME missiles.')).toMatchObject({ verdict: 'block', reasonCode });
    expect(chain.evaluate(request({ text: 'hi', answer: [said('acme missiles')] }))).toMatchObject({
      reasonCode,
    });
    expect(outcome(chain, 'Acme Misiles').verdict).toBe('allow');
    const fuzzy = chainFor({ [kind]: { [list]: ['Acme Missiles'], fuzzy_matching: true } });
    expect(outcome(fuzzy, 'Acme Misiles').verdict).toBe('block');
  });
});

describe('response-rewriter', () => {
  const rewritten = (rules: readonly object[], text: string) => {
    const { answer, ...rest } = chainFor({ 'response-rewriter': { rules } }).evaluate(
      request({ text: 'Acme', answer: [said(text, 'assistant')] }),
    );
    return { verdict: rest.verdict, reasonCode: rest.reasonCode, text: answer?.[0]?.content };
  };

  it('replaces, prepends and appends, in order, and takes a replacement as it is written', () => {
    const rules = [
      { name: 'a', pattern: 'Acme', replacement: '$0 Corp' },
      { name: 'b', pattern: 'Corp', replacement: 'Note: ', position: 'prepend' },
      { name: 'c', replacement: ' Bye.', position: 'append' },
      { name: 'd', pattern: 'never there', replacement: 'x', position: 'append' },
    ];
    expect(rewritten(rules, 'Acme and Acme.')).toEqual({
      verdict: 'redact',
      reasonCode: 'response_rewriter.rewritten',
      text: 'Note: $0 Corp and $0 Corp. Bye.',
    });
  });

  it('says nothing when nothing changes', () => {
    expect(rewritten([{ name: 'a', pattern: 'Acme', replacement: 'x' }], 'hello')).toEqual({
      verdict: 'allow',
      reasonCode: 'all_policies_passed',
      text: 'hello',
    });
  });
});

describe('distance', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });

  it('is what the textbook says, for any two words', () => {
    fc.assert(
      fc.property(letters, letters, fc.nat(8), (a, b, allowed) => {
        expect(withinDistance(a, b, allowed, { spend: () => {} })).toBe(levenshtein(a, b) <= allowed);
      }),
    );
  });

  it('is asked for only where a few words are as long as a term, however many terms and words there are', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `Acme Holding of ${i + 1000}`);
    const chain = chainFor({
      'entity-list-filter': { blocked_entities: names, fuzzy_matching: true, max_distance: 2 },
    });
    const words = 'a '.repeat(60_000);
    expect(outcome(chain, words).verdict).toBe('allow');
    expect(outcome(chain, `${words}Acme Holdng of 1500`).verdict).toBe('block');
  });

  function levenshtein(a: string, b: string): number {
    if (a === '' || b === '') return a.length + b.length;
    const [restA, restB] = [a.slice(1), b.slice(1)];
    if (a[0] === b[0]) return levenshtein(restA, restB);
    return 1 + Math.min(levenshtein(restA, b), levenshtein(a, restB), levenshtein(restA, restB));
  }
});
