/** Recall: what a gateway enforced, from its receipts, and who put it there. */
import type { Activation } from '../domain/activation.ts';
import type { Episode } from '../domain/drift.ts';
import type { Gateway } from '../domain/gateway.ts';
import { type Entry, lastHeard, type Recollection, recollect, timeline } from '../domain/history.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Report } from '../domain/report.ts';
import type { Version } from '../domain/version.ts';
import type { Announcements, Receipts, Reports, Versions } from '../ports.ts';

export interface RecallPorts {
  readonly receipts: Pick<Receipts, 'ofGateway'>;
  readonly reports: Pick<Reports, 'findAll' | 'episodes'>;
  readonly versions: Pick<Versions, 'find'>;
  readonly announcements: Pick<Announcements, 'at'>;
}

/** Looked at around a time: those stored before it, newest first, and those that came after it, newest first too. */
const BEFORE = 200;
const AFTER = 500;
const MOST_EPISODES = 100;

/** Receipts looked through for the first that was applied after a time. */
const FOLLOWING = 100;

/** An entry with what it was and who put it there; null for what is not recorded. */
export interface Told extends Entry {
  readonly version: Version | null;
  readonly activation: Activation | null;
}

export interface Memory {
  readonly report: Report | null;
  readonly heardAt: string | null;
  /** Episodes of the time that was asked for, newest first. */
  readonly episodes: readonly Episode[];
}

export interface MemoryAt extends Memory {
  readonly recollection: Omit<Recollection, 'enforced' | 'lastKnown'>;
  readonly enforced: Told | null;
  readonly lastKnown: Told | null;
}

export async function recallAt({ id }: Gateway, at: Date, ports: RecallPorts): Promise<MemoryAt> {
  const just = new Date(at.getTime() + 1);
  const [before, after, reports, episodes] = await Promise.all([
    ports.receipts.ofGateway({ gatewayId: id, since: new Date(0), until: just, limit: BEFORE, after: null }),
    ports.receipts.ofGateway({ gatewayId: id, since: just, until: END, limit: AFTER, after: null }),
    ports.reports.findAll([id]),
    ports.reports.episodes(id, just, MOST_EPISODES),
  ]);
  const report = reports.get(id) ?? null;
  const receipts = [...after.items, ...before.items];
  const found = before.items.some(({ statement }) => statement.state === 'applied');
  const cut = after.next !== null || (before.next !== null && !found);
  const known = { receipts, cut, report, episodes };
  const { enforced, lastKnown, ...recollection } = recollect(at, known);
  return {
    report,
    heardAt: lastHeard(receipts, report),
    episodes: episodes.filter((episode) => isDuring(episode, at, at)),
    recollection,
    enforced: enforced && (await tell(enforced, ports)),
    lastKnown: lastKnown && (await tell(lastKnown, ports)),
  };
}

/** After every receipt. */
const END = new Date('9999-12-31T23:59:59.999Z');

export interface MemoryQuery {
  /** By when receipts were stored, on our clock. */
  readonly since: Date;
  readonly until: Date;
  readonly limit: number;
  readonly after: string | null;
  /** When what follows the newest of the page was applied: from the page before, so not known of the first one. */
  readonly ends: string | null;
}

export interface MemoryPage extends Memory {
  readonly entries: readonly Told[];
  readonly next: { readonly after: string; readonly ends: string | null } | null;
}

export async function recall({ id }: Gateway, query: MemoryQuery, ports: RecallPorts): Promise<MemoryPage> {
  const { ends: carried, ...range } = query;
  const [page, ends, reports, episodes] = await Promise.all([
    ports.receipts.ofGateway({ gatewayId: id, ...range }),
    query.after === null ? firstAppliedFrom(id, query.until, ports) : carried,
    ports.reports.findAll([id]),
    ports.reports.episodes(id, query.until, MOST_EPISODES),
  ]);
  const report = reports.get(id) ?? null;
  const entries = timeline(page.items, ends);
  const oldest = entries.findLast(({ from }) => from !== null)?.from ?? ends;
  return {
    report,
    heardAt: lastHeard(page.items, report),
    episodes: episodes.filter((episode) => isDuring(episode, query.since, query.until)),
    entries: await Promise.all(entries.map((entry) => tell(entry, ports))),
    next: page.next === null ? null : { after: page.next, ends: oldest },
  };
}

/** What was in force at the end of a time that is over was followed by something that is not of that time. */
async function firstAppliedFrom(
  gatewayId: string,
  since: Date,
  { receipts }: RecallPorts,
): Promise<string | null> {
  const range = { gatewayId, since, until: END, limit: FOLLOWING, after: null, oldestFirst: true };
  const { items } = await receipts.ofGateway(range);
  return timeline(items, null).findLast(({ from }) => from !== null)?.from ?? null;
}

function isDuring({ since, until }: Episode, from: Date, to: Date): boolean {
  return Date.parse(since) <= to.getTime() && (until === null || Date.parse(until) >= from.getTime());
}

async function tell(entry: Entry, { versions, announcements }: RecallPorts): Promise<Told> {
  const { configurationId, statement }: Receipt = entry.receipt;
  const [version, announced] = await Promise.all([
    versions.find(configurationId, statement.version_id),
    announcements.at(configurationId, statement.sequence),
  ]);
  return { ...entry, version, activation: announced?.activation ?? null };
}
