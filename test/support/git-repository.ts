/** A bare repository on the test git server, and work clones that push to it over HTTP. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { git } from './git-command.ts';

/** What a path holds: text or bytes, an executable, a symbolic link or a submodule. */
export type FileContent =
  | string
  | Uint8Array
  | { readonly executable: string }
  | { readonly symlink: string }
  | { readonly submodule: string };

export type Files = Readonly<Record<string, FileContent>>;

export interface CommitOptions {
  /** `main` when absent; created when it does not exist. */
  readonly branch?: string;
  readonly message?: string;
  readonly author?: { readonly name: string; readonly email: string };
  /** Paths to remove (a directory removes what is below it). */
  readonly delete?: readonly string[];
  /** Unix seconds; fixed when absent, so that equal content gives equal ids. */
  readonly time?: number;
}

export interface ForcePushOptions extends CommitOptions {
  /** The commit to build on; a new root commit when absent. */
  readonly onto?: string;
}

export interface TestRepository {
  readonly name: string;
  /** Without credentials and without a trailing slash. */
  readonly url: string;
  /** The bare repository on disk. */
  readonly dir: string;
  /** Commits on top of the branch, straight into the bare repository; returns the new commit id. */
  commit(files: Files, options?: CommitOptions): Promise<string>;
  /** Like `commit`, but the branch forgets its history. */
  forcePush(files: Files, options?: ForcePushOptions): Promise<string>;
  setBranch(branch: string, oid: string): Promise<void>;
  deleteBranch(branch: string): Promise<void>;
  /** Where a revision points now; throws when it does not exist. */
  tip(revision?: string): Promise<string>;
  /** Packs everything, as a host does in its housekeeping. */
  repack(): Promise<void>;
  /** From now on the server shows the repository as it is now, until `thaw`: a host whose git end lags. */
  freeze(): Promise<void>;
  thaw(): void;
  /** A work clone with its origin at `url`; `authorization` is the header to clone and push with. */
  clone(options?: { authorization?: string }): Promise<WorkClone>;
  /** Any other git command in the bare repository. */
  git(...args: string[]): Promise<string>;
}

export interface WorkClone {
  readonly dir: string;
  /**
   * Writes the files, commits on the branch (`main` when absent; a new one starts where the clone is) and pushes over
   * HTTP; returns the commit id.
   */
  push(files: Readonly<Record<string, string | Uint8Array>>, options?: PushOptions): Promise<string>;
  git(...args: string[]): Promise<string>;
}

export interface PushOptions {
  readonly branch?: string;
  readonly message?: string;
  readonly force?: boolean;
  readonly delete?: readonly string[];
}

const FIXED_TIME = 1_700_000_000;

/** Which directory the server serves for a repository: its own, or the frozen copy. */
export interface Served {
  current: string;
}

export async function initRepository(
  at: { readonly name: string; readonly dir: string; readonly url: string; readonly clones: string },
  options: { readonly objectFormat?: 'sha1' | 'sha256'; readonly config: Readonly<Record<string, string>> },
  served: Served,
): Promise<TestRepository> {
  const format = options.objectFormat ?? 'sha1';
  await git(dirname(at.dir), ['init', '-q', '--bare', '-b', 'main', `--object-format=${format}`, at.dir]);
  const lines = Object.entries(options.config).map(([key, value]) => configLine(key, value));
  await writeFile(join(at.dir, 'config'), lines.join(''), { flag: 'a' });
  let clones = 0;

  const commit = (files: Files, options: CommitOptions, from: string | null) =>
    fastImport(at.dir, files, options, from);

  return {
    name: at.name,
    url: at.url,
    dir: at.dir,
    commit: async (files, options = {}) =>
      commit(files, options, await find(at.dir, `refs/heads/${options.branch ?? 'main'}`)),
    forcePush: (files, options = {}) => commit(files, options, options.onto ?? null),
    setBranch: async (branch, oid) => {
      await git(at.dir, ['update-ref', `refs/heads/${branch}`, oid]);
    },
    deleteBranch: async (branch) => {
      await git(at.dir, ['update-ref', '-d', `refs/heads/${branch}`]);
    },
    tip: (revision = 'refs/heads/main') => git(at.dir, ['rev-parse', '--verify', revision]),
    repack: async () => {
      await git(at.dir, ['repack', '-adq']);
    },
    freeze: async () => {
      const copy = `${at.dir}.frozen`;
      await rm(copy, { recursive: true, force: true });
      await cp(at.dir, copy, { recursive: true });
      served.current = copy;
    },
    thaw: () => {
      served.current = at.dir;
    },
    clone: ({ authorization } = {}) => {
      clones += 1;
      return workClone(at.url, join(at.clones, `${at.name.replaceAll('/', '-')}-${clones}`), authorization);
    },
    git: (...args) => git(at.dir, args),
  };
}

/** `uploadpackfilter.blob:limit.allow` → `[uploadpackfilter "blob:limit"] allow = …` */
function configLine(key: string, value: string): string {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  const section = key.slice(0, first);
  const heading = first === last ? `[${section}]` : `[${section} "${key.slice(first + 1, last)}"]`;
  return `${heading}\n\t${key.slice(last + 1)} = ${value}\n`;
}

async function find(dir: string, ref: string): Promise<string | null> {
  return (await git(dir, ['for-each-ref', '--format=%(objectname)', ref])).split('\n')[0] || null;
}

/** One process per commit, whatever the number of files. */
function fastImport(dir: string, files: Files, options: CommitOptions, from: string | null): Promise<string> {
  const { name, email } = options.author ?? { name: 'Ada Author', email: 'ada@example.com' };
  const when = `${options.time ?? FIXED_TIME} +0000`;
  const script: (string | Uint8Array)[] = [
    `commit refs/heads/${options.branch ?? 'main'}\nmark :1\n`,
    `author ${name} <${email}> ${when}\ncommitter Carl Committer <carl@example.com> ${when}\n`,
    ...data(options.message ?? 'change'),
    from ? `from ${from}\n` : '',
    ...(options.delete ?? []).map((path) => `D ${quoted(path)}\n`),
    ...Object.entries(files).flatMap(([path, content]) => modify(path, content)),
    '\nget-mark :1\n',
  ];
  const stdin = Buffer.concat(script.map((part) => Buffer.from(part)));
  return git(dir, ['fast-import', '--quiet', '--force'], stdin);
}

function modify(path: string, content: FileContent): (string | Uint8Array)[] {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    return [`M 100644 inline ${quoted(path)}\n`, ...data(content)];
  }
  if ('executable' in content) return [`M 100755 inline ${quoted(path)}\n`, ...data(content.executable)];
  if ('symlink' in content) return [`M 120000 inline ${quoted(path)}\n`, ...data(content.symlink)];
  return [`M 160000 ${content.submodule} ${quoted(path)}\n`];
}

function data(content: string | Uint8Array): (string | Uint8Array)[] {
  const bytes = Buffer.from(content);
  return [`data ${bytes.length}\n`, bytes, '\n'];
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

async function workClone(url: string, dir: string, authorization?: string): Promise<WorkClone> {
  const auth = authorization ? ['-c', `http.extraHeader=Authorization: ${authorization}`] : [];
  await mkdir(dir, { recursive: true });
  const run = (...args: string[]) => git(dir, [...auth, ...args]);
  await run('clone', '-q', url, '.');
  return {
    dir,
    push: async (files, options = {}) => {
      const branch = options.branch ?? 'main';
      if ((await run('symbolic-ref', '--short', 'HEAD')) !== branch) {
        await run('switch', '-q', branch).catch(() => run('switch', '-q', '-c', branch));
      }
      if (options.delete?.length) await run('rm', '-rfq', '--', ...options.delete);
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(dir, path)), { recursive: true });
        await writeFile(join(dir, path), content);
      }
      await run('add', '-A');
      await run('commit', '-q', '--allow-empty', '-m', options.message ?? 'change');
      await run('push', '-q', ...(options.force ? ['--force'] : []), 'origin', branch);
      return run('rev-parse', 'HEAD');
    },
    git: run,
  };
}
