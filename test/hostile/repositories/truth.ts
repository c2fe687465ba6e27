/** The truth about one repository: what a hostile host has no way to make us believe otherwise. */
import { expect } from 'vitest';
import type { FileRead, Known, PathRead, ReadRequest, ReadResult } from '../../../lib/domain/git.ts';
import { type ObjectType, objectId } from '../../../lib/git/git-object.ts';
import { commitData, copy, delta, insert, treeData, type Written, writePack } from '../../git/pack-writer.ts';

const blob = (text: string) => ({ type: 'blob', data: Buffer.from(text) }) as const;
const idOf = ({ type, data }: { type: ObjectType; data: Buffer }) => objectId(type, data);
const tree = (...lines: Parameters<typeof treeData>[0]) => ({ type: 'tree', data: treeData(lines) }) as const;
const commit = (root: string, message: string) =>
  ({ type: 'commit', data: commitData(root, message) }) as const;

const A = 'pack:\n  name: a\n  version: 1.0.0\n  enabled: true\npolicies:\n  chain: []\n';
const POLICY = blob('pack:\n  name: payments\n  version: 2.0.0\n');
const OLD_POLICY = blob('pack:\n  name: payments\n  version: 1.0.0\n');
const FILE_A = blob(A);
const FILE_B = blob(`${A}# b\n`);
const FILE_C = blob(`${A}# b\n# c\n`);
const OTHER = blob('nobody asked\n');

const DEEP = tree({ name: 'c.yaml', id: idOf(FILE_C) });
const DIR = tree(
  { name: 'a.yaml', id: idOf(FILE_A) },
  { name: 'b.yaml', id: idOf(FILE_B) },
  { name: 'deep', mode: '40000', id: idOf(DEEP) },
);
const rootWith = (policy: string) =>
  tree(
    { name: 'dir', mode: '40000', id: idOf(DIR) },
    { name: 'other.txt', id: idOf(OTHER) },
    { name: 'policy.yaml', id: policy },
  );
const OLD_ROOT = rootWith(idOf(OLD_POLICY));
const ROOT = rootWith(idOf(POLICY));
const OLD_COMMIT = commit(idOf(OLD_ROOT), 'before\n');
const COMMIT = commit(idOf(ROOT), 'now\n');

export const TIP = idOf(COMMIT);
export const PATHS = ['policy.yaml', 'dir/'] as const;

const FILES: Readonly<Record<string, { readonly data: Buffer }>> = {
  'policy.yaml': POLICY,
  'dir/a.yaml': FILE_A,
  'dir/b.yaml': FILE_B,
  'dir/deep/c.yaml': FILE_C,
};
const TREES: Readonly<Record<string, string>> = {
  '': idOf(ROOT),
  dir: idOf(DIR),
  'dir/deep': idOf(DEEP),
};

/** Everything at the tip, with deltas by offset and by id. */
export const OBJECTS: readonly Written[] = [
  COMMIT,
  ROOT,
  DIR,
  DEEP,
  POLICY,
  FILE_A,
  {
    type: 'ofs-delta',
    back: 1,
    delta: delta(A.length, FILE_B.data.length, copy(0, A.length), insert('# b\n')),
  },
  {
    type: 'ref-delta',
    base: idOf(FILE_B),
    delta: delta(
      FILE_B.data.length,
      FILE_C.data.length,
      copy(0, A.length),
      copy(A.length, 4),
      insert('# c\n'),
    ),
  },
  OTHER,
];
export const TRUE_PACK = writePack(OBJECTS);

/** What somebody remembers who read the commit before. */
export const KNOWN: Known = {
  commit: idOf(OLD_COMMIT),
  trees: { '': idOf(OLD_ROOT), dir: idOf(DIR), 'dir/deep': idOf(DEEP) },
  blobs: {
    'policy.yaml': idOf(OLD_POLICY),
    'dir/a.yaml': idOf(FILE_A),
    'dir/b.yaml': idOf(FILE_B),
    'dir/deep/c.yaml': idOf(FILE_C),
  },
};

export function requestAt(url: string, known: Known | null, token = 'c4nary-token'): ReadRequest {
  const repository = { url, provider: 'generic', credential: { username: null, token } } as const;
  return { repository, commit: TIP, paths: PATHS, known };
}

/**
 * Throws unless every byte is what the commit's id stands for. A file that a host claims to be too large is not read,
 * which is a problem of that file and no lie about it.
 */
export function expectTrue(result: ReadResult, known: Known | null): void {
  expect(result.commit).toEqual({
    id: TIP,
    author: { name: 'Mallory', email: 'mallory@example.com' },
    message: 'now',
    committedAt: '2023-11-14T22:13:20.000Z',
  });
  for (const [path, id] of Object.entries(result.trees)) expect([path, id]).toEqual([path, TREES[path]]);
  expectTrueFile('policy.yaml', result.paths.get('policy.yaml'), known);
  const dir = result.paths.get('dir/');
  if (dir?.kind !== 'directory') throw new Error(`the directory became ${JSON.stringify(dir)}`);
  expect(dir.tree).toBe(TREES['dir']);
  expect([...dir.files.keys()].sort()).toEqual(['dir/a.yaml', 'dir/b.yaml', 'dir/deep/c.yaml']);
  for (const [path, file] of dir.files) expectTrueFile(path, file, known);
}

function expectTrueFile(path: string, read: PathRead | undefined, known: Known | null): void {
  if (read?.kind === 'problem' && read.class === 'too_large') return;
  if (read?.kind !== 'file') throw new Error(`${path} became ${JSON.stringify(read)}`);
  const { data = Buffer.alloc(0) } = FILES[path] ?? {};
  expect(read.blob).toBe(objectId('blob', data));
  if (read.bytes === null) expect(known?.blobs[path]).toBe(read.blob);
  else expectSame(read, data);
}

function expectSame({ bytes, blob }: FileRead, data: Buffer): void {
  expect(Buffer.from(bytes ?? []).equals(data)).toBe(true);
  expect(objectId('blob', bytes ?? new Uint8Array())).toBe(blob);
}
