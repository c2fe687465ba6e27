/** The audit log in DynamoDB: by day and shard, and by configuration. */
import type { Event } from '../domain/event.ts';
import type { EventQuery, Events, Page } from '../ports.ts';
import { readEvent } from './codec.ts';
import { encodeCursor, type Item, parseCursor, queryPage, type Table } from './dynamo.ts';
import { EVENT_SHARDS, eventDay, keyOf } from './keys.ts';
import { TABLE } from './table.ts';

const DAY_MS = 86_400_000;
const PAGE = 200;

export function eventItem(event: Event): Item {
  const listed = event.configurationId ? { lpk: `EVENTS#${event.configurationId}`, lsk: event.id } : {};
  return { ...keyOf.event(event.id, event.at), ...event, ...listed };
}

export function dynamoEvents(table: Table, now: () => Date): Events {
  return {
    list: (query) => (query.configurationId ? ofConfiguration(table, query) : ofDays(table, query, now())),
  };
}

/** Event ids sort by time, so the id of the last event seen is all a cursor needs. */
function cursorOf(query: EventQuery): string | null {
  const id = parseCursor(query.after)?.['id'];
  return typeof id === 'string' ? id : null;
}

async function ofConfiguration(table: Table, query: EventQuery): Promise<Page<Event>> {
  const found: Event[] = [];
  let from = cursorOf(query) ?? '';
  for (;;) {
    const page = await queryPage(table, {
      index: TABLE.indexes.list,
      partition: `EVENTS#${query.configurationId}`,
      sort: { from },
      limit: PAGE,
    });
    const events = page.items.map(readEvent).filter((event) => event.id !== from);
    found.push(...events.filter((event) => matches(event, query)));
    from = events.at(-1)?.id ?? from;
    if (found.length >= query.limit || !page.last || events.length === 0) return pageOf(found, query.limit);
  }
}

/** Days are walked in order; within a day its shards are merged. */
async function ofDays(table: Table, query: EventQuery, now: Date): Promise<Page<Event>> {
  const after = cursorOf(query);
  const found: Event[] = [];
  let day = startDay(query);
  for (; day.getTime() <= now.getTime(); day = new Date(day.getTime() + DAY_MS)) {
    const name = day.toISOString().slice(0, 10);
    const shards = Array.from({ length: EVENT_SHARDS }, (_, shard) =>
      ofShard(table, query, eventDay(name, shard), after),
    );
    const events = (await Promise.all(shards)).flat();
    found.push(...events.sort((a, b) => (a.id < b.id ? -1 : 1)));
    if (found.length > query.limit) break;
  }
  return pageOf(found, query.limit);
}

function startDay(query: EventQuery): Date {
  const after = parseCursor(query.after)?.['at'];
  const since =
    typeof after === 'string' && after > query.since.toISOString() ? new Date(after) : query.since;
  return new Date(Math.floor(since.getTime() / DAY_MS) * DAY_MS);
}

/** Up to one more than the limit, so that the caller knows whether there is a next page. */
async function ofShard(
  table: Table,
  query: EventQuery,
  partition: string,
  after: string | null,
): Promise<Event[]> {
  const found: Event[] = [];
  let last: Item | null = null;
  do {
    const page = await queryPage(table, {
      partition,
      ...(after ? { sort: { from: after } } : {}),
      limit: PAGE,
      after: last,
    });
    const events = page.items.map(readEvent);
    found.push(...events.filter((event) => event.id !== after && matches(event, query)));
    last = page.last;
  } while (last && found.length <= query.limit);
  return found;
}

function matches(event: Event, query: EventQuery): boolean {
  if (query.team !== null && event.team !== query.team) return false;
  if (query.type !== null && event.type !== query.type) return false;
  return event.at >= query.since.toISOString();
}

function pageOf(found: readonly Event[], limit: number): Page<Event> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = found.length > limit && last !== undefined;
  return { items, next: more ? encodeCursor({ id: last.id, at: last.at }) : null };
}
