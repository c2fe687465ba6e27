/** History: what a gateway enforced at a time, as far as it signed for it; and how far that can be relied on. */
import type { Episode } from './drift.ts';
import type { Receipt } from './receipt.ts';
import { OFFLINE_SECONDS, type Report } from './report.ts';

/** A receipt in its place among the others. */
export interface Entry {
  readonly receipt: Receipt;
  /** On the gateway's clock. Null for what it refused: that changed nothing of what it ran. */
  readonly from: string | null;
  /** When the next one was applied; null while none was. */
  readonly until: string | null;
  readonly doubt: string | null;
}

export interface Recollection {
  /** What it enforced; null when that is not known. */
  readonly enforced: Entry | null;
  /** What it is known by: what it signed, or only said. */
  readonly basis: 'receipt' | 'heartbeat' | null;
  /** Why it is not known. */
  readonly unknown: string | null;
  /** What it enforced when it was last heard, if that was before. */
  readonly lastKnown: Entry | null;
  readonly doubts: readonly string[];
}

/** Between two clocks that are right, and on the way. */
const TOLERANCE_MS = 5000;

const appliedAt = ({ statement }: Receipt): number =>
  statement.applied_at === null ? Number.NaN : Date.parse(statement.applied_at);

const isApplied = (receipt: Receipt): boolean => !Number.isNaN(appliedAt(receipt));

/**
 * In the order in which they were applied, latest first, by the gateway's clock: no other clock was there. `until` is
 * when what came after the latest of them was applied.
 */
export function timeline(receipts: readonly Receipt[], until: string | null): readonly Entry[] {
  const when = (receipt: Receipt) =>
    isApplied(receipt) ? appliedAt(receipt) : Date.parse(receipt.statement.received_at);
  const sorted = [...receipts].sort(
    (a, b) => when(b) - when(a) || b.statement.sequence - a.statement.sequence,
  );
  let next = until;
  let newer: Receipt | null = null;
  return sorted.map((receipt) => {
    if (!isApplied(receipt)) return { receipt, from: null, until: null, doubt: null };
    const from = receipt.statement.applied_at;
    const entry = { receipt, from, until: next, doubt: doubtAbout(receipt, newer) };
    next = from;
    newer = receipt;
    return entry;
  });
}

/** Sequences only rise: a later one that was applied earlier shows that the clock was set back. */
function doubtAbout(receipt: Receipt, newer: Receipt | null): string | null {
  const ahead = appliedAt(receipt) - Date.parse(receipt.storedAt);
  if (ahead > TOLERANCE_MS)
    return `the gateway's clock was ahead of ours by at least ${Math.ceil(ahead / 1000)} s`;
  const back =
    newer !== null &&
    newer.configurationId === receipt.configurationId &&
    newer.statement.sequence < receipt.statement.sequence;
  return back ? "the gateway's clock was set back: a later sequence was applied at an earlier time" : null;
}

export interface Known {
  readonly receipts: readonly Receipt[];
  /** Some were not looked at. */
  readonly cut: boolean;
  readonly report: Report | null;
  readonly episodes: readonly Episode[];
}

export function recollect(at: Date, { receipts, cut, report, episodes }: Known): Recollection {
  const entries = timeline(receipts.filter(isApplied), null);
  const enforced = entries.find(({ from }) => from !== null && Date.parse(from) <= at.getTime()) ?? null;
  const heard = lastHeard(receipts, report);
  const silence = heard === null ? 0 : at.getTime() - Date.parse(heard);
  const doubts = [
    // Not long enough to call it silent: its next heartbeat is on its way, or is not.
    ...(silence > 0 ? [`it was last heard before that, at ${heard}`] : []),
    ...(cut ? ['more receipts were stored than were looked at: one of those may be of then'] : []),
    ...episodes.flatMap((episode) => contradiction(episode, at)),
  ];
  const nothing = { enforced: null, basis: null, lastKnown: null, doubts } as const;
  if (heard === null) return { ...nothing, unknown: 'it was never heard' };
  if (silence > OFFLINE_SECONDS * 1000)
    return { ...nothing, lastKnown: enforced, unknown: `it was last heard at ${heard}` };
  if (enforced) {
    const told = episodes.some((episode) => contradiction(episode, at).length > 0);
    const said = told ? [] : saidOtherwise(enforced.receipt, report, at);
    const more = [...clockDoubts(enforced, entries, at), ...doubts, ...said];
    return { enforced, basis: 'receipt', unknown: null, lastKnown: null, doubts: more };
  }
  if (report && Date.parse(report.since) <= at.getTime())
    return { ...nothing, basis: 'heartbeat', unknown: null };
  const unknown = cut
    ? 'it is not among the receipts that were looked at'
    : 'that is before its first receipt for what it applied';
  return { ...nothing, unknown };
}

/** By our clock: the last receipt or heartbeat. */
export function lastHeard(receipts: readonly Receipt[], report: Report | null): string | null {
  const times = [...receipts.map(({ storedAt }) => storedAt), ...(report ? [report.at] : [])];
  return times.sort().at(-1) ?? null;
}

function clockDoubts(enforced: Entry, entries: readonly Entry[], at: Date): string[] {
  const { receipt, doubt } = enforced;
  const doubts = doubt === null ? [] : [doubt];
  if (Date.parse(receipt.storedAt) > at.getTime() + TOLERANCE_MS)
    doubts.push(
      `it was applied at ${receipt.statement.applied_at} by the gateway's clock, and we heard of it at ${receipt.storedAt}: it was late, or that clock is wrong`,
    );
  const heard = entries
    .map((entry) => entry.receipt)
    .filter(({ storedAt }) => Date.parse(storedAt) <= at.getTime())
    .sort((a, b) => (a.storedAt < b.storedAt ? 1 : -1))[0];
  if (heard && heard.id !== receipt.id && appliedAt(heard) > at.getTime() + TOLERANCE_MS)
    doubts.push(
      `by the time at which receipts were stored it had applied sequence ${heard.statement.sequence} of ${heard.configurationId} by then`,
    );
  return doubts;
}

/** What its heartbeats said then, if that was something else than what it was told. */
function contradiction({ said, kind, since, until }: Episode, at: Date): string[] {
  const time = at.getTime();
  if (Date.parse(since) > time || (until !== null && Date.parse(until) < time)) return [];
  const then = said.filter(({ from }) => Date.parse(from) <= time).at(-1) ?? said[0];
  const ran = then.contentHash === null ? 'nothing' : then.contentHash;
  const end = until === null ? 'and have not said otherwise since' : `to ${until}`;
  return [`heartbeats from ${then.from} ${end} said that it ran ${ran} (${kind})`];
}

/** Of one that is told nothing, or is not heard for long, there is no episode: what it said last is known all the same. */
function saidOtherwise({ statement }: Receipt, report: Report | null, at: Date): string[] {
  if (report === null || Date.parse(report.since) > at.getTime()) return [];
  if (report.contentHash === statement.content_hash) return [];
  return [`from ${report.since} to ${report.at} it said that it ran ${report.contentHash ?? 'nothing'}`];
}
