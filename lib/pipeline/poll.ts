/** Poll: once a minute, ask for a look at every source that is due, and sweep up what was left lying. */
import { isAstray } from '../domain/source.ts';
import type { Log } from '../log.ts';
import type {
  Announcements,
  Clock,
  Configurations,
  DueSource,
  FanOutQueue,
  Links,
  Reports,
  Sources,
  SyncQueue,
} from '../ports.ts';

export interface PollPorts {
  readonly sources: Sources;
  readonly links: Links;
  readonly reports: Pick<Reports, 'drifting'>;
  readonly configurations: Configurations;
  readonly announcements: Announcements;
  readonly syncQueue: SyncQueue;
  readonly fanOutQueue: FanOutQueue;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long one tick plans for: the schedule's period. */
const HORIZON_SECONDS = 60;

export interface PollOutcome {
  readonly looks: number;
  readonly announcements: number;
  readonly holds: number;
}

export async function poll(ports: PollPorts): Promise<PollOutcome> {
  const now = ports.clock.now();
  // What goes wrong with one of them must not keep the others from being done: it is thrown in the end.
  const done = await Promise.allSettled([askForLooks(now, ports), sweepMarks(ports), sweepHolds(now, ports)]);
  ports.log.fact('links.in_error', { count: await ports.links.countErrors() });
  const persisting = (await ports.reports.drifting(null)).filter(({ persists }) => persists);
  ports.log.fact('gateways.drift_persists', { count: persisting.reduce((sum, { count }) => sum + count, 0) });
  const [looks, announcements, holds] = done.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  return { looks: looks ?? 0, announcements: announcements ?? 0, holds: holds ?? 0 };
}

/** Looks are spread over the minute by delaying their messages; a 30-second interval gets two. */
async function askForLooks(now: Date, { sources, syncQueue }: PollPorts): Promise<number> {
  let looks = 0;
  for await (const due of sources.due(new Date(now.getTime() + HORIZON_SECONDS * 1000))) {
    const messages = due.flatMap((source) =>
      delays(source, now).map((delaySeconds) => ({
        message: { source: source.id, why: 'poll' as const, commit: null, attempt: 0 },
        delaySeconds,
      })),
    );
    if (messages.length > 0) await syncQueue.send(messages);
    looks += messages.length;
  }
  return looks + (await askForAstray(now, { sources, syncQueue }));
}

/** Sources that a wrong clock put far ahead: nothing else would look at them before its time has come. */
async function askForAstray(
  now: Date,
  { sources, syncQueue }: Pick<PollPorts, 'sources' | 'syncQueue'>,
): Promise<number> {
  let looks = 0;
  for await (const last of sources.dueLast()) {
    const messages = last
      .filter((source) => isAstray(source, now))
      .map(({ id: source }) => ({
        message: { source, why: 'poll' as const, commit: null, attempt: 0 },
        delaySeconds: 0,
      }));
    if (messages.length > 0) await syncQueue.send(messages);
    looks += messages.length;
  }
  return looks;
}

/** Seconds from now of each look within the horizon. A hint that nobody answered is not kept waiting. */
export function delays(
  source: Pick<DueSource, 'dueAt' | 'intervalSeconds' | 'outstanding'>,
  now: Date,
): readonly number[] {
  const first = source.outstanding
    ? 0
    : Math.max(0, Math.ceil((Date.parse(source.dueAt) - now.getTime()) / 1000));
  const all: number[] = [];
  for (let at = first; at < HORIZON_SECONDS; at += Math.max(1, source.intervalSeconds)) all.push(at);
  return all;
}

async function sweepMarks({ announcements, fanOutQueue, log }: PollPorts): Promise<number> {
  let swept = 0;
  for await (const { marks, unreadable } of announcements.pending()) {
    for (const row of unreadable) log.fact('row.unreadable', { row });
    const messages = marks.map((mark) => ({
      configuration: mark.configurationId,
      sequence: mark.sequence,
      after: null,
    }));
    await fanOutQueue.send(messages);
    swept += marks.length;
  }
  return swept;
}

/** A hold that ends hands back to git: its source is looked at as it ends. */
async function sweepHolds(now: Date, ports: PollPorts): Promise<number> {
  let swept = 0;
  for await (const ids of ports.configurations.holdsEnding(
    new Date(now.getTime() + HORIZON_SECONDS * 1000),
  )) {
    for (const configuration of (await ports.configurations.findAll(ids)).values()) {
      const link = configuration.origin ? await ports.links.find(configuration.origin.linkId) : null;
      if (!link || !configuration.hold) continue;

      const wait = Math.ceil((Date.parse(configuration.hold.until) - now.getTime()) / 1000);
      // Prolonged since the index was written.
      if (wait > HORIZON_SECONDS) continue;
      const message = { source: link.sourceId, why: 'hold' as const, commit: null, attempt: 0 };
      await ports.syncQueue.send([{ message, delaySeconds: Math.max(0, wait) }]);
      swept++;
    }
  }
  return swept;
}
