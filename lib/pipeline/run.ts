/** Run: one pass over a source by whoever holds its lease. */
import type { Configuration } from '../domain/configuration.ts';
import { Fault, UnreadableRow } from '../domain/fault.ts';
import type { SyncOutcome } from '../domain/outcome.ts';
import type { Lease, Source } from '../domain/source.ts';
import type { LinkOutcome, RunResult, SourceContents } from '../ports.ts';
import { retryAt } from './approach.ts';
import {
  type Budget,
  type Evaluation,
  evaluate,
  handBack,
  linkError,
  linkEvents,
  sameError,
} from './evaluate.ts';
import { LostLease } from './publish.ts';
import { type Arrival, arrive, read } from './reading.ts';
import { sharedSettings } from './repository.ts';
import type { SyncPorts } from './sync.ts';

/**
 * After this a run publishes nothing more and ends, and the next goes on: less than the function's minute, with room
 * for what ending takes. A directory of a thousand files is a thousand transactions, one after the other.
 */
const PUBLISHING_SECONDS = 35;
/** A run whose message to go on was lost is gone on with by the poller after this long. */
const GOING_ON_SECONDS = 20;

/** Tips remembered to tell old news from new. */
const RECENT_TIPS = 10;

interface Ended {
  readonly outcome: SyncOutcome;
  /** `wanted` as the run ended. */
  readonly wanted: number;
  /** Another run must follow: hints came meanwhile, or it ran out of time. */
  readonly again: boolean;
}

export interface Sight {
  /** Where a look just saw the branch, or why it could not; null asks now. */
  readonly found: string | Fault | null;
  /** The commit that a delivery named, if any. */
  readonly hinted: string | null;
  /** Whether it will be looked for again if the branch does not show it yet. */
  readonly patient: boolean;
}

export async function run(lease: Lease, sight: Sight, ports: SyncPorts): Promise<Ended> {
  const budget = budgetOf(ports);
  const contents = await ports.sources.contents(lease.source.id);
  for (const row of contents.unreadable) {
    ports.log.fact('row.unreadable', { source: lease.source.id, row });
  }
  const gone = await goneFrom(lease.source, contents, ports);
  if (contents.links.length === 0 || gone.length > 0) {
    // Whoever removed or moved a link may have died before all of it was done.
    const isGone = await ports.sources.tidy(lease.source, gone);
    if (isGone) return { outcome: ENDED_EMPTY, wanted: lease.wanted, again: false };
  }
  if (contents.links.length === 0)
    return finish(lease, settledResult(lease.source, ports), ENDED_EMPTY, ports);
  const source = sharedSettings(lease.source, contents.links);
  const held = { ...lease, source };
  const failures = failuresAfter(source, sight);
  if (sight.found instanceof Fault) return fail(held, failures, contents, sight.found, ports);
  try {
    const [configurations, arrival] = await Promise.all([
      configurationsOf(contents, ports),
      arrive(source, { ...sight, found: sight.found }, contents, ports),
    ]);
    const awaits = sight.patient && isAwaited(sight.hinted, arrival.tip, source);
    return await follow(held, { ...arrival, awaits }, contents, configurations, budget, ports);
  } catch (error) {
    if (error instanceof Fault) return fail(held, failures, contents, error, ports);
    throw error;
  }
}

/**
 * As many as the wait is doubled for. A push is tried at once, however long the wait; that it failed too, like the nine
 * others of that minute, says nothing about how long the trouble will last.
 */
function failuresAfter({ failures }: Source, { found }: Sight): number {
  return found === null && failures > 0 ? failures : failures + 1;
}

function budgetOf({ clock }: SyncPorts): Budget {
  const end = clock.now().getTime() + PUBLISHING_SECONDS * 1000;
  let published = 0;
  return {
    spent: () => published > 0 && clock.now().getTime() >= end,
    used: () => {
      published++;
    },
  };
}

/**
 * Links that left rows here and are not to come back. One that is read from elsewhere may be on its way here, its
 * files ahead of it: it counts only where nobody reads the source.
 */
async function goneFrom(
  { id }: Source,
  { links, files }: SourceContents,
  ports: SyncPorts,
): Promise<readonly string[]> {
  const strangers = [...files.keys()].filter((linkId) => !links.some((link) => link.id === linkId));
  const gone = strangers.map(async (linkId) => {
    const link = await ports.links.find(linkId).catch(unreadable);
    const isElsewhere = link?.sourceId !== undefined && link.sourceId !== id;
    return link === null || (links.length === 0 && isElsewhere) ? [linkId] : [];
  });
  return (await Promise.all(gone)).flat();
}

/** Of a link that cannot be read it is not known whether it is here. */
function unreadable(error: unknown): { readonly sourceId?: never } {
  if (error instanceof UnreadableRow) return {};
  throw error;
}

const ENDED_EMPTY: SyncOutcome = { kind: 'skipped', why: 'no link reads this source' };

/** A commit that the branch does not show, and was not seen to show lately. */
function isAwaited(hinted: string | null, tip: string, { recentTips }: Source): boolean {
  return hinted !== null && hinted !== tip && !recentTips.includes(hinted);
}

/** Reads the tracked paths at the tip and judges every link. */
async function follow(
  lease: Lease,
  arrival: Arrival & { readonly awaits: boolean },
  contents: SourceContents,
  configurations: ReadonlyMap<string, Configuration>,
  budget: Budget,
  ports: SyncPorts,
): Promise<Ended> {
  const { source } = lease;
  const { tip } = arrival;
  const result = await read(source, arrival, contents, configurations, ports);
  const readAt = ports.clock.now().toISOString();
  const evaluations: Evaluation[] = [];
  // In turn: publishes of one source share a lease, and a transaction that checks it excludes the others.
  for (const link of contents.links) {
    const path = result.paths.get(link.path);
    if (!path) continue;
    const files = contents.files.get(link.id) ?? [];
    evaluations.push(
      await evaluate(
        { link, files, read: path, commit: result.commit, readAt, lease, configurations, budget },
        ports,
      ),
    );
  }
  const unsettled = evaluations.some((evaluation) => evaluation.unsettled);
  const count = (of: (evaluation: Evaluation) => number) =>
    evaluations.reduce((sum, one) => sum + of(one), 0);
  const putOff = count((evaluation) => evaluation.putOff);
  const settled = settledResult(source, ports);
  const end: RunResult = {
    ...settled,
    answered: putOff === 0,
    // The links are pending for as long as a push that was announced cannot be seen.
    awaits: arrival.awaits,
    dueAt: putOff === 0 ? settled.dueAt : inSeconds(GOING_ON_SECONDS, ports),
    // Without a tip the next look makes a full run.
    tip: unsettled ? null : tip,
    recentTips: [tip, ...source.recentTips.filter((known) => known !== tip)].slice(0, RECENT_TIPS),
    // Of what was put off the rows are of an older commit than of the rest.
    memory: putOff === 0 ? result.memory : 'forget',
    links: evaluations.flatMap(({ outcome }) => outcome ?? []),
  };
  const outcome: SyncOutcome = {
    kind: 'synced',
    tip,
    how: result.how,
    published: count(({ published }) => published),
    activated: count(({ activated }) => activated),
    failed: count(({ failed }) => (failed ? 1 : 0)),
    ...(putOff > 0 ? { putOff } : {}),
  };
  return finish(lease, end, outcome, ports);
}

function configurationsOf({ files }: SourceContents, ports: SyncPorts) {
  const ids = [...files.values()].flat().flatMap(({ configurationId }) => configurationId ?? []);
  return ports.configurations.findAll(ids);
}

function settledResult(source: Source, { clock }: SyncPorts): RunResult {
  return {
    answered: true,
    awaits: false,
    tip: source.tip,
    recentTips: source.recentTips,
    failures: 0,
    dueAt: inSeconds(source.intervalSeconds, { clock }),
    checkedAt: clock.now().toISOString(),
    intervalSeconds: source.intervalSeconds,
    credentialLink: source.credentialLink,
    memory: null,
    links: [],
  };
}

const inSeconds = (seconds: number, { clock }: Pick<SyncPorts, 'clock'>) =>
  new Date(clock.now().getTime() + seconds * 1000).toISOString();

/** Nothing could be read: every link says why, what is active stays, and the next try waits longer each time. */
async function fail(
  lease: Lease,
  failures: number,
  contents: SourceContents,
  fault: Fault,
  ports: SyncPorts,
): Promise<Ended> {
  const { source } = lease;
  const { links, files } = contents;
  const configurations = await configurationsOf(contents, ports);
  for (const link of links) {
    for (const file of files.get(link.id) ?? []) await handBack({ link, lease, configurations }, file, ports);
  }
  // Its name only: what a host or a library says may hold anything.
  if (fault.cause instanceof Error)
    ports.log.fact('sync.fault', { source: source.id, class: fault.class, cause: fault.cause.name });
  const now = ports.clock.now();
  const outcomes = links.flatMap((link): LinkOutcome[] => {
    const error = linkError(link, { class: fault.class, message: fault.message, findings: [] }, now);
    if (sameError(link.error, error)) return [];
    const { lastSync, currentVersion, configurationIds } = link;
    return [
      {
        link,
        lastSync,
        currentVersion,
        configurationIds,
        error,
        files: [],
        forgotten: [],
        events: linkEvents(link, error, now),
      },
    ];
  });
  const end: RunResult = {
    ...settledResult(source, ports),
    failures,
    dueAt: await retryAt(source, fault, failures, ports),
    checkedAt: source.checkedAt,
    links: outcomes,
  };
  return finish(lease, end, { kind: 'failed', class: fault.class, message: fault.message }, ports);
}

async function finish(lease: Lease, end: RunResult, outcome: SyncOutcome, ports: SyncPorts): Promise<Ended> {
  const finished = await ports.sources.finish(lease, end);
  if (finished === 'lost') throw new LostLease('another run has the source');
  const { wanted } = finished;
  const hinted = wanted > lease.wanted + (end.awaits ? 1 : 0);
  return { outcome, wanted, again: hinted || !end.answered };
}
