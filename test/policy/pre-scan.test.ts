import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Composer, isCollection, isMap, isPair, isSeq, Lexer, Parser, parseDocument, stringify } from 'yaml';
import { preScan } from '../../lib/policy/pre-scan.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { FRAGMENTS } from '../support/yaml-fragments.ts';

const SEED = seedOf(2_912);

/** How deep the parser itself goes, in the middle of its work and in what it makes; and how much it makes. */
function parsed(text: string): { depth: number; nodes: number } {
  const parser = new Parser();
  const tokens = [];
  let depth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    depth = Math.max(depth, parser.stack.filter(({ type }) => COLLECTIONS.has(type)).length);
  }
  tokens.push(...parser.end());
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false });
  const made = [...composer.compose(tokens, true, text.length)].map(({ contents }) => measure(contents));
  return {
    depth: Math.max(depth, ...made.map((one) => one.depth)),
    nodes: made.reduce((sum, one) => sum + one.nodes, 0),
  };
}

const COLLECTIONS: ReadonlySet<string> = new Set(['block-map', 'block-seq', 'flow-collection']);

function measure(node: unknown): { depth: number; nodes: number } {
  const parts =
    isMap(node) || isSeq(node)
      ? node.items.flatMap((item) => (isPair(item) ? [item.key, item.value] : [item]))
      : [];
  const inner = parts.map(measure);
  const deepest = Math.max(0, ...inner.map(({ depth }) => depth));
  const nodes = inner.reduce((sum, part) => sum + part.nodes, node ? 1 : 0);
  return { depth: isCollection(node) ? deepest + 1 : 0, nodes };
}

const soup = fc
  .subarray(FRAGMENTS, { minLength: 3 })
  .chain((some) => fc.array(fc.constantFrom(...some), { maxLength: 40 }))
  .map((fragments) => fragments.join(''));

/** A document somebody could have written, in any of the ways to lay it out. */
const tidy = fc
  .tuple(
    fc.jsonValue({ maxDepth: 5 }),
    fc.record({
      collectionStyle: fc.constantFrom('any', 'block', 'flow'),
      defaultStringType: fc.constantFrom(
        'PLAIN',
        'QUOTE_DOUBLE',
        'QUOTE_SINGLE',
        'BLOCK_LITERAL',
        'BLOCK_FOLDED',
      ),
      indent: fc.integer({ min: 1, max: 5 }),
      indentSeq: fc.boolean(),
      lineWidth: fc.constantFrom(0, 20, 80),
    }),
  )
  .map(([value, style]) => stringify(value, { ...style, aliasDuplicateObjects: false } as const))
  // `yaml` sometimes writes what it cannot read: brackets at the column of their key.
  .filter((text) => parseDocument(text, { uniqueKeys: false, logLevel: 'error' }).errors.length === 0);

/** The same with one fragment put in, or a stretch taken out. */
const untidy = fc
  .tuple(tidy, fc.nat(), fc.constantFrom('', ...FRAGMENTS), fc.nat({ max: 3 }))
  .map(([text, at, fragment, gone]) => {
    const cut = at % (text.length + 1);
    return text.slice(0, cut) + fragment + text.slice(cut + gone);
  });

describe('the pre-scan', () => {
  it.each([
    ['any fragments', soup, times(15_000, 1_000_000)],
    ['damaged documents', untidy, times(3_000, 150_000)],
    ['documents', tidy, times(1_000, 50_000)],
  ] as const)('never lets through more than it counted: %s', (what, texts, numRuns) => {
    let let_through = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const { depth, values, obstacle } = preScan(text, Number.POSITIVE_INFINITY);
        if (obstacle) return;
        let_through++;
        const real = parsed(text);
        expect(depth).toBeGreaterThanOrEqual(real.depth);
        expect(values).toBeGreaterThanOrEqual(real.nodes);
      }),
      { numRuns, seed: SEED },
    );
    expect(let_through).toBeGreaterThan(numRuns / 20);
    tally(`the pre-scan against the parser: ${what}`, {
      seed: SEED,
      texts: numRuns,
      'let through': let_through,
    });
  });

  it('lets through every document that could be written without tags and anchors', () => {
    fc.assert(
      fc.property(tidy, (text) => {
        expect({ text, obstacle: preScan(text, Number.POSITIVE_INFINITY).obstacle }).toEqual({
          text,
          obstacle: null,
        });
      }),
      { numRuns: 4_000 },
    );
  });

  it('ends for the largest text of each construct: time that grew faster than the text would not', () => {
    for (const fragment of [
      '[',
      '"',
      "'",
      '- ',
      'a: ',
      'a:\n',
      '|\n',
      '\\',
      '"\\"',
      "''",
      '\n',
      ' ',
      '# ',
      ': ',
      '{a: b},',
    ]) {
      const text = fragment.repeat(Math.floor(262_144 / fragment.length));
      expect(() => preScan(text, Number.POSITIVE_INFINITY), JSON.stringify(fragment)).not.toThrow();
    }
  });
});
