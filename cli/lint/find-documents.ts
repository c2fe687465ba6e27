/** Find documents: the files that operands of `kt policy lint` stand for. */
import { type Dirent, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, normalize, resolve } from 'node:path';
import { usage } from '../failure.ts';
import { type Glob, isGlob, matches, parseGlob } from './glob.ts';
import { looksLikePolicy } from './looks-like-policy.ts';
import { reasonOf } from './read-bounded.ts';

export const STDIN = '-';
export const DEFAULT_DOCUMENT = 'policy-config.yaml';

/** Of one run. A checkout has far less, a whole disk far more. */
const BOUNDS = { files: 10_000, directories: 20_000, depth: 64 };

export interface Found {
  /** In the order of the operands, then by name; each file once. `-` is standard input. */
  readonly files: readonly string[];
  /** YAML files in directories that are no policy documents. */
  readonly passedOver: readonly string[];
  /** Operands that stand for no file, and directories that could not be read. */
  readonly problems: readonly Problem[];
}

interface Problem {
  readonly operand: string;
  readonly why: string;
}

interface FindOptions {
  /** In directories, every YAML file counts: what a link to the directory would take. */
  readonly all: boolean;
}

/**
 * A file is taken as it is, whatever it is called. A directory stands for the YAML files in it, at any depth, that are
 * policy documents. What no file is called is read as a pattern.
 */
export async function findDocuments(
  operands: readonly string[],
  { all }: FindOptions,
  bounds = BOUNDS,
): Promise<Found> {
  const search = new Search(all, bounds);
  for (const operand of operands) await search.operand(operand);
  return search.found;
}

/** Whether an operand may stand for any number of files, however many there happen to be. */
export function mayBeSeveral(operand: string): boolean {
  const kind = kindOf(operand);
  return kind === 'directory' || (kind === 'missing' && isGlob(operand));
}

class Search {
  readonly #all: boolean;
  readonly #bounds: typeof BOUNDS;
  readonly #files = new Map<string, string>();
  readonly #passedOver = new Map<string, string>();
  readonly #problems: Problem[] = [];
  #directories = 0;

  constructor(all: boolean, bounds: typeof BOUNDS) {
    this.#all = all;
    this.#bounds = bounds;
  }

  get found(): Found {
    const passedOver = [...this.#passedOver].filter(([path]) => !this.#files.has(path));
    return {
      files: [...this.#files.values()],
      passedOver: passedOver.map(([, shown]) => shown),
      problems: this.#problems,
    };
  }

  async operand(operand: string): Promise<void> {
    if (operand === STDIN) return void this.#files.set(STDIN, STDIN);
    if (operand === '')
      throw usage('a file name is empty; name a file, a directory, a pattern, or - for standard input');
    const kind = kindOf(operand);
    if (kind === 'directory') return this.directory(operand);
    if (kind === 'missing' && isGlob(operand)) return this.pattern(operand);
    this.file(operand);
  }

  private file(path: string): void {
    this.#files.set(resolve(path), path);
    if (this.#files.size > this.#bounds.files)
      throw usage(`these are more than ${this.#bounds.files} files; name fewer`);
  }

  private async directory(directory: string): Promise<void> {
    const before = this.#files.size + this.#problems.length;
    await this.walk(directory, async (path, entry) => {
      if (entry === 'directory') return isLookedInto(basename(path));
      if (!/\.ya?ml$/.test(path)) return false;
      if (this.#all || (await looksLikePolicy(path))) this.file(path);
      else this.#passedOver.set(resolve(path), path);
      return false;
    });
    if (this.#files.size + this.#problems.length > before) return;
    const hint = this.#passedOver.size > 0 ? '; with --all every YAML file counts' : '';
    this.#problems.push({ operand: directory, why: `there is no policy document in it${hint}` });
  }

  private async pattern(text: string): Promise<void> {
    const before = this.#files.size;
    for (const glob of parseGlob(text)) await this.glob(glob);
    if (this.#files.size === before) this.#problems.push({ operand: text, why: 'no file matches' });
  }

  private async glob(glob: Glob): Promise<void> {
    const base = resolve(glob.base);
    if (glob.parts.length === 0 || kindOf(glob.base) !== 'directory') return;
    await this.walk(glob.base, async (path, entry) => {
      const names = resolve(path).slice(base.length).split(/[\\/]/).filter(Boolean);
      const { itself, below } = matches(glob, names);
      if (entry === 'directory') return below && basename(path) !== 'node_modules';
      if (itself) this.file(path);
      return false;
    });
  }

  /** `visit` says whether to look into a directory. Links to directories are not followed, so loops end here. */
  private async walk(
    top: string,
    visit: (path: string, entry: 'file' | 'directory') => Promise<boolean>,
  ): Promise<void> {
    const queue: { path: string; depth: number }[] = [{ path: top, depth: 0 }];
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { path: directory, depth } = next;
      if (++this.#directories > this.#bounds.directories)
        throw usage(`${top}: more than ${this.#bounds.directories} directories; name one that holds fewer`);
      const deeper: { path: string; depth: number }[] = [];
      for (const entry of await this.entries(directory)) {
        const path = join(directory, entry.name);
        if (isFile(entry, path)) await visit(path, 'file');
        else if (!entry.isDirectory() || !(await visit(path, 'directory'))) continue;
        else if (depth < this.#bounds.depth) deeper.push({ path, depth: depth + 1 });
        else this.#problems.push({ operand: path, why: 'it is too deep below what was named' });
      }
      queue.unshift(...deeper);
    }
  }

  private async entries(directory: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(directory, { withFileTypes: true });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      this.#problems.push({ operand: normalize(directory), why: reasonOf(error) });
      return [];
    }
  }
}

/** Where other programs keep what is theirs. */
function isLookedInto(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

/** A link to a file counts: that is how mounted configuration looks. One that leads nowhere must not go unnoticed. */
function isFile(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && !['directory', 'other'].includes(kindOf(path)));
}

/** Why something cannot be looked at is left to who reads it. */
function kindOf(path: string): 'file' | 'directory' | 'other' | 'missing' | 'unknown' {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return 'missing';
    return stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : 'other';
  } catch (error) {
    reasonOf(error);
    return 'unknown';
  }
}
