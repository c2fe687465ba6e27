/** A day of events: what it is spread over, read side by side and merged. */
import type { Event } from '../domain/event.ts';
import { readEvent } from './codec.ts';
import { type Item, type QueryInput, queryPage, type Table } from './dynamo.ts';
import { DECISION_SHARDS, decisionDay, decisionShard, EVENT_SHARDS, eventDay } from './keys.ts';
import { TABLE } from './table.ts';

/** Event ids sort by time, so an id is all a position needs; its time says on which day to go on. */
export interface Position {
  readonly id: string;
  readonly at: string;
}

type Place = Pick<QueryInput, 'index' | 'partition'>;

interface Wanted {
  readonly audit: boolean;
  readonly decisions: boolean;
  readonly gatewayId: string | null;
}

/** Apart, so that who asks for the audit log alone reads past no decision. */
export function placesOf(day: string, { audit, decisions, gatewayId }: Wanted): readonly Place[] {
  const shards = gatewayId === null ? range(DECISION_SHARDS) : [decisionShard(gatewayId)];
  return [
    ...(audit ? range(EVENT_SHARDS).map((shard) => ({ partition: eventDay(day, shard) })) : []),
    ...(decisions
      ? shards.map((shard) => ({ index: TABLE.indexes.list, partition: decisionDay(day, shard) }))
      : []),
  ];
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

interface Part {
  /** An id. */
  readonly from: string;
  /** Rows of one place at a time. */
  readonly limit: number;
  readonly now: Date;
}

interface Shard {
  readonly place: Place;
  /** Read and not yet handed on. */
  rows: readonly Row[];
  /** What is read next; null when there is no more. */
  next: { readonly after: Item | null } | null;
}

interface Row {
  readonly event: Event;
  readonly gone: boolean;
}

interface Stretch {
  readonly events: readonly Event[];
  /** How far all places were read; null for the end of the day. */
  readonly readTo: Position | null;
}

/** What is there from an id on, in order, a stretch at a time: only places that have nothing left are read on. */
export async function* eventsOfDay(
  table: Table,
  places: readonly Place[],
  part: Part,
): AsyncGenerator<Stretch> {
  const shards: Shard[] = places.map((place) => ({ place, rows: [], next: { after: null } }));
  let readTo: Position | null;
  do {
    await Promise.all(shards.map((shard) => refill(table, shard, part)));
    const ends = shards.flatMap(({ rows, next }) => (next ? rows.slice(-1).map(({ event }) => event) : []));
    const end = ends.sort(inOrder)[0] ?? null;
    const rows = shards.flatMap((shard) => takeUpTo(end, shard)).filter(({ gone }) => !gone);
    readTo = end && { id: end.id, at: end.at };
    yield { events: rows.map(({ event }) => event).sort(inOrder), readTo };
  } while (readTo !== null);
}

async function refill(table: Table, shard: Shard, { from, limit, now }: Part): Promise<void> {
  while (shard.rows.length === 0 && shard.next) {
    const { after } = shard.next;
    const { items, last } = await queryPage(table, { ...shard.place, sort: { from }, limit, after });
    shard.rows = items.map((item) => ({ event: readEvent(item), gone: isGone(item, now) }));
    shard.next = last && { after: last };
  }
}

function takeUpTo(end: Position | null, shard: Shard): readonly Row[] {
  const beyond = end === null ? -1 : shard.rows.findIndex(({ event }) => event.id > end.id);
  const taken = beyond === -1 ? shard.rows : shard.rows.slice(0, beyond);
  shard.rows = shard.rows.slice(taken.length);
  return taken;
}

const inOrder = (a: Position, b: Position) => (a.id < b.id ? -1 : 1);

/** DynamoDB may delete days late. */
function isGone(item: Item, now: Date): boolean {
  const expires = item[TABLE.expiry];
  return typeof expires === 'number' && expires * 1000 <= now.getTime();
}
