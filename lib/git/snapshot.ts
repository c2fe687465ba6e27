/** Snapshot: everything one read has learned so far, and what is still missing for its answer. */
import { Fault } from '../domain/fault.ts';
import type { FileRead, Known, PathRead, ProblemRead, ReadRequest, ReadResult } from '../domain/git.ts';
import { readBlob, tooLarge } from './blob-read.ts';
import type { Bounds } from './bounds.ts';
import { type ObjectStore, type ParsedCommit, parseCommit } from './git-object.ts';
import { type Located, type LocatedFile, type Location, locate } from './locate.ts';
import { type ParsedTree, parseTree } from './tree.ts';
import type { TreeCache } from './tree-cache.ts';

export interface Snapshot {
  readonly request: ReadRequest;
  readonly store: ObjectStore;
  readonly bounds: Bounds;
  readonly treeCache: TreeCache;
  readonly parsed: Map<string, ParsedTree>;
  /** Blobs known to be over the limit although their size is not. */
  readonly tooLarge: Set<string>;
}

/** What a read needs next, or its answer. */
export type Next =
  | { readonly kind: 'commit' }
  | { readonly kind: 'trees'; readonly ids: readonly string[] }
  | { readonly kind: 'blobs'; readonly ids: readonly string[] }
  | { readonly kind: 'complete'; readonly result: Omit<ReadResult, 'how'> };

export function next(snapshot: Snapshot): Next {
  const commit = commitOf(snapshot);
  if (!commit) return { kind: 'commit' };
  const location = locate(commit.tree, snapshot.request.paths, {
    tree: (id) => treeOf(id, snapshot),
    known: snapshot.request.known,
    bounds: snapshot.bounds,
  });
  if (location.missing.size > 0) return { kind: 'trees', ids: [...location.missing] };
  return contents(commit, location, snapshot);
}

function contents({ tree: _tree, ...commit }: ParsedCommit, location: Location, snapshot: Snapshot): Next {
  const missing = new Set<string>();
  const paths = new Map<string, PathRead>();
  for (const [path, located] of location.paths) {
    const read = content(path, located, snapshot, missing);
    if (read !== 'missing') paths.set(path, read);
  }
  if (missing.size > 0) return { kind: 'blobs', ids: [...missing] };
  return { kind: 'complete', result: { commit, paths, trees: location.trees } };
}

function content(
  path: string,
  located: Located,
  snapshot: Snapshot,
  missing: Set<string>,
): PathRead | 'missing' {
  if (located.kind === 'problem') return located;
  if (located.kind === 'file') return blob(path, located, snapshot, missing);
  const files = new Map<string, FileRead | ProblemRead>();
  for (const [at, file] of located.files) {
    const read = file.kind === 'file' ? blob(at, file, snapshot, missing) : file;
    if (read !== 'missing') files.set(at, read);
  }
  return { kind: 'directory', tree: located.tree, files };
}

function blob(
  path: string,
  file: LocatedFile,
  snapshot: Snapshot,
  missing: Set<string>,
): FileRead | ProblemRead | 'missing' {
  const { store, bounds, request } = snapshot;
  const read = readBlob(path, file.blob, { store, known: request.known, fileBytes: bounds.fileBytes });
  if (read !== 'missing') return read;
  if (snapshot.tooLarge.has(file.blob)) return tooLarge(path, null, bounds.fileBytes);
  missing.add(file.blob);
  return read;
}

function commitOf({ request, store }: Snapshot): ParsedCommit | null {
  const object = store.objects.get(request.commit);
  if (!object) return null;
  if (object.type !== 'commit')
    throw new Fault('validation', `the branch names a ${object.type}, which is not a commit`);
  return parseCommit(request.commit, object.data);
}

function treeOf(id: string, { store, parsed, treeCache, request, bounds }: Snapshot): ParsedTree | undefined {
  const before = parsed.get(id);
  if (before) return before;
  if (store.oversized.has(id)) return { kind: 'malformed', why: 'it is too large' };
  const object = store.objects.get(id);
  if (object && object.type !== 'tree') return { kind: 'malformed', why: 'it is not a directory' };
  const data = object?.data ?? treeCache.get(request.repository.url, id);
  if (!data) return undefined;
  treeCache.set(request.repository.url, id, data);
  const tree = parseTree(data, bounds.treeEntries);
  parsed.set(id, tree);
  return tree;
}

/** Whether this commit's content can be told from the known one's by what changed between them. */
export function baseOf(request: ReadRequest): Known | null {
  return request.known && request.known.commit !== request.commit ? request.known : null;
}
