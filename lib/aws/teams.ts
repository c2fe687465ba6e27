/** Which teams there are, so that what belongs to the whole organisation can be listed without a scan. */
import type { Page } from '../ports.ts';
import {
  encodeCursor,
  type Item,
  parseCursor,
  putNew,
  queryAll,
  queryPage,
  readable,
  type Table,
} from './dynamo.ts';
import { keyOf, type Listed, listPartition } from './keys.ts';
import { TABLE } from './table.ts';

const PAGE = 100;

/** Idempotent. Done before the first thing of a team is stored: a team without things does no harm. */
export async function knowTeam(table: Table, name: string): Promise<void> {
  await putNew(table, { ...keyOf.team(name) });
}

/** A page of what one team, or every team in turn (null), has of a kind. A row that cannot be read is left out. */
export async function listOf<T>(
  table: Table,
  kind: Listed,
  team: string | null,
  after: string | null,
  read: (item: Item) => T,
): Promise<Page<T>> {
  const cursor = parseCursor(after);
  const teams = team === null ? await allTeams(table) : [team];
  const start = typeof cursor?.['team'] === 'string' && team === null ? cursor['team'] : (teams[0] ?? '');
  let position = positionOf(cursor);
  const items: T[] = [];
  for (const name of teams.filter((candidate) => candidate >= start)) {
    do {
      const page = await queryPage(table, {
        index: TABLE.indexes.list,
        partition: listPartition(kind, name),
        limit: PAGE - items.length,
        after: position ? { ...position, lpk: listPartition(kind, name) } : null,
      });
      items.push(...readable(page.items, read).read);
      position = page.last ? { pk: page.last['pk'], sk: page.last['sk'], lsk: page.last['lsk'] } : null;
      if (items.length >= PAGE) return { items, next: nextOf(teams, name, position) };
    } while (position);
  }
  return { items, next: null };
}

function nextOf(teams: readonly string[], team: string, position: Item | null): string | null {
  if (position) return encodeCursor({ team, ...position });
  const following = teams[teams.indexOf(team) + 1];
  return following === undefined ? null : encodeCursor({ team: following });
}

function positionOf(cursor: Item | null): Item | null {
  const { pk, sk, lsk } = cursor ?? {};
  return typeof pk === 'string' && typeof sk === 'string' && typeof lsk === 'string' ? { pk, sk, lsk } : null;
}

async function allTeams(table: Table): Promise<readonly string[]> {
  return (await queryAll(table, { partition: 'TEAMS' })).map((item) => String(item['sk']));
}
