/** A git host in memory: a branch, commits and files. The contract in `test/contracts` keeps it honest. */
import { createHash } from 'node:crypto';
import type { FileRead, PathRead, ProblemRead, ReadRequest, ReadResult } from '../../lib/domain/git.ts';
import type { GitHost } from '../../lib/ports.ts';

export type Snapshot = Readonly<Record<string, string>>;

export interface MemoryGit extends GitHost {
  /** Commits `files` (all there are) on top of the branch; returns the commit id. */
  commit(files: Snapshot): string;
  /** Moves the branch, or removes it. */
  setTip(commit: string | null): void;
  tip(): string | null;
  filesAt(commit: string): Snapshot;
  /** As it is now; what becomes of one is nothing to the other. */
  copy(): MemoryGit;
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const blobId = (content: string) => sha1(`blob ${Buffer.byteLength(content)}\0${content}`);

export function memoryGit(): MemoryGit {
  return gitOf(new Map(), null);
}

function gitOf(commits: Map<string, Snapshot>, start: string | null): MemoryGit {
  let tip = start;
  return {
    commit(files) {
      const id = sha1(JSON.stringify([commits.size, tip, files]));
      commits.set(id, files);
      tip = id;
      return id;
    },
    setTip(commit) {
      tip = commit;
    },
    tip: () => tip,
    filesAt: (commit) => commits.get(commit) ?? {},
    copy: () => gitOf(new Map(commits), tip),
    resolve: async () => tip,
    read: async ({ commit, paths, known }: ReadRequest): Promise<ReadResult> => {
      const files = commits.get(commit) ?? {};
      const read = (path: string): FileRead | ProblemRead => {
        const content = files[path];
        if (content === undefined)
          return { kind: 'problem', class: 'not_found', message: `${path} is not there` };
        const blob = blobId(content);
        return { kind: 'file', blob, bytes: known?.blobs[path] === blob ? null : Buffer.from(content) };
      };
      return {
        commit: {
          id: commit,
          author: { name: 'Ada', email: 'ada@example.org' },
          message: 'change',
          committedAt: '2026-01-01T00:00:00.000Z',
        },
        how: known ? 'delta' : 'walk',
        trees: { '': sha1(JSON.stringify(files)) },
        paths: new Map(
          paths.map((path) => [path, path.endsWith('/') ? directory(path, files, read) : read(path)]),
        ),
      };
    },
  };
}

function directory(path: string, files: Snapshot, read: (path: string) => FileRead | ProblemRead): PathRead {
  const below = Object.keys(files).filter((name) => name.startsWith(path) && /\.ya?ml$/.test(name));
  if (below.length === 0) return { kind: 'problem', class: 'not_found', message: `${path} is not there` };
  return {
    kind: 'directory',
    tree: sha1(below.join()),
    files: new Map(below.map((name) => [name, read(name)])),
  };
}
