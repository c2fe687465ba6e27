/** `docs/lint.md` and the JSON Schema in the package: written from the sources, and up to date. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../lib/policy/check-document.ts';
import { CODES } from '../../lib/policy/codes.ts';
import { generated } from '../../scripts/generate.ts';
import { LINT_EXAMPLES } from '../../scripts/lint-examples.ts';
import { bytes } from './documents.ts';

function codesIn(document: string | Uint8Array, strict = false): string[] {
  const check = checkDocument(typeof document === 'string' ? bytes(document) : document, { strict });
  const found = check.kind === 'valid' ? check.warnings : check.findings;
  return found.map(({ code, severity }) => `${code} ${severity}`);
}

describe('the examples of the documentation', () => {
  it.each(Object.entries(LINT_EXAMPLES))('%s: the bad one has it, and nothing else', (code, { bad }) => {
    const { severity } = CODES[code as keyof typeof CODES];
    expect([...new Set(codesIn(bad))]).toEqual([`${code} ${severity}`]);
  });

  it.each(Object.entries(LINT_EXAMPLES))('%s: the good one has no finding', (_, { good }) => {
    expect(codesIn(good, true)).toEqual([]);
  });

  it('E003 is an error when strict', () => {
    expect(codesIn(LINT_EXAMPLES.E003.bad, true)).toEqual(['E003 error']);
  });
});

describe('what is generated', () => {
  it.each([...generated()])('%s is up to date (npm run generate)', (path, content) => {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    expect(readFileSync(file, 'utf8')).toBe(content);
  });
});
