/** Files: what the agent asks of a disk, one step at a time, so that a test can make each of them the last. */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

interface FileFacts {
  readonly kind: 'file' | 'link' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Files {
  /** Null when there is none; throws when it is no plain file, or larger. Follows links. */
  read(path: string, mostBytes: number): Promise<Uint8Array | null>;
  /** Not of what a link points to. Null when there is nothing. */
  facts(path: string): Promise<FileFacts | null>;
  realPath(path: string): Promise<string>;
  /** Throws where there is one already, or a link. On disk when it returns. */
  create(path: string, bytes: Uint8Array, mode: number, owner?: Owner): Promise<void>;
  /** On disk when it returns. */
  append(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** What is not there is removed already. */
  remove(path: string): Promise<void>;
  /** So that what was renamed or removed in it stays so. */
  syncFolder(folder: string): Promise<void>;
  makeFolder(folder: string): Promise<void>;
  /** Names; none of a folder that is not there. */
  list(folder: string): Promise<readonly string[]>;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const realFiles: Files = {
  async read(path, mostBytes) {
    // Not to wait for somebody to write into a named pipe.
    const file = await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(missingIsNull);
    if (!file) return null;
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Error('it is not a plain file');
      if (stat.size > mostBytes) throw new Error(`it is larger than ${mostBytes} bytes`);
      const room = stat.size + 1;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(room), 0, room, 0);
      if (bytesRead === room) throw new Error('it grew while it was read');
      return new Uint8Array(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  },

  async facts(path) {
    const stat = await fs.lstat(path).catch(missingIsNull);
    if (!stat) return null;
    const kind = stat.isFile() ? 'file' : stat.isSymbolicLink() ? 'link' : 'other';
    return { kind, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
  },

  realPath: (path) => fs.realpath(path),

  async create(path, bytes, mode, owner) {
    const file = await fs.open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      const made = await file.stat();
      if (owner && (owner.uid !== made.uid || owner.gid !== made.gid)) await file.chown(owner.uid, owner.gid);
      // After the owner, which takes bits away; and whatever the umask.
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
  },

  async append(path, bytes, mode) {
    const file = await fs.open(path, 'a', mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },

  rename: (from, to) => fs.rename(from, to),
  remove: (path) => fs.rm(path, { force: true }),

  async syncFolder(folder) {
    const handle = await fs.open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async makeFolder(folder) {
    await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  },

  list: async (folder) => (await fs.readdir(folder).catch(missingIsNull)) ?? [],
};

function missingIsNull(error: unknown): null {
  if (errnoOf(error) === 'ENOENT') return null;
  throw error;
}

export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
