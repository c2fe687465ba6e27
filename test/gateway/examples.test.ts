/** The example policies on the reference gateway: what their index says is not enforced, and nothing else, is not. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../gateway/engine/compile.ts';

const FOLDER = join(import.meta.dirname, '../../examples/policies');
const INDEX = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** The last cell of its row. */
function saidOf(file: string): readonly string[] {
  const row = INDEX.split('\n').find((line) => line.startsWith(`| [${file}]`)) ?? '';
  const cell = row.split('|').at(-2) ?? 'there is no row';
  return [...cell.replaceAll(/\(.*?\)/g, '').matchAll(/`([\w-]+)`/g)].map(([, kind = '']) => kind);
}

describe('the examples', () => {
  it.each(FILES)('%s leaves to others what its index says', (file) => {
    const compiled = compile(readFileSync(join(FOLDER, file)));
    if (compiled.kind === 'invalid') throw new Error(JSON.stringify(compiled.findings));
    const unenforced = compiled.kind === 'ready' ? [] : compiled.kinds.map(({ kind }) => kind);
    expect([...unenforced].sort()).toEqual([...saidOf(file)].sort());
  });
});
