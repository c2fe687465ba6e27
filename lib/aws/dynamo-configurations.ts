/** Configurations in DynamoDB: every move of head, active or hold is one conditional transaction. */
import { gzipSync } from 'node:zlib';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Configuration } from '../domain/configuration.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { Configurations, Step } from '../ports.ts';
import { readConfiguration } from './codec.ts';
import {
  check,
  type Expression,
  getItem,
  getItems,
  type Item,
  put,
  queryPages,
  readable,
  type Table,
  transact,
  update,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { fileItem } from './dynamo-sources.ts';
import { keyOf, listedUnder, workAt, workPartition } from './keys.ts';
import { SHARDS, TABLE } from './table.ts';
import { knowTeam, listOf } from './teams.ts';

export function dynamoConfigurations(table: Table): Configurations {
  return {
    async find(id) {
      const item = await getItem(table, keyOf.configuration(id));
      return item ? readConfiguration(item) : null;
    },

    async findAll(ids) {
      const items = await getItems(table, [...new Set(ids)].map(keyOf.configuration));
      const { read } = readable(items, readConfiguration);
      return new Map(read.map((configuration) => [configuration.id, configuration]));
    },

    list: (team, after) => listOf(table, 'CONFIGS', team, after, readConfiguration),

    async create(configuration, event) {
      await knowTeam(table, configuration.team);
      const failed = await transact(table, [
        put(table, configurationItem(configuration), (x) => x.absent()),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },

    async update(before, after, event) {
      const failed = await transact(table, [
        put(table, configurationItem(after), unchanged(before)),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },

    async move(step) {
      if (step.before === null) await knowTeam(table, step.after.team);
      const failed = await transact(table, stepWrites(table, step));
      if (!failed) return 'moved';
      return step.lease && failed[0] ? 'lost' : 'conflict';
    },

    async *holdsEnding(until) {
      for (let shard = 0; shard < SHARDS; shard++) {
        const pages = queryPages(table, {
          index: TABLE.indexes.work,
          partition: workPartition('HOLD', shard),
          sort: { before: until.toISOString() },
        });
        for await (const page of pages) yield page.map((item) => String(item['id']));
      }
    },
  };
}

function configurationItem(configuration: Configuration): Item {
  const { id, team, createdAt, deletedAt, hold } = configuration;
  return {
    ...keyOf.configuration(id),
    ...configuration,
    ...(deletedAt === null ? listedUnder('CONFIGS', team, createdAt, id) : {}),
    ...(hold ? workAt('HOLD', id, hold.until) : {}),
  };
}

/** As it was when it was read; its marks of what was announced may have moved on. */
const unchanged = (before: Configuration) => (x: Expression) =>
  `${x.n('revision')} = ${x.v(before.revision)}`;

function stepWrites(table: Table, step: Step): TransactWriteItem[] {
  const { before, change, publish, claim, lease } = step;
  const after: Configuration = {
    ...step.after,
    ...change.course,
    revision: (before?.revision ?? 0) + 1,
    versions: (before?.versions ?? 0) + (publish ? 1 : 0),
  };
  return [
    // First, so that a lost lease can be told from a configuration that changed.
    ...(lease
      ? [check(table, keyOf.source(lease.source.id), (x) => `${x.n('epoch')} = ${x.v(lease.epoch)}`)]
      : []),
    put(table, configurationItem(after), before ? unchanged(before) : (x) => x.absent()),
    ...(publish ? publishWrites(table, publish) : []),
    ...(claim ? [put(table, fileItem(claim.link, claim.file))] : []),
    ...(change.activated ? [markWrite(table, step, after)] : []),
    ...(step.unsettle ? [unsettle(table, step.unsettle)] : []),
    ...step.events.map((event) => put(table, eventItem(event))),
  ];
}

/** A reload that is still to be made stays to be made, even if what is in force now has the same bytes. */
function markWrite(
  table: Table,
  { change, activation }: Step,
  { id, sequence, updatedAt: at }: Configuration,
) {
  return update(table, keyOf.mark(id), (x) => {
    const set = x.set({ configurationId: id, sequence, at, activation, ...workAt('MARK', id, at) });
    const receivedAt = activation?.receivedAt ?? null;
    const keep = (name: string, value: unknown) =>
      `${x.n(name)} = if_not_exists(${x.n(name)}, ${x.v(value)})`;
    const rest = change.reload
      ? [`${x.n('reload')} = ${x.v(true)}`, `${x.n('receivedAt')} = ${x.v(receivedAt)}`]
      : [keep('reload', false), keep('receivedAt', null)];
    return { update: [set, ...rest].join(', '), condition: `${x.exists()} OR ${x.absent()}` };
  });
}

function publishWrites(
  table: Table,
  { version, content }: NonNullable<Step['publish']>,
): TransactWriteItem[] {
  const { configurationId, id, number, contentHash } = version;
  // Other bytes under that hash would be in place of those that an earlier version was published with.
  if (sha256Hex(content) !== contentHash) throw new Error(`the content of ${id} does not have its hash`);
  return [
    put(table, { ...keyOf.version(configurationId, number), ...version }, (x) => x.absent()),
    put(table, { ...keyOf.versionPointer(configurationId, id), number }, (x) => x.absent()),
    // The same hash is the same bytes: writing them again changes nothing.
    put(table, { ...keyOf.content(contentHash), gzip: gzipSync(content) }),
  ];
}

/** Without a new due time: git takes Active back on the next cycle, not at once. A source that went has no cycle. */
function unsettle(table: Table, sourceId: string): TransactWriteItem {
  return update(table, keyOf.source(sourceId), (x) => ({
    update: `SET ${x.n('wanted')} = ${x.n('wanted')} + ${x.v(1)}`,
    condition: x.exists(),
  }));
}
