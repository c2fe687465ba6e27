/** Tail: the last events, and those that come after them, each once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS, type Event } from './answers.ts';
import type { Api, Query } from './api-client.ts';
import { ApiFailure } from './api-failure.ts';

export interface Seen {
  readonly event: Event;
  readonly raw: unknown;
}

interface Past {
  readonly events: readonly Seen[];
  /** Every event of the window by its id, shown or not, with its time. */
  readonly seen: Map<string, string>;
}

const POLL_MS = 2000;
const PAGE = 500;
/** An event may be written a little after its time, by a function with another clock or one that was slow. */
const OVERLAP_MS = 60_000;

/** None shorter than twice the overlap: who follows must know all of it. */
const LOOKS_BACK = ['2m', '15m', '2h'];

interface PastQuery extends Query {
  readonly since: string;
}

/**
 * The last `limit` events since the time that `query` names, oldest first. They are listed from the oldest on, and a
 * fleet decides thousands a minute: so a short while back is looked at first, and all of it only when that had too few.
 */
export async function lastEvents(api: Api, query: PastQuery, limit: number): Promise<Past> {
  const asked = secondsAgo(query.since);
  for (const since of LOOKS_BACK.filter((shorter) => secondsAgo(shorter) < asked)) {
    const past = await eventsSince(api, { ...query, since }, limit);
    if (past.events.length >= limit) return past;
  }
  return eventsSince(api, query, limit);
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** 0 for what the API will refuse. */
function secondsAgo(since: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(since) ?? [];
  const seconds = count ? Number(count) * (SECONDS[unit] ?? 0) : (Date.now() - Date.parse(since)) / 1000;
  return Number.isNaN(seconds) ? 0 : seconds;
}

async function eventsSince(api: Api, query: Query, limit: number): Promise<Past> {
  const events: Seen[] = [];
  const seen = new Map<string, string>();
  for await (const one of eventsOf(api, query)) {
    seen.set(one.event.id, one.event.at);
    forget(seen, Date.parse(one.event.at) - OVERLAP_MS);
    events.push(one);
    if (events.length > limit) events.shift();
  }
  return { events, seen };
}

/**
 * Asks again and again from a little before the last event, and shows what it has not seen. Trouble that may pass is
 * told once and waited out. Ends when `signal` does.
 */
export async function followEvents(
  api: Api,
  query: Query,
  { seen }: Past,
  show: (seen: Seen) => void,
  warn: (why: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let since = latest(seen) ?? Date.now();
  let trouble: string | null = null;
  while (!signal.aborted) {
    await sleep(POLL_MS, null, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      const asked = { ...query, since: new Date(since - OVERLAP_MS).toISOString() };
      for await (const one of eventsOf(api, asked, signal)) {
        if (seen.has(one.event.id)) continue;
        seen.set(one.event.id, one.event.at);
        show(one);
      }
      since = Math.max(since, latest(seen) ?? since);
      forget(seen, since - 2 * OVERLAP_MS);
      trouble = null;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiFailure) || !['refused', 'unavailable', 'limited'].includes(error.kind))
        throw error;
      if (trouble === null) warn(`${error.message}; going on`);
      trouble = error.message;
    }
  }
}

async function* eventsOf(api: Api, query: Query, signal?: AbortSignal): AsyncGenerator<Seen> {
  for await (const { value, raw } of api.pages('/v1/events', { ...query, limit: PAGE }, EVENTS, signal)) {
    const rows = (raw as { data: unknown[] }).data;
    for (const [i, event] of value.data.entries()) yield { event, raw: rows[i] };
  }
}

function latest(seen: ReadonlyMap<string, string>): number | null {
  let last: number | null = null;
  for (const at of seen.values()) last = Math.max(last ?? 0, Date.parse(at));
  return last;
}

/** In the order of their arrival, which is nearly that of their times: the first that is young enough ends it. */
function forget(seen: Map<string, string>, before: number): void {
  for (const [id, at] of seen) {
    if (Date.parse(at) >= before) return;
    seen.delete(id);
  }
}
