/** Write files all or none, each whole or not at all. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrnoException } from '../lint/errno.ts';

interface NewFile {
  /** Below the folder. */
  readonly path: string;
  readonly text: string;
}

/** Nothing was written when there is something in the way. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'in the way'; readonly paths: readonly string[] };

/** With `replace`, what is in the way goes. Throws what the file system throws, and leaves nothing behind. */
export async function writeNewFiles(
  folder: string,
  files: readonly NewFile[],
  { replace }: { replace: boolean },
): Promise<WriteOutcome> {
  const inTheWay = replace ? [] : await existing(folder, files);
  if (inTheWay.length > 0) return { kind: 'in the way', paths: inTheWay };
  const undo: (() => Promise<unknown>)[] = [];
  const temporary = new Map<string, string>();
  try {
    for (const { path, text } of files) {
      const target = join(folder, path);
      const made = await mkdir(dirname(target), { recursive: true });
      if (made !== undefined) undo.push(() => rm(made, { recursive: true, force: true }));
      const at = `${target}.${randomUUID()}.tmp`;
      temporary.set(target, at);
      await writeFile(at, text, { flag: 'wx' });
    }
    for (const [target, at] of temporary) {
      if (replace) await rename(at, target);
      else {
        await place(at, target);
        undo.push(() => rm(target, { force: true }));
      }
    }
    return { kind: 'written' };
  } catch (error) {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
    // Somebody was faster than our look.
    const faster = isErrnoException(error) && error.code === 'EEXIST' ? await existing(folder, files) : [];
    if (faster.length > 0) return { kind: 'in the way', paths: faster };
    throw error;
  } finally {
    for (const at of temporary.values()) await rm(at, { force: true });
  }
}

/** A link, unlike a rename, refuses to replace. Some file systems have none. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isErrnoException(error) && error.code === 'EEXIST') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** Also a symbolic link that leads nowhere is in the way. */
async function existing(folder: string, files: readonly NewFile[]): Promise<string[]> {
  const found: string[] = [];
  for (const { path } of files) {
    const there = await lstat(join(folder, path)).then(
      () => true,
      () => false,
    );
    if (there) found.push(path);
  }
  return found;
}
