/** Locate: follows tracked paths through trees, and says which objects that still needs. Pure. */
import type { FaultClass } from '../domain/fault.ts';
import type { Known, ProblemRead } from '../domain/git.ts';
import type { Bounds } from './bounds.ts';
import type { ParsedTree, TreeEntry } from './tree.ts';

export interface LocatedFile {
  readonly kind: 'file';
  readonly blob: string;
}

export interface LocatedDirectory {
  readonly kind: 'directory';
  readonly tree: string;
  readonly files: ReadonlyMap<string, LocatedFile | ProblemRead>;
}

export type Located = LocatedFile | LocatedDirectory | ProblemRead;

export interface Location {
  readonly paths: ReadonlyMap<string, Located>;
  /** Directory path → tree id, for every directory met. */
  readonly trees: Readonly<Record<string, string>>;
  /** Trees that must be had before the answer is complete. */
  readonly missing: ReadonlySet<string>;
}

export interface LocatePorts {
  /** The directory with this id; undefined when we do not hold it. */
  tree(id: string): ParsedTree | undefined;
  readonly known: Known | null;
  readonly bounds: Pick<Bounds, 'treeDepth' | 'directoryFiles' | 'directories'>;
}

interface Search extends LocatePorts {
  readonly trees: Map<string, string>;
  readonly missing: Set<string>;
}

/** Paths whose trees are missing are left out of `paths`; ask again once the trees are there. */
export function locate(root: string, paths: readonly string[], ports: LocatePorts): Location {
  const search: Search = { ...ports, trees: new Map(), missing: new Set() };
  const found = new Map<string, Located>();
  for (const path of paths) {
    const located = path.endsWith('/') ? directory(root, path, search) : file(root, path, search);
    if (located !== 'missing') found.set(path, located);
  }
  return { paths: found, trees: Object.fromEntries(search.trees), missing: search.missing };
}

function file(root: string, path: string, search: Search): LocatedFile | ProblemRead | 'missing' {
  const found = descend(root, path, search);
  if (typeof found === 'string' || !isEntry(found)) return found;
  if (found.kind === 'file') return { kind: 'file', blob: found.id };
  if (found.kind === 'directory')
    return problem('validation', `${path} is a directory; track it as ${path}/`);
  return notAFile(path, found.kind);
}

function directory(root: string, path: string, search: Search): LocatedDirectory | ProblemRead | 'missing' {
  const bare = path.replace(/\/+$/, '');
  const found = bare === '' ? rootEntry(root) : descend(root, bare, search);
  if (typeof found === 'string' || !isEntry(found)) return found;
  if (found.kind === 'file')
    return problem('validation', `${bare} is a file; track it without the trailing slash`);
  if (found.kind !== 'directory') return notAFile(bare, found.kind);
  return below(bare, found.id, search);
}

function rootEntry(id: string): TreeEntry {
  return { kind: 'directory', name: '', id };
}

/** The entry at a path, or why there is none. */
function descend(root: string, path: string, search: Search): TreeEntry | ProblemRead | 'missing' {
  let entry = rootEntry(root);
  let at = '';
  const segments = path.split('/');
  if (segments.length > search.bounds.treeDepth) return problem('too_large', `${path} is nested too deeply`);
  for (const segment of segments) {
    if (entry.kind === 'file') return problem('not_found', `${path} does not exist: ${at} is a file`);
    if (entry.kind !== 'directory') return notAFile(at, entry.kind);
    const unchanged = unchangedFile(at, entry.id, path, search);
    if (unchanged) return unchanged;
    const tree = treeAt(at, entry.id, search);
    if (tree === 'missing') return tree;
    if (tree.kind === 'malformed') return malformed(at, tree.why);
    const next = tree.entries.get(segment);
    if (!next) return problem('not_found', `${path} does not exist`);
    entry = next;
    at = join(at, segment);
  }
  return entry;
}

/** In a directory whose id did not change, a file we have dealt with did not either: its trees need not be read. */
function unchangedFile(directory: string, id: string, path: string, search: Search): TreeEntry | null {
  const { known } = search;
  const blob = known && Object.hasOwn(known.blobs, path) ? known.blobs[path] : undefined;
  if (!known || !blob || known.trees[directory] !== id) return null;
  for (let at = path; at !== ''; ) {
    at = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
    const tree = known.trees[at];
    if (tree && (at === directory || at.startsWith(join(directory, '')))) search.trees.set(at, tree);
  }
  return { kind: 'file', name: path, id: blob };
}

/** Every policy document below a directory, breadth first, so that all missing trees of a level are asked together. */
function below(top: string, id: string, search: Search): LocatedDirectory | ProblemRead | 'missing' {
  const { bounds } = search;
  const files = new Map<string, LocatedFile | ProblemRead>();
  const queue = [{ path: top, id, depth: 0 }];
  let complete = true;
  for (const { path, id, depth } of queue) {
    if (queue.length > bounds.directories) return tooMany(top, bounds.directories, 'directories');
    if (depth > bounds.treeDepth)
      return problem('too_large', `${top}/ is nested more than ${bounds.treeDepth} deep`);
    const tree = treeAt(path, id, search);
    if (tree === 'missing') {
      complete = false;
      continue;
    }
    if (tree.kind === 'malformed') return malformed(path, tree.why);
    for (const entry of tree.entries.values()) {
      const at = join(path, entry.name);
      if (entry.kind === 'directory') queue.push({ path: at, id: entry.id, depth: depth + 1 });
      else if (isDocument(entry.name)) files.set(at, document(at, entry));
    }
    if (files.size > bounds.directoryFiles) return tooMany(top, bounds.directoryFiles, 'policy documents');
  }
  return complete ? { kind: 'directory', tree: id, files } : 'missing';
}

function document(path: string, entry: TreeEntry): LocatedFile | ProblemRead {
  // A name that is not UTF-8 cannot be written in the API, nor told from another such name.
  if (path.includes('\ufffd')) return problem('validation', `the name of ${path} is not UTF-8`);
  return entry.kind === 'file' ? { kind: 'file', blob: entry.id } : notAFile(path, entry.kind);
}

function isDocument(name: string): boolean {
  return name.endsWith('.yaml') || name.endsWith('.yml');
}

function treeAt(path: string, id: string, search: Search): ParsedTree | 'missing' {
  search.trees.set(path, id);
  const tree = search.tree(id);
  if (tree) return tree;
  search.missing.add(id);
  return 'missing';
}

function isEntry(found: TreeEntry | ProblemRead): found is TreeEntry {
  return found.kind !== 'problem';
}

function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function problem(faultClass: FaultClass, message: string): ProblemRead {
  return { kind: 'problem', class: faultClass, message };
}

function malformed(directory: string, why: string): ProblemRead {
  return problem('validation', `the directory ${directory}/ cannot be read: ${why}`);
}

function tooMany(directory: string, most: number, what: string): ProblemRead {
  return problem('too_large', `${directory}/ holds more than ${most} ${what}`);
}

function notAFile(path: string, kind: TreeEntry['kind']): ProblemRead {
  const what = {
    symlink: 'a symbolic link',
    submodule: 'a submodule',
    unknown: 'neither a file nor a directory',
  };
  const name = kind === 'symlink' || kind === 'submodule' ? what[kind] : what.unknown;
  return problem('unsupported', `${path} is ${name}; only regular files can be tracked`);
}
