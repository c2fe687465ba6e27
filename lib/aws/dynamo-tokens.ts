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

export function dynamoTokens(table: Table): Tokens {
  return {
    async find(id) {
      const item = await getItem(table, keyOf.token(id));
      return item ? readToken(item) : null;
    },

    async list(after) {
      const { pk, sk, lsk } = parseCursor(after) ?? {};
      const page = await queryPage(table, {
        index: TABLE.indexes.list,
        partition: LIST,
        limit: PAGE,
        after: pk && sk && lsk ? { pk, sk, lpk: LIST, lsk } : null,
      });
      const last = page.last ? { pk: page.last['pk'], sk: page.last['sk'], lsk: page.last['lsk'] } : null;
      return { items: page.items.map(readToken), next: encodeCursor(last) };
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
