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
  readonly limit: number;
  readonly now: Date;
}

/** What is there from an id on, in order; `readTo` is how far that goes, null for all of it. */
export async function readDay(
  table: Table,
  places: readonly Place[],
  { from, limit, now }: Part,
): Promise<{ events: readonly Event[]; readTo: Position | null }> {
  const pages = await Promise.all(
    places.map(async (place) => {
      const { items, last } = await queryPage(table, { ...place, sort: { from }, limit });
      return { rows: items.map((item) => ({ event: readEvent(item), gone: isGone(item, now) })), last };
    }),
  );
  const ends = pages.flatMap(({ rows, last }) => (last ? rows.slice(-1).map(({ event }) => event) : []));
  const readTo = ends.sort(inOrder)[0] ?? null;
  const events = pages.flatMap(({ rows }) => rows.flatMap(({ event, gone }) => (gone ? [] : event)));
  return {
    events: events.sort(inOrder).filter(({ id }) => readTo === null || id <= readTo.id),
    readTo: readTo && { id: readTo.id, at: readTo.at },
  };
}

const inOrder = (a: Position, b: Position) => (a.id < b.id ? -1 : 1);

/** DynamoDB may delete days late. */
function isGone(item: Item, now: Date): boolean {
  const expires = item[TABLE.expiry];
  return typeof expires === 'number' && expires * 1000 <= now.getTime();
}
