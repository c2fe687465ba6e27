/** Every document of the corpus earns the findings written beside it, and no others. */
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../../lib/policy/check-document.ts';
import { CODES, isCode } from '../../../lib/policy/codes.ts';
import { bytes } from '../documents.ts';
import { CORPUS, WRITTEN } from './all.ts';
import type { CorpusDocument } from './expand.ts';
import { FIELD_DOCUMENTS } from './fields/all.ts';

function judged({ text, suggestion }: CorpusDocument) {
  const check = checkDocument(bytes(text));
  const found = check.kind === 'valid' ? check.warnings : check.findings;
  return {
    kind: check.kind,
    findings: found.map(({ code, path }) => `${code} ${path}`).toSorted(),
    ...(suggestion === undefined ? {} : { suggestion: found[0]?.suggestion }),
  };
}

function expected({ findings, suggestion }: CorpusDocument) {
  const codes = findings.map((finding) => finding.slice(0, 4));
  const isInvalid = codes.some((code) => isCode(code) && CODES[code].severity === 'error');
  return {
    kind: isInvalid ? 'invalid' : 'valid',
    findings: findings.toSorted(),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

const by = (is: CorpusDocument['is']) => FIELD_DOCUMENTS.filter((document) => document.is === is);

describe('the corpus', () => {
  it('is large, and names each document once', () => {
    expect(CORPUS.length).toBeGreaterThan(300);
    const names = CORPUS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each([
    ['right values of every field', by('right')],
    ['values that are taken with a warning', by('doubtful')],
    ['wrong values of every field', by('wrong')],
    ['required fields left out', by('missing')],
    ['misspelt fields, and what was meant', by('misspelt')],
  ])('%s', (_, documents) => {
    expect(documents.length).toBeGreaterThan(10);
    const outcomes = documents.map((document) => ({ name: document.name, ...judged(document) }));
    expect(outcomes).toEqual(documents.map((document) => ({ name: document.name, ...expected(document) })));
  });

  it.each(WRITTEN.map((document) => [document.name.slice(0, 120), document] as const))(
    '%s',
    (_, document) => {
      expect(judged(document)).toEqual(expected(document));
    },
  );
});
