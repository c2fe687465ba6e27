/** An editor with the JSON Schema and lint say the same of a document, as far as a schema can say it. */
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkDocument } from '../../../lib/policy/check-document.ts';
import { CODES, isCode } from '../../../lib/policy/codes.ts';
import { policyJsonSchema } from '../../../lib/policy/json-schema.ts';
import { bytes } from '../documents.ts';
import { CORPUS } from './all.ts';
import { mutations } from './mutations.ts';

const ajv = new Ajv({ strict: true });
const fits = ajv.compile(policyJsonSchema());

/** What lint says of the shape; null when it is not YAML that we take. */
function lintSays(text: string): 'valid' | 'invalid' | null {
  const check = checkDocument(bytes(text));
  if (check.kind === 'valid') return 'valid';
  const codes = check.findings.flatMap(({ code }) => (isCode(code) ? [code] : []));
  if (check.class !== 'validation' || codes.some((code) => /^E0[12]\d$/.test(code))) return null;
  const isWrong = codes.some((code) => CODES[code].inSchema && CODES[code].severity === 'error');
  return isWrong ? 'invalid' : 'valid';
}

const schemaSays = (text: string) => (fits(parse(text)) ? 'valid' : 'invalid');

describe('the JSON Schema and lint', () => {
  it('agree on every document of the corpus', () => {
    const verdicts = CORPUS.map(({ name, text }) => ({
      name,
      lint: lintSays(text),
      schema: schemaSays(text),
    }));
    expect(verdicts.filter(({ lint, schema }) => lint !== schema)).toEqual([]);
    expect(new Set(verdicts.map(({ lint }) => lint))).toEqual(new Set(['valid', 'invalid']));
  });

  it('agree on what becomes of those documents when values move, change and go', () => {
    const documents = CORPUS.map(({ text }) => parse(text) as unknown);
    fc.assert(
      fc.property(mutations(documents), (document) => {
        const text = stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
        const lint = lintSays(text);
        fc.pre(lint !== null);
        expect({ text, says: schemaSays(text) }).toEqual({ text, says: lint });
      }),
      { numRuns: 3_000 },
    );
  });
});
