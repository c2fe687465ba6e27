/** The corpus leaves out no field of the schema, no word that a field may be, and nothing that is required. */
import { describe, expect, it } from 'vitest';
import { CODES } from '../../../lib/policy/codes.ts';
import { requiredFields, schemaFields } from '../schema-fields.ts';
import { CORPUS, WRITTEN } from './all.ts';
import { FIELD_DOCUMENTS, ROWS } from './fields/all.ts';

const FIELDS = schemaFields();
const fieldsOf = (...kinds: readonly (string | undefined)[]) =>
  new Set(FIELD_DOCUMENTS.filter(({ is }) => kinds.includes(is)).map(({ field }) => field));

describe('the corpus', () => {
  it('has a right and a wrong document for every field of the schema', () => {
    expect(FIELDS.size).toBeGreaterThan(200);
    const [right, wrong] = [fieldsOf('right'), fieldsOf('wrong')];
    expect([...FIELDS.keys()].filter((field) => !right.has(field))).toEqual([]);
    expect([...FIELDS.keys()].filter((field) => !wrong.has(field))).toEqual([]);
  });

  it('has a document in which each section, block and list is something else', () => {
    const wrong = fieldsOf('wrong');
    const written = WRITTEN.flatMap(({ findings }) => findings);
    const around = new Set([...FIELDS.keys()].flatMap((field) => [...upwards(field)]));
    expect(around.size).toBeGreaterThan(80);
    const lacking = [...around].filter((field) => !wrong.has(field) && !written.includes(`E033 ${field}`));
    expect(lacking).toEqual([]);
  });

  it('has every word that a field may be, as a right value or as one that earns a warning', () => {
    const taken = ROWS.flatMap(({ field, right, doubtful = [] }) =>
      [...right, ...doubtful.map(([value]) => value)].flat().map((value) => `${field}: ${value}`),
    );
    const words = [...FIELDS].flatMap(([path, { enum: own, items }]) =>
      (own ?? (path === 'policies.chain' ? [] : items?.enum) ?? []).map((word) => `${path}: ${word}`),
    );
    expect(words.length).toBeGreaterThan(50);
    expect(words.filter((word) => !taken.includes(word))).toEqual([]);
  });

  it('has a misspelling of every field that has a name of its own', () => {
    const misspelt = fieldsOf('misspelt');
    const named = [...FIELDS.keys()].filter((field) => !field.endsWith('*') && !field.endsWith('[]'));
    expect(named.filter((field) => !misspelt.has(field))).toEqual(NEVER_MISSPELT);
  });

  it('has at least two documents for every code beyond those of files that are not YAML', () => {
    const earned = CORPUS.flatMap(({ findings }) => [...new Set(findings.map((it) => it.slice(0, 4)))]);
    const codes = Object.keys(CODES).filter((code) => !/^E0[12]\d$/.test(code));
    expect(codes.filter((code) => earned.filter((one) => one === code).length < 2)).toEqual([]);
  });

  it('has a document without each required field', () => {
    const missing = fieldsOf('missing');
    const written = WRITTEN.flatMap(({ findings }) => findings);
    const lacking = requiredFields().filter(
      (field) => !missing.has(field) && !written.includes(`E031 ${field}`),
    );
    expect(lacking).toEqual([]);
  });
});

/** `a.b[].c` → `a.b[]`, `a.b`, `a`. */
function* upwards(field: string): Generator<string> {
  for (let path = field; ; ) {
    path = path.endsWith('[]') ? path.slice(0, -2) : path.slice(0, Math.max(0, path.lastIndexOf('.')));
    if (path === '') return;
    yield path;
  }
}

/** Two that no file should hold, and what stands in mappings that take any key. */
const NEVER_MISSPELT = [
  'policy.embedding-detector.api_key',
  'providers.targets[].api_key',
  'testing.suites[].cases[].input.messages[].role',
  'testing.suites[].cases[].input.messages[].content',
  'testing.suites[].cases[].expected.verdict',
  'testing.suites[].cases[].expected.reason_code',
];
