/** Evaluate: what one link's path holds now, and what becomes of each file it tracks. */

import { type Configuration, isSettled } from '../domain/configuration.ts';
import { newEvent } from '../domain/event.ts';
import { UnreadableRow } from '../domain/fault.ts';
import type { Commit, FileRead, PathRead, ProblemRead } from '../domain/git.ts';
import type { FileError, Link, LinkError, TrackedFile } from '../domain/link.ts';
import type { Lease } from '../domain/source.ts';
import type { LinkOutcome } from '../ports.ts';
import { type Candidate, type PublishPorts, publish, reassert } from './publish.ts';

export interface Evaluation {
  /** Null when nothing about the link changed. */
  readonly outcome: LinkOutcome | null;
  readonly published: number;
  readonly activated: number;
  readonly failed: boolean;
  /** An error that something other than a new commit may cure: look again at every poll. */
  readonly unsettled: boolean;
  /** Files that a further run must publish. */
  readonly putOff: number;
}

/** What is left of a run's time. */
export interface Budget {
  /** True once another file must wait for the next run. */
  spent(): boolean;
  /** A file was published: every run does one at least, so that runs get on however slow everything is. */
  used(): void;
}

export interface LinkNow {
  readonly link: Link;
  readonly files: readonly TrackedFile[];
  readonly read: PathRead;
  readonly commit: Commit;
  /** When the host's answer was complete. */
  readonly readAt: string;
  readonly lease: Lease;
  /** Those the tracked files feed, as the run began: what looks settled in them is left alone. */
  readonly configurations: ReadonlyMap<string, Configuration>;
  readonly budget: Budget;
}

/** One bad file must not hold back its neighbours: each is judged alone, and the link names all that failed. */
export async function evaluate(now: LinkNow, ports: PublishPorts): Promise<Evaluation> {
  const known = new Map(now.files.map((file) => [file.path, file]));
  const errors: FileError[] = [];
  const files: TrackedFile[] = [];
  const forgotten: string[] = [];
  let published = 0;
  let activated = 0;
  let putOff = 0;
  const there = filesOf(now);
  for (const [path, read] of there) {
    const file = known.get(path) ?? null;
    if (read.kind === 'problem') {
      errors.push({ class: read.class, message: read.message, findings: [] });
      // Of a directory that cannot be read, everything below it.
      for (const one of now.read.kind === 'problem' ? now.files : file ? [file] : [])
        if (await handBack(now, one, ports)) activated++;
      continue;
    }
    const result = await evaluateFile({ ...now, beside: there }, path, read, file, ports);
    if (result === 'put off') {
      putOff++;
      if (file) files.push(file);
      if (file?.error) errors.push(file.error);
      continue;
    }
    if (result.published || result.activated) now.budget.used();
    files.push(result.file);
    if (result.file.error) errors.push(result.file.error);
    const returned = result.file.error !== null && (await handBack(now, file, ports));
    published += result.published ? 1 : 0;
    activated += result.activated || returned ? 1 : 0;
  }
  for (const file of goneOf(now, there)) {
    if (!(await stillFeeds(now.link, file, ports))) {
      forgotten.push(file.path);
      continue;
    }
    const error: FileError = { class: 'not_found', message: goneMessage(file.path), findings: [] };
    files.push({ ...file, contentHash: null, error });
    errors.push(error);
    if (await handBack(now, file, ports)) activated++;
  }
  const outcome = outcomeOf(now, { files, forgotten, errors, whole: putOff === 0 }, ports.clock.now());
  const unsettled = putOff > 0 || errors.some((error) => !followsFromBytes(error));
  return { outcome, published, activated, failed: errors.length > 0, unsettled, putOff };
}

function filesOf({ link, read }: LinkNow): ReadonlyMap<string, FileRead | ProblemRead> {
  return read.kind === 'directory' ? read.files : new Map([[link.path, read]]);
}

/** Files of a directory that git had when we last looked. */
function goneOf({ read, files }: LinkNow, there: ReadonlyMap<string, unknown>): readonly TrackedFile[] {
  return read.kind === 'directory' ? files.filter(({ path }) => !there.has(path)) : [];
}

/** One that went matters for as long as what it fed is there, and was not taken over: by the same file under a new name, say. */
async function stillFeeds(
  link: Link,
  { path, configurationId }: TrackedFile,
  { configurations }: PublishPorts,
): Promise<boolean> {
  if (configurationId === null) return false;
  try {
    const fed = await configurations.find(configurationId);
    return fed?.deletedAt === null && fed.origin?.linkId === link.id && fed.origin.path === path;
  } catch (error) {
    if (error instanceof UnreadableRow) return true;
    throw error;
  }
}

const goneMessage = (path: string) => `${path} is gone from the branch; its last version stays active`;

async function evaluateFile(
  now: LinkNow & Pick<Candidate, 'beside'>,
  path: string,
  read: FileRead,
  known: TrackedFile | null,
  ports: PublishPorts,
): Promise<{ file: TrackedFile; published: boolean; activated: boolean } | 'put off'> {
  const { link, lease, commit, readAt, budget, beside } = now;
  // A run that goes on where another stopped may have read again what that one published.
  const unchanged = known !== null && (read.bytes === null || published(known, read));
  if (unchanged && (known.contentHash === null || settled(known, now, ports))) {
    return { file: known, published: false, activated: false };
  }
  if (budget.spent()) return 'put off';
  const bytes = read.bytes ?? (known?.contentHash ? await ports.versions.content(known.contentHash) : null);
  if (!bytes) throw new Error(`the content of ${path} was not read and is not stored`);
  const { configurations } = now;
  try {
    const fetchedAt = read.bytes ? readAt : null;
    const candidate = {
      link,
      lease,
      path,
      beside,
      blob: read.blob,
      commit,
      bytes,
      fetchedAt,
      configurations,
    };
    return await publish(candidate, known, ports);
  } catch (error) {
    if (!(error instanceof UnreadableRow)) throw error;
    return { file: unreadable(path, read.blob, known), published: false, activated: false };
  }
}

const published = (known: TrackedFile, { blob }: FileRead) => known.blob === blob && known.error === null;

/** What it feeds is stored as our code does not store it; its neighbours have nothing to do with that. */
function unreadable(path: string, blob: string, known: TrackedFile | null): TrackedFile {
  const message = `${path}: what is stored of its configuration cannot be read; the operator must repair it`;
  const error: FileError = { class: 'validation', message, findings: [] };
  return { path, blob, configurationId: known?.configurationId ?? null, contentHash: null, error };
}

/** Whether what the file holds is Head, and Active is Head or is held against it. */
function settled({ configurationId, contentHash }: TrackedFile, now: LinkNow, ports: PublishPorts): boolean {
  const configuration = configurationId ? now.configurations.get(configurationId) : undefined;
  return configuration?.head?.contentHash === contentHash && isSettled(configuration, ports.clock.now());
}

/** A file that cannot be published says nothing new, but Head must be in force once nothing holds it off. */
export async function handBack(
  now: Pick<LinkNow, 'link' | 'lease' | 'configurations'>,
  file: TrackedFile | null,
  ports: PublishPorts,
): Promise<boolean> {
  const configuration = file?.configurationId ? now.configurations.get(file.configurationId) : undefined;
  return configuration !== undefined && reassert(configuration, now, ports);
}

/** The others can end without a new commit. */
function followsFromBytes(error: FileError): boolean {
  return error.findings.length > 0 || error.class === 'too_large' || error.class === 'unsupported';
}

interface Judged {
  readonly files: readonly TrackedFile[];
  readonly forgotten: readonly string[];
  readonly errors: readonly FileError[];
  /** False when a file was put off: the link is not synced yet. */
  readonly whole: boolean;
}

function outcomeOf(
  { link, files: before }: LinkNow,
  { files, forgotten, errors, whole }: Judged,
  now: Date,
): LinkOutcome | null {
  const known = new Map(before.map((file) => [file.path, JSON.stringify(file)]));
  const changed = files.filter((file) => known.get(file.path) !== JSON.stringify(canonical(file)));
  const error = errorOf(link, errors, now);
  const unread = before.filter(
    ({ path }) => !forgotten.includes(path) && !files.some((file) => file.path === path),
  );
  const configurationIds = [...files, ...unread]
    .flatMap(({ configurationId }) => configurationId ?? [])
    .sort();
  const [only] = link.path.endsWith('/') ? [] : files;
  const currentVersion = only?.contentHash ?? link.currentVersion;
  const same =
    changed.length + forgotten.length === 0 &&
    sameError(link.error, error) &&
    currentVersion === link.currentVersion &&
    configurationIds.join() === link.configurationIds.join() &&
    (error !== null || !whole || link.lastSync !== null);
  if (same) return null;
  return {
    link,
    lastSync: error || !whole ? link.lastSync : now.toISOString(),
    currentVersion,
    configurationIds: configurationIds.length > 0 ? configurationIds : link.configurationIds,
    error,
    files: changed,
    forgotten,
    events: linkEvents(link, error, now),
  };
}

/** The fields in the order in which rows are read, so that equal rows are equal text. */
function canonical({ path, blob, configurationId, contentHash, error }: TrackedFile): TrackedFile {
  return { path, blob, configurationId, contentHash, error };
}

const MOST_FINDINGS = 50;

function errorOf(link: Link, errors: readonly FileError[], now: Date): LinkError | null {
  const [first] = errors;
  if (!first) return null;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more files with errors)` : '';
  const findings = errors.flatMap((error) => error.findings).slice(0, MOST_FINDINGS);
  return linkError(link, { class: first.class, message: first.message + more, findings }, now);
}

/** An error keeps the time at which its class began. */
export function linkError(link: Link, error: FileError, now: Date): LinkError {
  const since = link.error?.class === error.class ? link.error.since : now.toISOString();
  return { class: error.class, message: error.message, since, findings: error.findings };
}

export function sameError(a: LinkError | null, b: LinkError | null): boolean {
  return a?.class === b?.class && a?.message === b?.message;
}

/** One event when a link begins to fail, or fails in another way, and one when it recovers. */
export function linkEvents(link: Link, error: LinkError | null, now: Date) {
  if (link.error?.class === error?.class) return [];
  const about = { actor: 'sync', team: link.team, linkId: link.id };
  return error
    ? [
        newEvent(now, {
          ...about,
          type: 'link.failed',
          detail: { class: error.class, message: error.message },
        }),
      ]
    : [newEvent(now, { ...about, type: 'link.recovered', detail: {} })];
}
