/** Durable writing: a file is the old one or the new one, whole, whenever the power goes. */
import { basename, dirname, join } from 'node:path';
import type { Files, Owner } from './files.ts';

/** In the same folder, since a file moves in one step only within its file system. One name, so at most one is left over. */
const asideOf = (path: string) => join(dirname(path), `.${basename(path)}.kt-new`);

/** On disk when it returns; when it throws, what was there before is there, or the new file, whole. */
export async function replaceFile(
  files: Files,
  path: string,
  bytes: Uint8Array,
  mode = 0o600,
  owner?: Owner,
): Promise<void> {
  const aside = asideOf(path);
  await files.remove(aside);
  try {
    await files.create(aside, bytes, mode, owner);
    await files.rename(aside, path);
  } catch (error) {
    await files.remove(aside).catch(() => {}); // the first error says more
    throw error;
  }
  await files.syncFolder(dirname(path));
}

export async function removeFile(files: Files, path: string): Promise<void> {
  await files.remove(path);
  await files.syncFolder(dirname(path));
}
