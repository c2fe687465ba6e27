/** The example policies: right in every respect, listed, and of a schema that editors find. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkDocument } from '../../lib/policy/check-document.ts';
import { policyJsonSchema } from '../../lib/policy/json-schema.ts';

const FOLDER = join(import.meta.dirname, '../../examples/policies');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const SCHEMA_LINE = /^# yaml-language-server: \$schema=(.+)\n/;
const fits = new Ajv({ strict: true }).compile(policyJsonSchema());

const read = (name: string) => readFileSync(join(FOLDER, name));

describe('the example policies', () => {
  it('are at least ten, of as many configurations', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(10);
    const names = FILES.map((name) => {
      const check = checkDocument(read(name));
      return check.kind === 'valid' ? (check.document.pack.id ?? check.document.pack.name) : null;
    });
    expect(new Set(names).size).toBe(FILES.length);
  });

  it.each(FILES)('%s is valid, and nothing is to be said of it, even by the strict', (name) => {
    const check = checkDocument(read(name), { strict: true });
    expect(check.kind === 'valid' ? check.warnings : check.findings).toEqual([]);
    expect(check.kind).toBe('valid');
    fits(parse(read(name).toString()));
    expect(fits.errors).toBeNull();
  });

  it.each(FILES)('%s names the schema of this repository, and says what it is for', (name) => {
    const text = read(name).toString();
    const schema = SCHEMA_LINE.exec(text)?.[1] ?? '';
    const stored: unknown = JSON.parse(readFileSync(join(FOLDER, schema)).toString());
    expect(stored).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
    expect(text.split('\n')[1]).toMatch(/^# \S/);
  });

  it('are all in the index, and nothing else is', () => {
    const listed = [
      ...read('README.md')
        .toString()
        .matchAll(/^\| \[(.+?)\]\((.+?)\)/gm),
    ];
    expect(listed.map(([, title]) => title).toSorted()).toEqual(FILES.toSorted());
    expect(listed.every(([, title, target]) => title === target)).toBe(true);
  });
});
