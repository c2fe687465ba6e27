/** Reading: where a source's branch is, and what the tracked paths hold there. */
import type { Configuration } from '../domain/configuration.ts';
import { Fault } from '../domain/fault.ts';
import type { Commit, Known, PathRead, ReadResult, Repository } from '../domain/git.ts';
import type { Link, TrackedFile } from '../domain/link.ts';
import type { Source } from '../domain/source.ts';
import type { RunResult, SourceContents } from '../ports.ts';
import { approach, tipOf, waitSeconds } from './approach.ts';
import type { SyncPorts } from './sync.ts';

export interface Arrival {
  readonly repository: Repository;
  readonly tip: string;
  /** What the tracked paths hold at the tip, when it was read on a hint. */
  readonly ahead: ReadResult | null;
}

/**
 * Asks where the branch is and, in the same round trip, for what changed up to the commit that a delivery named.
 * If that commit is not the tip, what was read of it is dropped: the hint saves time and decides nothing.
 */
export async function arrive(
  source: Source,
  { found, hinted }: { readonly found: string | null; readonly hinted: string | null },
  contents: SourceContents,
  ports: SyncPorts,
): Promise<Arrival> {
  const repository = await approach(source, ports);
  const isNews = hinted !== null && !source.recentTips.includes(hinted);
  const guess = contents.memory && isNews ? hinted : null;
  const [seen, guessed] = await Promise.allSettled([
    found ?? tipOf(source, repository, ports),
    guess === null ? null : readAt(guess, repository, contents, ports),
  ]);
  const wish = [seen, guessed].flatMap(waitOf).toSorted((a, b) => b.seconds - a.seconds)[0];
  if (wish) throw wish.fault;
  if (seen.status === 'rejected') throw seen.reason;
  // Whatever is wrong with the other may be wrong with the guess only.
  const ahead = guessed.status === 'fulfilled' && seen.value === guess ? guessed.value : null;
  return { repository, tip: seen.value, ahead };
}

/** A host that asked to be left alone was heard, whichever question it answered; of two waits, the longer one. */
function waitOf(answer: PromiseSettledResult<unknown>): { fault: Fault; seconds: number }[] {
  const fault: unknown = answer.status === 'rejected' ? answer.reason : null;
  if (!(fault instanceof Fault)) return [];
  const seconds = waitSeconds(fault);
  return seconds === null ? [] : [{ fault, seconds }];
}

function readAt(commit: string, repository: Repository, contents: SourceContents, { git }: SyncPorts) {
  const paths = [...new Set(contents.links.map((link) => link.path))];
  return git.read({ repository, commit, paths, known: knownOf(contents) });
}

type Reading = Pick<ReadResult, 'paths'> & {
  readonly commit: Commit;
  readonly how: string;
  readonly memory: RunResult['memory'];
};

/** What every link tracks, as it is at the tip: from the rows where nothing moved, else from the host. */
export async function read(
  source: Source,
  { repository, tip, ahead }: Arrival,
  contents: SourceContents,
  configurations: ReadonlyMap<string, Configuration>,
  ports: SyncPorts,
): Promise<Reading> {
  const { links, files } = contents;
  if (tip === source.tip && links.every((link) => judged(link, files.get(link.id) ?? [], configurations))) {
    const paths = links.map((link) => [link.path, asBefore(link, files.get(link.id) ?? [])] as const);
    return { paths: new Map(paths), commit: NO_NEW_COMMIT, how: 'unchanged', memory: null };
  }
  const result = ahead ?? (await readAt(tip, repository, contents, ports));
  return { ...result, memory: { commit: tip, trees: result.trees } };
}

/** Stands where no version can be published: all that is tracked is the head of its configuration already. */
const NO_NEW_COMMIT: Commit = { id: '', author: { name: '', email: '' }, message: '', committedAt: '' };

function judged(
  link: Link,
  files: readonly TrackedFile[],
  configurations: ReadonlyMap<string, Configuration>,
): boolean {
  if (files.length === 0 || link.error !== null || link.lastSync === null) return false;
  return files.every(({ configurationId, contentHash }) => {
    const head = configurationId ? configurations.get(configurationId)?.head : null;
    return contentHash !== null && head?.contentHash === contentHash;
  });
}

function asBefore(link: Link, files: readonly TrackedFile[]): PathRead {
  const reads = files.map(({ path, blob }) => [path, { kind: 'file' as const, blob, bytes: null }] as const);
  const [first] = reads;
  if (link.path.endsWith('/') || !first) return { kind: 'directory', tree: '', files: new Map(reads) };
  return first[1];
}

/**
 * Blobs that every link which tracks them has published need not come again. One that was refused is read and
 * judged anew by every run: what is wrong with it may be a matter of which release of ours looked.
 */
function knownOf({ memory, files, links }: SourceContents): Known | null {
  if (!memory) return null;
  const directories = links.filter(({ path }) => path.endsWith('/'));
  const fileLinks = new Map(links.map((link) => [link.path, link]));
  const blobs: Record<string, string> = {};
  for (const { path, blob } of [...files.values()].flat()) {
    const single = fileLinks.get(path);
    const trackers = [...directories.filter((link) => covers(link.path, path)), ...(single ? [single] : [])];
    const dealtWith = (file: TrackedFile) => file.path === path && file.blob === blob && file.error === null;
    if (trackers.every(({ id }) => files.get(id)?.some(dealtWith))) blobs[path] = blob;
  }
  return { commit: memory.commit, trees: memory.trees, blobs };
}

const covers = (directory: string, path: string) => directory === '/' || path.startsWith(directory);
