/** Write files all or none, each whole or not at all. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
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
  const prepared: { path: string; target: string; at: string }[] = [];
  try {
    for (const { path, text } of files) {
      const target = join(folder, path);
      const made = await mkdir(dirname(target), { recursive: true });
      if (made !== undefined) undo.push(() => removeEmpty(dirname(target), made));
      const at = `${target}.${randomUUID()}.tmp`;
      undo.push(() => rm(at, { force: true }));
      await writeFile(at, text, { flag: 'wx' });
      prepared.push({ path, target, at });
    }
    for (const { path, target, at } of prepared) {
      if (replace) await rename(at, target);
      else {
        // Somebody was faster than our look.
        if (!(await place(at, target))) {
          await all(undo);
          const paths = await existing(folder, files);
          return { kind: 'in the way', paths: paths.length > 0 ? paths : [path] };
        }
        undo.push(() => rm(target, { force: true }));
      }
    }
  } catch (error) {
    await all(undo);
    throw error;
  }
  for (const { at } of prepared) await rm(at, { force: true });
  return { kind: 'written' };
}

/** The last thing that was done first. */
async function all(undo: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const step of undo.toReversed()) await step();
}

/** From the folder up to the first that we made. What somebody else has put there meanwhile is theirs, and stays. */
async function removeEmpty(folder: string, made: string): Promise<void> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const isGone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isGone || at === resolve(made)) return;
  }
}

/** False when something is there. A link, unlike a rename, refuses to replace; some file systems have none. */
async function place(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to).catch((error: unknown) => {
      if (isTaken(error)) throw error;
      return copyFile(from, to, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

const isTaken = (error: unknown) => isErrnoException(error) && error.code === 'EEXIST';

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
