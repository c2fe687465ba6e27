/** A source: one branch of one repository read with one credential; what is polled and fetched together. */
import { randomInt } from 'node:crypto';
import { derivedId } from './ids.ts';
import type { Link, LinkStatus } from './link.ts';
import type { Provider } from './provider.ts';

/** A run reads all links of a source, and judges a file of each; a directory is one link. */
export const MOST_LINKS = 2000;

export interface Source {
  readonly id: string;
  readonly team: string;
  readonly repoUrl: string;
  readonly provider: Provider;
  readonly branch: string;
  readonly hookId: string | null;
  /** The link whose sealed token or key opens the repository; null for a public one. */
  readonly credentialLink: string | null;
  readonly username: string | null;
  /** Of the host it is read from over SSH; null for those that a well-known host publishes, and for https. */
  readonly hostKeys: readonly string[] | null;
  /** The shortest interval of its links. */
  readonly intervalSeconds: number;
  /** How many links share it; the source goes with the last one. */
  readonly links: number;
  /** Raised by every hint; `done` is the value the last finished run had seen. */
  readonly wanted: number;
  readonly done: number;
  /** Raised by every lease: a run may write only while the number it was given still stands. */
  readonly epoch: number;
  readonly leaseUntil: string | null;
  readonly tip: string | null;
  /** Tips seen lately, newest first: a hint that names one of them is old news. */
  readonly recentTips: readonly string[];
  readonly failures: number;
  readonly dueAt: string;
  /** When the host was last asked and answered. */
  readonly checkedAt: string | null;
  /** When the oldest hint that no run has answered yet was received. */
  readonly hintedAt: string | null;
}

/** A run's right to write: it stands until another run takes the source. */
export interface Lease {
  readonly source: Source;
  readonly epoch: number;
  /** `wanted` as the run began: what it answers for. */
  readonly wanted: number;
}

/** What the last read learned about directories, so that the next one needs one request. */
export interface SourceMemory {
  readonly commit: string;
  readonly trees: Readonly<Record<string, string>>;
}

/** Links share a source when team, repository, branch and credential are the same. */
export function sourceId(of: {
  team: string;
  repoUrl: string;
  branch: string;
  username: string | null;
  credentialFingerprint: string | null;
}): string {
  return derivedId('src', of.team, of.repoUrl, of.branch, of.username ?? '', of.credentialFingerprint ?? '');
}

/** `error` first, then `pending` while a hint is unanswered or nothing was synced yet. */
export function linkStatus(link: Link, source: Source | null): LinkStatus {
  if (link.error) return 'error';
  if (!link.lastSync || !source || source.wanted > source.done) return 'pending';
  return 'synced';
}

/** A poll that found nothing new is a sync that ended well, for every link without an error. */
export function lastSyncOf(link: Link, source: Source | null): string | null {
  if (link.error || !link.lastSync || !source?.checkedAt) return link.lastSync;
  return source.checkedAt > link.lastSync ? source.checkedAt : link.lastSync;
}

const FIRST_BACK_OFF_SECONDS = 60;
const LONGEST_BACK_OFF_SECONDS = 3600;

/**
 * Seconds until a failing source is tried again: its interval, at first no more than a minute since a push may be
 * waiting, doubled per failure up to an hour or its interval if that is longer, less up to a quarter so that
 * sources of one host that failed together do not return together. Never before `retryAfter`, the seconds the
 * host asked for.
 */
export function backOffSeconds(intervalSeconds: number, failures: number, retryAfter: number | null): number {
  const ceiling = Math.max(LONGEST_BACK_OFF_SECONDS, intervalSeconds);
  const first = Math.min(intervalSeconds, FIRST_BACK_OFF_SECONDS);
  const grown = Math.min(ceiling, first * 2 ** Math.min(Math.max(failures - 1, 0), 12));
  const jittered = Math.ceil(grown * (1 - randomInt(0, 250) / 1000));
  return retryAfter === null ? jittered : Math.max(jittered, retryAfter + randomInt(0, 5));
}

/**
 * The next look keeps the source's own phase; one that is overdue, or whose time came from a clock that was wrong,
 * starts a new phase from now.
 */
export function nextDue(dueAt: string, intervalSeconds: number, now: Date): string {
  const interval = intervalSeconds * 1000;
  const kept = Date.parse(dueAt) + interval;
  const inPhase = kept > now.getTime() && kept <= now.getTime() + 2 * interval;
  return new Date(inPhase ? kept : now.getTime() + interval).toISOString();
}

/** The longest that a host may ask to be left alone: more than that counts as this. */
export const LONGEST_RETRY_AFTER_SECONDS = 86_400;
const ASTRAY_SLACK_SECONDS = 60;

/** Due later than any clock that is right says: whoever wrote that had a wrong one, or we have. */
export function isAstray(
  { dueAt, intervalSeconds, failures }: Pick<Source, 'dueAt' | 'intervalSeconds' | 'failures'>,
  now: Date,
): boolean {
  const longest = failures === 0 ? intervalSeconds : Math.max(intervalSeconds, LONGEST_RETRY_AFTER_SECONDS);
  return Date.parse(dueAt) > now.getTime() + (longest + ASTRAY_SLACK_SECONDS) * 1000;
}
