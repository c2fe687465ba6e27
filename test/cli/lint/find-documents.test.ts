/** What operands stand for has bounds: nobody waits for a whole disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDocuments } from '../../../cli/lint/find-documents.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-find-'));
  for (const name of ['a', 'a/b', 'a/b/c']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'policy-config.yaml'), '');
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const find = (bounds: { files?: number; directories?: number; depth?: number }) =>
  findDocuments([folder], { all: false }, { files: 10, directories: 10, depth: 10, ...bounds });

describe('finding documents', () => {
  it('ends with an error when there are too many files or directories', async () => {
    expect((await find({ files: 3, directories: 4 })).files).toHaveLength(3);
    await expect(find({ files: 2 })).rejects.toThrow(/more than 2 files/);
    await expect(find({ directories: 3 })).rejects.toThrow(/more than 3 directories/);
  });

  it('goes no deeper than it may, and says what it left out', async () => {
    const { files, problems } = await find({ depth: 1 });
    expect(files).toEqual([join(folder, 'a/policy-config.yaml')]);
    expect(problems).toEqual([{ operand: join(folder, 'a/b'), why: expect.stringContaining('too deep') }]);
  });
});
