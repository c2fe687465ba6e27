/** Tail: the last events, and those that come after them, each once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS, type Event } from './answers.ts';
import type { Api, Query } from './api-client.ts';
import { ApiFailure } from './api-failure.ts';

export interface Wish {
  readonly query: Query;
  /** The API does not ask for this one, so it is looked for here. */
  readonly verdict: string | null;
}

export interface Seen {
  readonly event: Event;
  readonly raw: unknown;
}

interface Past {
  readonly events: readonly Seen[];
  /** Every event of the window by its id, shown or not, with its time. */
  readonly seen: Map<string, string>;
  readonly sawVerdict: boolean;
}

const POLL_MS = 2000;
const PAGE = 500;
/** An event may be written a little after its time, by a function with another clock or one that was slow. */
const OVERLAP_MS = 60_000;

/** The last `limit` events since the time that `wish` names, oldest first. */
export async function lastEvents(api: Api, wish: Wish, limit: number): Promise<Past> {
  const events: Seen[] = [];
  const seen = new Map<string, string>();
  let sawVerdict = false;
  for await (const one of eventsOf(api, wish.query)) {
    seen.set(one.event.id, one.event.at);
    forget(seen, Date.parse(one.event.at) - OVERLAP_MS);
    sawVerdict ||= verdictOf(one.event) !== null;
    if (!fits(one.event, wish)) continue;
    events.push(one);
    if (events.length > limit) events.shift();
  }
  return { events, seen, sawVerdict };
}

/**
 * Asks again and again from a little before the last event, and shows what it has not seen. Trouble that may pass is
 * told once and waited out. Ends when `signal` does.
 */
export async function followEvents(
  api: Api,
  wish: Wish,
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
      const query = { ...wish.query, since: new Date(since - OVERLAP_MS).toISOString() };
      for await (const one of eventsOf(api, query, signal)) {
        if (seen.has(one.event.id)) continue;
        seen.set(one.event.id, one.event.at);
        if (fits(one.event, wish)) show(one);
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

function fits(event: Event, { verdict }: Wish): boolean {
  return verdict === null || verdictOf(event) === verdict;
}

function verdictOf({ detail }: Event): string | null {
  return typeof detail['verdict'] === 'string' ? detail['verdict'] : null;
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
