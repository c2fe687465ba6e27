/** The audit log in DynamoDB: by day and shard, with the decisions of that day, and by configuration. */
import type { Event } from '../domain/event.ts';
import { firstTimeId } from '../domain/ids.ts';
import type { EventQuery, Events, Page } from '../ports.ts';
import { readEvent } from './codec.ts';
import { encodeCursor, type Item, parseCursor, put, queryPage, type Table, transact } from './dynamo.ts';
import { eventsOfDay, type Position, placesOf } from './event-days.ts';
import { keyOf } from './keys.ts';
import { TABLE } from './table.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PAGE = 200;
/** Pages read for one answer: a rare kind among many is found in several answers, some of them empty. */
const PAGES_AT_ONCE = 50;
/** The same for rows, which is what a read costs and takes time for. */
const ROWS_AT_ONCE = 20_000;

export function eventItem(event: Event): Item {
  const listed = event.configurationId ? { lpk: `EVENTS#${event.configurationId}`, lsk: event.id } : {};
  return { ...keyOf.event(event.id, event.at), ...event, ...listed };
}

/** `decisionHours` is how long decisions are kept: of days before that none are looked for. */
export function dynamoEvents(table: Table, now: () => Date, decisionHours: number): Events {
  return {
    async record(event) {
      await transact(table, [put(table, eventItem(event))]);
    },

    list(query) {
      if (query.configurationId !== null) return ofConfiguration(table, query);
      const to = now();
      return ofDays(table, query, { to, decisions: new Date(to.getTime() - decisionHours * HOUR_MS) });
    },
  };
}

/** Where to begin, that id included: what the cursor names was seen. A cursor from elsewhere begins at `since`. */
function startOf({ after, since }: EventQuery): Position {
  const { id, at } = parseCursor(after) ?? {};
  const first = { id: firstTimeId('evt', since), at: since.toISOString() };
  if (typeof id !== 'string' || typeof at !== 'string' || !isOurTime(at)) return first;
  return id >= first.id && at >= first.at ? { id, at } : first;
}

/** As we write it: days are walked by their text, which ends nowhere from a text that only reads as a time. */
function isOurTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && /^\d/.test(text) && time.toISOString() === text;
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

interface Reach {
  readonly to: Date;
  /** Since when there are decisions. */
  readonly decisions: Date;
}

/** Days are walked in order; within a day what it is spread over is merged. */
async function ofDays(table: Table, query: EventQuery, reach: Reach): Promise<Page<Event>> {
  const found: Event[] = [];
  const start = startOf(query);
  let from = start;
  let [read, rows] = [0, 0];
  const enough = () => found.length > query.limit || read >= PAGES_AT_ONCE || rows >= ROWS_AT_ONCE;
  while (dayOf(from.at) <= dayOf(reach.to.toISOString())) {
    const places = placesOf(dayOf(from.at), wantedOn(dayOf(from.at), query, reach));
    const part = { from: from.id, limit: pageSize(query, places.length), now: reach.to };
    for await (const { events, readTo } of eventsOfDay(table, places, part)) {
      found.push(...events.filter((event) => event.id !== start.id && matches(event, query)));
      if (events.length > 0) read++;
      rows += events.length;
      from = readTo ?? { id: from.id, at: nextDay(dayOf(from.at)) };
      if (enough()) return pageOf(found, query.limit, from);
    }
  }
  return pageOf(found, query.limit, null);
}

function wantedOn(day: string, { type, verdict, gatewayId }: EventQuery, { decisions }: Reach) {
  const isDecided = type === null || type === 'decision';
  return {
    audit: type !== 'decision' && verdict === null,
    decisions: isDecided && day >= dayOf(decisions.toISOString()),
    gatewayId,
  };
}

const dayOf = (time: string) => time.slice(0, 10);
const nextDay = (day: string) => new Date(Date.parse(day) + DAY_MS).toISOString();

/** Where all is wanted, not much more is read than is answered, however many places it is spread over. */
function pageSize({ team, type, gatewayId, verdict, limit }: EventQuery, places: number): number {
  const narrow = [team, gatewayId, verdict].some((filter) => filter !== null);
  if (narrow || (type !== null && type !== 'decision')) return PAGE;
  return Math.min(PAGE, Math.max(25, Math.ceil((2 * limit) / places)));
}

function matches(event: Event, { team, type, gatewayId, verdict, since }: EventQuery): boolean {
  if (team !== null && event.team !== team) return false;
  if (type === 'audit' ? event.type === 'decision' : type !== null && event.type !== type) return false;
  if (gatewayId !== null && event.gatewayId !== gatewayId) return false;
  if (verdict !== null && event.detail['verdict'] !== verdict) return false;
  return event.at >= since.toISOString();
}

/** `readTo`: how far was read, when there is more behind it. */
function pageOf(found: readonly Event[], limit: number, readTo: Position | null): Page<Event> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const end = found.length > limit && last ? last : readTo;
  return { items, next: end && encodeCursor({ id: end.id, at: end.at }) };
}
