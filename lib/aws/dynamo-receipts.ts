/** Receipts in DynamoDB: each is written once; beside them, the latest of each gateway and configuration. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Receipt } from '../domain/receipt.ts';
import type { Page, Receipts } from '../ports.ts';
import { readReceipt } from './codec.ts';
import {
  encodeCursor,
  getItem,
  type Item,
  parseCursor,
  put,
  queryPage,
  readable,
  type Table,
  transact,
  update,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { keyOf, receiptPartition, receiptsOf } from './keys.ts';
import { SHARDS, TABLE } from './table.ts';

export function dynamoReceipts(table: Table): Receipts {
  return {
    async add(receipt, event) {
      const row = put(table, receiptItem(receipt), (x) => x.absent());
      const failed = await transact(table, [
        row,
        latestWrite(table, receipt),
        ...reportWrites(table, receipt),
        put(table, eventItem(event)),
      ]);
      if (!failed) return receipt;
      // Late: a newer one was here first. It is kept, and nothing moves.
      if (!failed[0] && !(await transact(table, [row]))) return receipt;
      return (await stored(table, receipt)) ?? receipt;
    },

    async latest(gatewayId, configurationId) {
      const item = await getItem(table, keyOf.latestReceipt(gatewayId, configurationId));
      return item ? readReceipt(item) : null;
    },

    async ofGateway({ gatewayId, since, until, limit, after, oldestFirst = false }) {
      // DynamoDB refuses a range that ends before it begins; there is nothing in it.
      if (since > until) return { items: [], next: null };
      const partition = receiptsOf(gatewayId);
      const { pk, sk, lsk } = parseCursor(after) ?? {};
      const page = await queryPage(table, {
        index: TABLE.indexes.list,
        partition,
        // Nothing follows the time itself, so the end is left out.
        sort: { between: [since.toISOString(), until.toISOString()] },
        newestFirst: !oldestFirst,
        limit,
        after: pk && sk && lsk ? { pk, sk, lpk: partition, lsk } : null,
      });
      const last = page.last ? { pk: page.last['pk'], sk: page.last['sk'], lsk: page.last['lsk'] } : null;
      return { items: readable(page.items, readReceipt).read, next: encodeCursor(last) };
    },

    ofVersion: (versionId, limit, after) => ofVersion(table, versionId, limit, after),
  };
}

function receiptItem(receipt: Receipt): Item {
  const { id, statement, storedAt } = receipt;
  const { version_id: versionId, gateway_id: gatewayId } = statement;
  return {
    ...keyOf.receipt(versionId, gatewayId, id),
    ...receipt,
    lpk: receiptsOf(gatewayId),
    lsk: `${storedAt}#${id}`,
  };
}

async function stored(table: Table, { id, statement }: Receipt): Promise<Receipt | null> {
  const item = await getItem(table, keyOf.receipt(statement.version_id, statement.gateway_id, id));
  return item ? readReceipt(item) : null;
}

/** Ordered by sequence alone. A gateway may apply what it refused before; it does not go back from there. */
function latestWrite(table: Table, receipt: Receipt): TransactWriteItem {
  const { gateway_id: gatewayId, sequence } = receipt.statement;
  const item = { ...keyOf.latestReceipt(gatewayId, receipt.configurationId), ...receipt };
  return put(table, item, (x) => {
    const at = (field: string) => `${x.n('statement')}.${x.n(field)}`;
    const own = x.v(sequence);
    return `${x.absent()} OR ${at('sequence')} < ${own} OR (${at('sequence')} = ${own} AND ${at('state')} = ${x.v('refused')})`;
  });
}

/** What was applied runs now, whatever the last heartbeat said. What was refused says nothing of what runs. */
function reportWrites(table: Table, { statement, storedAt: at }: Receipt): TransactWriteItem[] {
  const { gateway_id: gatewayId, content_hash, version_id, sequence, state } = statement;
  if (state === 'refused') return [];
  const runs = { gatewayId, contentHash: content_hash, versionId: version_id, sequence, since: at, at };
  const write = update(table, keyOf.report(gatewayId), (x) => {
    const keep = (name: string) => `${x.n(name)} = if_not_exists(${x.n(name)}, ${x.v(null)})`;
    const rest = ['health', 'reason', 'uptimeSeconds', 'heartbeatAt'].map(keep);
    return { update: [x.set(runs), ...rest].join(', '), condition: `${x.exists()} OR ${x.absent()}` };
  });
  return [write];
}

/** Shard after shard; the cursor says in which, and where in it. */
async function ofVersion(
  table: Table,
  versionId: string,
  limit: number,
  after: string | null,
): Promise<Page<Receipt>> {
  const cursor = parseCursor(after);
  const start = Number(cursor?.['shard'] ?? 0);
  let sk = typeof cursor?.['sk'] === 'string' ? cursor['sk'] : null;
  const items: Receipt[] = [];
  for (let shard = Number.isInteger(start) && start >= 0 ? start : 0; shard < SHARDS; shard++) {
    const partition = receiptPartition(versionId, shard);
    do {
      const page = await queryPage(table, {
        partition,
        limit: limit - items.length,
        after: sk === null ? null : { pk: partition, sk },
      });
      items.push(...readable(page.items, readReceipt).read);
      sk = page.last ? String(page.last['sk']) : null;
      if (items.length >= limit) return { items, next: placeAfter(shard, sk) };
    } while (sk !== null);
  }
  return { items, next: null };
}

function placeAfter(shard: number, sk: string | null): string | null {
  if (sk !== null) return encodeCursor({ shard, sk });
  return shard + 1 < SHARDS ? encodeCursor({ shard: shard + 1 }) : null;
}
