/** Sources in DynamoDB: hints, leases with a fencing epoch, and the end of a run. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Link, TrackedFile } from '../domain/link.ts';
import type { Lease, Source, SourceMemory } from '../domain/source.ts';
import type { DueSource, LinkOutcome, RunResult, Sources } from '../ports.ts';
import { readFile, readLink, readMemory, readSource } from './codec.ts';
import {
  check,
  type Expression,
  getItem,
  type Item,
  put,
  queryAll,
  queryPage,
  queryPages,
  remove,
  type Table,
  transact,
  update,
  updateItem,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { keyOf, workAt, workPartition } from './keys.ts';
import { SHARDS, TABLE } from './table.ts';
import { tidySource } from './tidy.ts';

/** Longer than a run may take (the function's timeout is 60 s), so that only a dead run loses its lease. */
const LEASE_SECONDS = 75;
/** A hint whose message was lost is picked up by the poller this long after it was given. */
const HINT_GRACE_SECONDS = 20;
/** What is remembered of trees is an economy; beyond this it is left out and read anew. */
const LARGEST_MEMORY_BYTES = 256 * 1024;
/** DynamoDB takes 100 items and 4 MB; this leaves room for the guard and the memory. */
const TRANSACTION = { items: 98, bytes: 3 * 1024 * 1024 } as const;

export function sourceItem(source: Source): Item {
  const { hintedAt, ...rest } = source;
  return {
    ...keyOf.source(source.id),
    ...rest,
    ...(hintedAt ? { hintedAt } : {}),
    ...workAt('DUE', source.id, source.dueAt),
  };
}

export function linkItem(link: Link): Item {
  return {
    ...keyOf.link(link.sourceId, link.id),
    ...link,
    lpk: `LINKS#${link.team}`,
    lsk: `${link.createdAt}#${link.id}`,
    ...(link.error ? workAt('ERROR', link.id, link.error.since) : {}),
  };
}

export function fileItem(link: Link, file: TrackedFile): Item {
  return { ...keyOf.file(link.sourceId, link.id, file.path), linkId: link.id, ...file };
}

export function dynamoSources(table: Table): Sources {
  return {
    async find(id) {
      const item = await getItem(table, keyOf.source(id));
      return item ? readSource(item) : null;
    },

    async hint(id, at) {
      const soon = new Date(at.getTime() + HINT_GRACE_SECONDS * 1000).toISOString();
      const result = await updateItem(table, keyOf.source(id), (x) => ({
        update: [
          x.set({ dueAt: soon, wsk: `${soon}#${id}` }),
          `${x.n('wanted')} = ${x.n('wanted')} + ${x.v(1)}`,
          // The oldest unanswered hint is the one whose waiting time counts.
          `${x.n('hintedAt')} = if_not_exists(${x.n('hintedAt')}, ${x.v(at.toISOString())})`,
        ].join(', '),
        condition: x.exists(),
      }));
      return 'item' in result ? readSource(result.item) : null;
    },

    async lease(id, now, asked) {
      const result = await updateItem(table, keyOf.source(id), (x) => ({
        update: `${x.set({ leaseUntil: seconds(now, LEASE_SECONDS) })}, ${x.n('epoch')} = ${x.n('epoch')} + ${x.v(1)}`,
        condition: [
          x.exists(),
          `${x.n('wanted')} > ${x.n('done')}`,
          ...(asked === undefined ? [] : [`${x.n('done')} < ${x.v(asked)}`]),
          `(${[
            `attribute_type(${x.n('leaseUntil')}, ${x.v('NULL')})`,
            `${x.n('leaseUntil')} < ${x.v(now.toISOString())}`,
            // From a clock that is wrong, ours or the other: the epoch keeps two runs apart, not the time.
            `${x.n('leaseUntil')} > ${x.v(seconds(now, 2 * LEASE_SECONDS))}`,
          ].join(' OR ')})`,
        ].join(' AND '),
      }));
      if ('item' in result) {
        const source = readSource(result.item);
        return { source, epoch: source.epoch, wanted: source.wanted };
      }
      if (!result.failed) return 'gone';
      const source = readSource(result.failed);
      return source.done < Math.min(source.wanted, asked ?? source.wanted) ? 'held' : 'settled';
    },

    async contents(id) {
      const links: Link[] = [];
      const files = new Map<string, TrackedFile[]>();
      let memory: SourceMemory | null = null;
      const unreadable: string[] = [];
      for (const item of await queryAll(table, { partition: keyOf.source(id).pk })) {
        const sortKey = String(item['sk']);
        try {
          if (sortKey === keyOf.memory(id).sk) memory = readMemory(item);
          if (sortKey.startsWith('LINK#')) links.push(readLink(item));
          if (sortKey.startsWith('FILE#')) {
            const { linkId, ...file } = readFile(item);
            files.set(linkId, [...(files.get(linkId) ?? []), file]);
          }
        } catch {
          unreadable.push(sortKey);
        }
      }
      return { links, files, memory, unreadable };
    },

    async looked(source, { at, dueAt }) {
      const result = await updateItem(table, keyOf.source(source.id), (x) => ({
        update: x.set({ dueAt, wsk: `${dueAt}#${source.id}`, checkedAt: at.toISOString() }),
        condition: [
          `${x.n('wanted')} = ${x.v(source.wanted)}`,
          `${x.n('epoch')} = ${x.v(source.epoch)}`,
          `${x.n('dueAt')} = ${x.v(source.dueAt)}`,
        ].join(' AND '),
      }));
      return 'item' in result;
    },

    async finish(lease, result) {
      const key = keyOf.source(lease.source.id);
      const fence = (x: Expression) => `${x.n('epoch')} = ${x.v(lease.epoch)}`;
      const writes = result.links.flatMap((outcome) =>
        outcomeWrites(table, outcome).map((write) => ({ link: outcome.link.id, write })),
      );
      // With its first part already, should this run not come to its last.
      const forget = { link: '', write: remove(table, keyOf.memory(lease.source.id)) };
      const asTheyAre = inParts(writes);
      const forgets = result.memory === 'forget' || asTheyAre.length > 1;
      const parts = forgets ? inParts([forget, ...writes]) : asTheyAre;
      for (const part of parts.slice(0, -1)) {
        if ((await fenced(table, check(table, key, fence), part)) === 'lost') return 'lost';
      }
      const last = [...(parts.at(-1) ?? [])];
      if (result.memory && result.memory !== 'forget' && sizeOf(result.memory) <= LARGEST_MEMORY_BYTES) {
        const item = { ...keyOf.memory(lease.source.id), ...result.memory };
        last.push({ link: '', write: put(table, item) });
      }
      const end = update(table, key, (x) => finishChange(x, lease, result, fence));
      if ((await fenced(table, end, last)) === 'lost') return 'lost';
      const after = await getItem(table, key);
      return after ? { wanted: readSource(after).wanted } : 'lost';
    },

    async tidy({ id: sourceId, ...place }, gone) {
      const rows = await queryAll(table, {
        partition: keyOf.source(sourceId).pk,
        sort: { beginsWith: 'FILE#' },
      });
      const files = rows.filter(({ linkId }) => gone.includes(String(linkId)));
      return tidySource(table, { ...place, sourceId }, files);
    },

    async *due(until) {
      for (let shard = 0; shard < SHARDS; shard++) {
        const pages = queryPages(table, {
          index: TABLE.indexes.work,
          partition: workPartition('DUE', shard),
          sort: { before: until.toISOString() },
        });
        for await (const page of pages) yield page.flatMap(dueSource);
      }
    },

    async *dueLast() {
      for (let shard = 0; shard < SHARDS; shard++) {
        const partition = workPartition('DUE', shard);
        const last = { index: TABLE.indexes.work, partition, newestFirst: true, limit: DUE_LAST_PER_SHARD };
        yield (await queryPage(table, last)).items.flatMap(dueSource);
      }
    },
  };
}

/** More than one, since sources with long intervals are rightly among them. */
const DUE_LAST_PER_SHARD = 10;

/** More than DynamoDB counts, never less. */
const sizeOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));

/** As few transactions as may be, in order. */
function inParts<T extends object>(writes: readonly T[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let room = 0;
  for (const write of writes) {
    const size = sizeOf(write);
    const last = parts.at(-1);
    if (last && last.length < TRANSACTION.items && size <= room) last.push(write);
    else {
      parts.push([write]);
      room = TRANSACTION.bytes;
    }
    room -= size;
  }
  return parts;
}

/**
 * Writes `part` if the run still has the source. A link that was deleted or moved while the run worked is none
 * of its business any more: what concerns that link is left out.
 */
async function fenced(
  table: Table,
  guard: TransactWriteItem,
  part: readonly { link: string; write: TransactWriteItem }[],
): Promise<'written' | 'lost'> {
  const failed = await transact(table, [guard, ...part.map(({ write }) => write)]);
  if (!failed) return 'written';
  if (failed[0]) return 'lost';
  const gone = new Set(part.filter((_, index) => failed[index + 1]).map(({ link }) => link));
  return fenced(
    table,
    guard,
    part.filter(({ link }) => !gone.has(link)),
  );
}

function finishChange(x: Expression, lease: Lease, result: RunResult, fence: (x: Expression) => string) {
  const { answered, awaits, tip, recentTips, failures, dueAt, checkedAt, intervalSeconds, credentialLink } =
    result;
  const set = x.set({
    ...(answered ? { done: lease.wanted } : {}),
    leaseUntil: null,
    tip,
    recentTips,
    failures,
    dueAt,
    wsk: `${dueAt}#${lease.source.id}`,
    checkedAt,
    intervalSeconds,
    credentialLink,
  });
  const hint = awaits ? `, ${x.n('wanted')} = ${x.n('wanted')} + ${x.v(1)}` : '';
  const removal = answered && !awaits ? ` REMOVE ${x.n('hintedAt')}` : '';
  return { update: `${set}${hint}${removal}`, condition: fence(x) };
}

function outcomeWrites(table: Table, outcome: LinkOutcome): TransactWriteItem[] {
  const { link, lastSync, currentVersion, configurationIds, error } = outcome;
  return [
    update(table, keyOf.link(link.sourceId, link.id), (x) => {
      const work = error ? workAt('ERROR', link.id, error.since) : null;
      const set = x.set({ lastSync, currentVersion, configurationIds, error, ...work });
      return {
        update: work ? set : `${set} REMOVE ${x.n('wpk')}, ${x.n('wsk')}`,
        condition: x.exists(),
      };
    }),
    ...outcome.files.map((file) => put(table, fileItem(link, file))),
    ...outcome.forgotten.map((path) => remove(table, keyOf.file(link.sourceId, link.id, path))),
    ...outcome.events.map((event) => put(table, eventItem(event))),
  ];
}

/** A row that cannot be read must not keep the others from being polled; the run reports it. */
function dueSource(item: Item): DueSource[] {
  const { id, dueAt, intervalSeconds, wanted, done } = item;
  if (typeof id !== 'string' || typeof dueAt !== 'string') return [];
  const failures = Number(item['failures']);
  const interval = typeof intervalSeconds === 'number' ? intervalSeconds : 60;
  return [{ id, dueAt, intervalSeconds: interval, failures, outstanding: Number(wanted) > Number(done) }];
}

function seconds(from: Date, count: number): string {
  return new Date(from.getTime() + count * 1000).toISOString();
}
