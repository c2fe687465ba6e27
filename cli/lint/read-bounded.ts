/** Read a file, or standard input, no further than a policy document may go. */
import { open } from 'node:fs/promises';
import { isErrnoException } from './errno.ts';

export type BoundedRead =
  /** One byte over the limit when there are more than that: enough to be refused as too large. */
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Also reads what is no regular file, as `<(…)` in a shell is. */
export async function readBounded(path: string, limit: number): Promise<BoundedRead> {
  try {
    const file = await open(path, 'r');
    try {
      if ((await file.stat()).isDirectory()) return { kind: 'unreadable', why: 'it is a directory' };
      const bytes = Buffer.alloc(limit + 1);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return { kind: 'read', bytes: bytes.subarray(0, length) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { kind: 'unreadable', why: reasonOf(error) };
  }
}

/** Stops reading once it is too much; what the writer has left then meets a closed pipe. */
export async function readStream(stream: AsyncIterable<unknown>, limit: number): Promise<BoundedRead> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Uint8Array);
      chunks.push(bytes);
      length += bytes.length;
      if (length > limit) break;
    }
  } catch (error) {
    return { kind: 'unreadable', why: reasonOf(error) };
  }
  return { kind: 'read', bytes: Buffer.concat(chunks).subarray(0, limit + 1) };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links form a loop',
  EISDIR: 'it is a directory',
  EEXIST: 'a file is in its place',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
};

export function reasonOf(error: unknown): string {
  if (!isErrnoException(error)) throw error;
  return REASONS[error.code] ?? error.code;
}
