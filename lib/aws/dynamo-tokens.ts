/** Tokens in DynamoDB: ids and hashes, never secrets. */
import type { Token } from '../domain/token.ts';
import type { Tokens } from '../ports.ts';
import { readToken } from './codec.ts';
import {
  encodeCursor,
  getItem,
  type Item,
  parseCursor,
  put,
  queryPage,
  remove,
  type Table,
  transact,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { keyOf } from './keys.ts';
import { TABLE } from './table.ts';

const LIST = 'TOKENS';
const PAGE = 100;

export function tokenItem(token: Token): Item {
  return {
    ...keyOf.token(token.id),
    ...token,
    lpk: LIST,
    lsk: `${token.createdAt}#${token.id}`,
    ...(token.expiresAt ? { expires: Math.ceil(Date.parse(token.expiresAt) / 1000) } : {}),
  };
}

/** What is shown of a place has no partition in it: that is always the same. */
function placeOf(item: Item | null, lpk: string | null = LIST): Item | null {
  const { pk, sk, lsk } = item ?? {};
  if (!pk || !sk || !lsk) return null;
  return lpk === null ? { pk, sk, lsk } : { pk, sk, lpk, lsk };
}

export function dynamoTokens(table: Table): Tokens {
  return {
    async find(id) {
      const item = await getItem(table, keyOf.token(id));
      return item ? readToken(item) : null;
    },

    async list(team, after) {
      for (let place = placeOf(parseCursor(after)); ; ) {
        const query = { index: TABLE.indexes.list, partition: LIST, limit: PAGE, after: place };
        const { items, last } = await queryPage(table, query);
        const shown = items.filter((item) => team === null || item['team'] === team);
        // Where the page ended names a token too: a team is only told of its own.
        const end = team === null ? last : (shown.at(-1) ?? null);
        if (last === null) return { items: shown.map(readToken), next: null };
        if (end) return { items: shown.map(readToken), next: encodeCursor(placeOf(end, null)) };
        place = placeOf(last);
      }
    },

    async create(token, event) {
      await transact(table, [put(table, tokenItem(token), (x) => x.absent()), put(table, eventItem(event))]);
    },

    async remove(token, event) {
      const failed = await transact(table, [
        remove(table, keyOf.token(token.id), (x) => x.exists()),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },
  };
}
