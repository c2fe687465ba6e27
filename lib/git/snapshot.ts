/** Snapshot: everything one read has learned so far, and what is still missing for its answer. */
import { Fault } from '../domain/fault.ts';
import type { FileRead, Known, PathRead, ProblemRead, ReadRequest, ReadResult } from '../domain/git.ts';
import { readBlob, tooLarge } from './blob-read.ts';
import { type Bounds, bytesText } from './bounds.ts';
import { type ObjectStore, type ParsedCommit, parseCommit } from './git-object.ts';
import { type Located, type LocatedFile, type Location, locate } from './locate.ts';
import { unfoldedBytes } from './pack-entries.ts';
import type { Share } from './share.ts';
import { type ParsedTree, parseTree } from './tree.ts';
import type { TreeCache } from './tree-cache.ts';

export interface Snapshot {
  readonly request: ReadRequest;
  readonly store: ObjectStore;
  readonly bounds: Bounds;
  readonly treeCache: TreeCache;
  readonly share: Share;
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
  const handedOn: HandedOn = { blobs: new Set(), bytes: 0 };
  const paths = new Map<string, PathRead>();
  for (const [path, located] of location.paths) {
    const read = content(path, located, { snapshot, missing, handedOn });
    if (read !== 'missing') paths.set(path, read);
  }
  if (missing.size > 0) return { kind: 'blobs', ids: [...missing] };
  return { kind: 'complete', result: { commit, paths, trees: location.trees } };
}

/** The new content of an answer: each blob is held once, at however many paths it is. */
interface HandedOn {
  readonly blobs: Set<string>;
  bytes: number;
}

interface Gathering {
  readonly snapshot: Snapshot;
  readonly missing: Set<string>;
  readonly handedOn: HandedOn;
}

function content(path: string, located: Located, gathering: Gathering): PathRead | 'missing' {
  if (located.kind === 'problem') return located;
  if (located.kind === 'file') return blob(path, located, gathering);
  const files = new Map<string, FileRead | ProblemRead>();
  for (const [at, file] of located.files) {
    const read = file.kind === 'file' ? blob(at, file, gathering) : file;
    if (read !== 'missing') files.set(at, read);
  }
  return { kind: 'directory', tree: located.tree, files };
}

function blob(
  path: string,
  file: LocatedFile,
  { snapshot, missing, handedOn }: Gathering,
): FileRead | ProblemRead | 'missing' {
  const { store, bounds, request } = snapshot;
  const read = readBlob(path, file.blob, { store, known: request.known, fileBytes: bounds.fileBytes });
  if (read !== 'missing') return read.kind === 'file' ? within(bounds, path, read, handedOn) : read;
  if (snapshot.tooLarge.has(file.blob)) return tooLarge(path, null, bounds.fileBytes);
  missing.add(file.blob);
  return read;
}

/** What is over the bound is a problem now and comes next time, when the caller has dealt with the rest. */
function within(
  { filesBytes }: Pick<Bounds, 'filesBytes'>,
  path: string,
  read: FileRead,
  handedOn: HandedOn,
): FileRead | ProblemRead {
  if (read.bytes === null || handedOn.blobs.has(read.blob)) return read;
  if (handedOn.bytes + read.bytes.length > filesBytes) {
    const message = `${path} and what is new beside it are larger together than the limit of ${bytesText(filesBytes)}; the rest is read first`;
    return { kind: 'problem', class: 'too_large', message };
  }
  handedOn.blobs.add(read.blob);
  handedOn.bytes += read.bytes.length;
  return read;
}

function commitOf({ request, store }: Snapshot): ParsedCommit | null {
  const object = store.objects.get(request.commit);
  if (!object) return null;
  if (object.type !== 'commit')
    throw new Fault('validation', `the branch names a ${object.type}, which is not a commit`);
  return parseCommit(request.commit, object.data);
}

function treeOf(id: string, snapshot: Snapshot): ParsedTree | undefined {
  const { store, parsed, treeCache, request, bounds } = snapshot;
  const before = parsed.get(id);
  if (before) return before;
  if (store.oversized.has(id)) return { kind: 'malformed', why: 'it is too large' };
  const object = store.objects.get(id);
  if (object && object.type !== 'tree') return { kind: 'malformed', why: 'it is not a directory' };
  const data = object?.data ?? remembered(id, snapshot);
  if (!data) return undefined;
  treeCache.set(request.repository.url, id, data);
  const tree = parseTree(data, bounds.treeEntries - entriesOf(parsed));
  parsed.set(id, tree);
  return tree;
}

/** One that takes a place first is asked for like any other: there the read can wait. */
function remembered(id: string, { treeCache, request, share }: Snapshot): Buffer | undefined {
  const data = treeCache.get(request.repository.url, id);
  return data && share.claim(unfoldedBytes(data.length)) ? data : undefined;
}

function entriesOf(parsed: Snapshot['parsed']): number {
  let entries = 0;
  for (const tree of parsed.values()) if (tree.kind === 'tree') entries += tree.entries.size;
  return entries;
}

/** Whether this commit's content can be told from the known one's by what changed between them. */
export function baseOf(request: ReadRequest): Known | null {
  return request.known && request.known.commit !== request.commit ? request.known : null;
}
