/** A file system in memory, as far as isomorphic-git wants one: neither disk nor cache counts in what is measured. */

interface Entry {
  /** Null for a directory. */
  readonly content: Uint8Array | null;
}

class NoSuchEntry extends Error {
  readonly code: string;

  constructor(code: string, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

export function memoryFs() {
  const entries = new Map<string, Entry>([['/', { content: null }]]);
  const clean = (path: string) =>
    `/${path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')}`;
  const find = (path: string): Entry => {
    const entry = entries.get(clean(path));
    if (!entry) throw new NoSuchEntry('ENOENT', path);
    return entry;
  };
  const namesIn = (path: string) => {
    const start = clean(path) === '/' ? '/' : `${clean(path)}/`;
    const below = [...entries.keys()].filter((key) => key !== '/' && key.startsWith(start));
    return below.map((key) => key.slice(start.length)).filter((name) => name !== '' && !name.includes('/'));
  };
  const stat = async (path: string) => {
    const { content } = find(path);
    return {
      type: content ? 'file' : 'dir',
      mode: content ? 0o100644 : 0o040000,
      size: content?.length ?? 0,
      ino: 0,
      dev: 0,
      uid: 0,
      gid: 0,
      ctimeMs: 0,
      mtimeMs: 0,
      isFile: () => content !== null,
      isDirectory: () => content === null,
      isSymbolicLink: () => false,
    };
  };
  const promises = {
    readFile: async (path: string, options?: string | { encoding?: string }) => {
      const { content } = find(path);
      if (!content) throw new NoSuchEntry('EISDIR', path);
      const encoding = typeof options === 'string' ? options : options?.encoding;
      return encoding ? Buffer.from(content).toString('utf8') : content;
    },
    writeFile: async (path: string, content: string | Uint8Array) => {
      entries.set(clean(path), { content: typeof content === 'string' ? Buffer.from(content) : content });
    },
    unlink: async (path: string) => {
      find(path);
      entries.delete(clean(path));
    },
    readdir: async (path: string) => {
      if (find(path).content) throw new NoSuchEntry('ENOTDIR', path);
      return namesIn(path);
    },
    mkdir: async (path: string) => {
      if (entries.has(clean(path))) throw new NoSuchEntry('EEXIST', path);
      entries.set(clean(path), { content: null });
    },
    rmdir: async (path: string) => {
      entries.delete(clean(path));
    },
    stat,
    lstat: stat,
    readlink: async (path: string) => {
      throw new NoSuchEntry('EINVAL', path);
    },
    symlink: async (path: string) => {
      throw new NoSuchEntry('EPERM', path);
    },
  };
  return { promises };
}
