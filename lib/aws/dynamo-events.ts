/** The audit log in DynamoDB: by day and shard, and by configuration. */
import type { Event } from '../domain/event.ts';
import { firstTimeId } from '../domain/ids.ts';
import type { EventQuery, Events, Page } from '../ports.ts';
import { readEvent } from './codec.ts';
import { encodeCursor, type Item, parseCursor, put, queryPage, type Table, transact } from './dynamo.ts';
import { EVENT_SHARDS, eventDay, keyOf } from './keys.ts';
import { TABLE } from './table.ts';

const DAY_MS = 86_400_000;
const PAGE = 200;
/** Pages read for one answer: a rare kind among many is found in several answers, some of them empty. */
const PAGES_AT_ONCE = 50;

export function eventItem(event: Event): Item {
  const listed = event.configurationId ? { lpk: `EVENTS#${event.configurationId}`, lsk: event.id } : {};
  return { ...keyOf.event(event.id, event.at), ...event, ...listed };
}

export function dynamoEvents(table: Table, now: () => Date): Events {
  return {
    async record(event) {
      await transact(table, [put(table, eventItem(event))]);
    },

    list: (query) => (query.configurationId ? ofConfiguration(table, query) : ofDays(table, query, now())),
  };
}

/** Event ids sort by time, so an id is all a position needs; its time says on which day to go on. */
interface Position {
  readonly id: string;
  readonly at: string;
}

/** Where to begin, that id included: what the cursor names was seen. A cursor from elsewhere begins at `since`. */
function startOf({ after, since }: EventQuery): Position {
  const { id, at } = parseCursor(after) ?? {};
  const first = { id: firstTimeId('evt', since), at: since.toISOString() };
  if (typeof id !== 'string' || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return first;
  return id >= first.id && at >= first.at ? { id, at } : first;
}

async function ofConfiguration(table: Table, query: EventQuery): Promise<Page<Event>> {
  const found: Event[] = [];
  let from = startOf(query);
  for (let read = 0; read < PAGES_AT_ONCE; read++) {
    const page = await queryPage(table, {
      index: TABLE.indexes.list,
      partition: `EVENTS#${query.configurationId}`,
      sort: { from: from.id },
      limit: PAGE,
    });
    const events = page.items.map(readEvent).filter((event) => event.id !== from.id);
    found.push(...events.filter((event) => matches(event, query)));
    from = events.at(-1) ?? from;
    if (!page.last) return pageOf(found, query.limit, null);
    if (found.length > query.limit) break;
  }
  return pageOf(found, query.limit, from);
}

/** Days are walked in order; within a day its shards are merged, as far as all of them were read. */
async function ofDays(table: Table, query: EventQuery, now: Date): Promise<Page<Event>> {
  const found: Event[] = [];
  let from = startOf(query);
  for (let read = 0; read < PAGES_AT_ONCE; ) {
    const day = from.at.slice(0, 10);
    if (day > now.toISOString().slice(0, 10)) return pageOf(found, query.limit, null);
    const { events, readTo } = await ofDay(table, day, from.id);
    found.push(...events.filter((event) => event.id !== from.id && matches(event, query)));
    if (events.length > 0) read++;
    from = readTo ?? { id: from.id, at: nextDay(day) };
    if (found.length > query.limit) break;
  }
  return pageOf(found, query.limit, from);
}

const nextDay = (day: string) => new Date(Date.parse(day) + DAY_MS).toISOString();

/** What the shards of a day hold from an id on, in order; `readTo` is how far that goes, null for all of it. */
async function ofDay(
  table: Table,
  day: string,
  from: string,
): Promise<{ events: readonly Event[]; readTo: Position | null }> {
  const shards = Array.from({ length: EVENT_SHARDS }, (_, shard) =>
    queryPage(table, { partition: eventDay(day, shard), sort: { from }, limit: PAGE }),
  );
  const pages = (await Promise.all(shards)).map(({ items, last }) => ({
    events: items.map(readEvent),
    last,
  }));
  const inOrder = (a: Position, b: Position) => (a.id < b.id ? -1 : 1);
  const ends = pages.flatMap(({ events, last }) => (last ? events.slice(-1) : [])).sort(inOrder);
  const readTo = ends[0] ?? null;
  const events = pages.flatMap(({ events: some }) => some).sort(inOrder);
  return { events: events.filter(({ id }) => readTo === null || id <= readTo.id), readTo };
}

function matches(event: Event, query: EventQuery): boolean {
  if (query.team !== null && event.team !== query.team) return false;
  if (query.type !== null && event.type !== query.type) return false;
  return event.at >= query.since.toISOString();
}

/** `readTo`: how far was read, when there is more behind it. */
function pageOf(found: readonly Event[], limit: number, readTo: Position | null): Page<Event> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const end = found.length > limit && last ? last : readTo;
  return { items, next: end && encodeCursor({ id: end.id, at: end.at }) };
}
