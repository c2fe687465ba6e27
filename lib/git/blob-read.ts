/** Blob read: what a tracked file's content means to the caller: its bytes, nothing new, or a problem. */
import type { FileRead, Known, ProblemRead } from '../domain/git.ts';
import { bytesText } from './bounds.ts';
import type { ObjectStore } from './git-object.ts';

/** First line of every Git LFS pointer (git-lfs specification, "The Pointer"). */
const LFS_POINTER = Buffer.from('version https://git-lfs.github.com/spec/');

/** `missing` when the blob must still be asked for. */
export function readBlob(
  path: string,
  blob: string,
  from: { readonly store: ObjectStore; readonly known: Known | null; readonly fileBytes: number },
): FileRead | ProblemRead | 'missing' {
  const { store, known, fileBytes } = from;
  if (known && Object.hasOwn(known.blobs, path) && known.blobs[path] === blob) {
    return { kind: 'file', blob, bytes: null };
  }
  const size = store.oversized.get(blob);
  if (size !== undefined) return tooLarge(path, size, fileBytes);
  const object = store.objects.get(blob);
  if (!object) return 'missing';
  if (object.type !== 'blob')
    return { kind: 'problem', class: 'validation', message: `${path} is not a file` };
  if (object.data.length > fileBytes) return tooLarge(path, object.data.length, fileBytes);
  if (object.data.subarray(0, LFS_POINTER.length).equals(LFS_POINTER)) {
    const message = `${path} is a Git LFS pointer; store policy documents in git itself`;
    return { kind: 'problem', class: 'unsupported', message };
  }
  return { kind: 'file', blob, bytes: object.data };
}

/** `size` is null when the host stopped, or was stopped, before it was known. */
export function tooLarge(path: string, size: number | null, fileBytes: number): ProblemRead {
  const most = `the limit of ${bytesText(fileBytes)}`;
  const message =
    size === null ? `${path} is larger than ${most}` : `${path} is ${bytesText(size)}, over ${most}`;
  return { kind: 'problem', class: 'too_large', message };
}
