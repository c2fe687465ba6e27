/** Links in DynamoDB: stored, moved and removed together with the source and the hook they share. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Hook } from '../domain/hook.ts';
import type { Link, TrackedFile } from '../domain/link.ts';
import type { Source } from '../domain/source.ts';
import type { Links, LinkUpdate } from '../ports.ts';
import { readFile, readHook, readLink, readSealed, readSource } from './codec.ts';
import {
  chunk,
  countItems,
  type Expression,
  getItem,
  getItems,
  type Item,
  type Key,
  put,
  queryAll,
  remove,
  type Table,
  transact,
  update,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { linkItem, sourceItem } from './dynamo-sources.ts';
import { keyOf, workPartition } from './keys.ts';
import { SHARDS, TABLE } from './table.ts';
import { knowTeam, listOf } from './teams.ts';
import { FILES_AT_ONCE, tidySource } from './tidy.ts';

export function dynamoLinks(table: Table): Links {
  const findWithSource: Links['findWithSource'] = async (id) => {
    const pointer = await getItem(table, keyOf.linkPointer(id));
    if (!pointer) return null;
    const sourceId = String(pointer['sourceId']);
    const items = await getItems(table, [keyOf.link(sourceId, id), keyOf.source(sourceId)]);
    const link = items.find((item) => String(item['sk']).startsWith('LINK#'));
    const source = items.find((item) => item['sk'] === keyOf.source(sourceId).sk);
    return link ? { link: readLink(link), source: source ? readSource(source) : null } : null;
  };
  return {
    findWithSource,
    find: async (id) => (await findWithSource(id))?.link ?? null,

    async list(team, after) {
      const page = await listOf(table, 'LINKS', team, after, readLink);
      const ids = [...new Set(page.items.map((link) => link.sourceId))];
      const sources = (await getItems(table, ids.map(keyOf.source))).map(readSource);
      const byId = new Map(sources.map((source) => [source.id, source]));
      return {
        ...page,
        items: page.items.map((link) => ({ link, source: byId.get(link.sourceId) ?? null })),
      };
    },

    async create({ link, source, credential, newHook, event }) {
      await knowTeam(table, link.team);
      const failed = await transact(table, [
        put(table, { ...keyOf.linkPointer(link.id), sourceId: link.sourceId }, (x) => x.absent()),
        ...(newHook ? [put(table, hookItem({ ...newHook, links: 1 }), (x) => x.absent())] : []),
        ...(link.hookId && !newHook ? [countHook(table, link.hookId, 1)] : []),
        put(table, linkItem(link)),
        ...joinSource(table, source),
        ...(credential ? [put(table, { ...keyOf.credential(link.id), ...credential })] : []),
        put(table, eventItem(event)),
      ]);
      if (!failed) return 'created';
      return failed[0] ? 'link exists' : 'hook changed';
    },

    async update(before, entry) {
      const moved = before.sourceId !== entry.link.sourceId;
      // First, so that the first run of the new source knows what the files feed.
      if (moved) await copyFiles(table, before, entry.link.sourceId);
      const failed = await transact(table, [
        ...(moved ? moveWrites(table, before, entry) : settingsWrites(table, before, entry)),
        ...credentialWrites(table, entry),
        put(table, eventItem(entry.event)),
      ]);
      if (failed) return false;
      if (moved) await tidySource(table, before, await filesOf(table, before));
      return true;
    },

    async remove(link, event) {
      const failed = await transact(table, [
        remove(table, keyOf.linkPointer(link.id), (x) => x.exists()),
        remove(table, keyOf.link(link.sourceId, link.id), (x) => x.exists()),
        remove(table, keyOf.credential(link.id)),
        leaveSource(table, link.sourceId),
        ...(link.hookId ? [countHook(table, link.hookId, -1)] : []),
        put(table, eventItem(event)),
      ]);
      if (failed) return false;
      await tidySource(table, link, await filesOf(table, link));
      return true;
    },

    async tracked(link, path) {
      const item = await getItem(table, keyOf.file(link.sourceId, link.id, path));
      return item ? trackedFile(item) : null;
    },

    async credential(sourceId, linkId) {
      const [link, credential] = await Promise.all([
        getItem(table, keyOf.link(sourceId, linkId)),
        getItem(table, keyOf.credential(linkId)),
      ]);
      if (!link || !credential) return null;
      return { sealed: readSealed(credential), generation: readLink(link).credentialGeneration };
    },

    async countErrors() {
      const shards = Array.from({ length: SHARDS }, (_, shard) =>
        countItems(table, TABLE.indexes.work, workPartition('ERROR', shard)),
      );
      return (await Promise.all(shards)).reduce((sum, count) => sum + count, 0);
    },
  };
}

function hookItem(hook: Hook): Item {
  return { ...keyOf.hook(hook.id), ...hook };
}

export async function findHook(table: Table, id: string): Promise<Hook | null> {
  const item = await getItem(table, keyOf.hook(id));
  return item ? readHook(item) : null;
}

/** One more link: the source comes into being with its first, and every new one wants a run. */
function joinSource(table: Table, source: Source): TransactWriteItem[] {
  const {
    pk: _pk,
    sk: _sk,
    links: _links,
    wanted: _wanted,
    intervalSeconds,
    ...rest
  } = sourceItem(source) as Item & Key;
  const join = update(table, keyOf.source(source.id), (x) => {
    const initial = Object.entries(rest).map(
      ([name, value]) => `${x.n(name)} = if_not_exists(${x.n(name)}, ${x.v(value)})`,
    );
    const counts = ['links', 'wanted'].map(
      (name) => `${x.n(name)} = if_not_exists(${x.n(name)}, ${x.v(0)}) + ${x.v(1)}`,
    );
    const interval = `${x.n('intervalSeconds')} = ${x.v(intervalSeconds)}`;
    return {
      update: `SET ${[...initial, ...counts, interval].join(', ')}`,
      condition: `${x.exists()} OR ${x.absent()}`,
    };
  });
  if (!source.hookId) return [join];
  const route = { ...keyOf.route(source.hookId, source.branch, source.id), sourceId: source.id };
  return [join, put(table, route)];
}

/**
 * One link fewer: the interval and the credential may be another's now, so a run must look. One that is under way
 * has lost its lease: it would publish for a link that is gone.
 */
function leaveSource(table: Table, sourceId: string): TransactWriteItem {
  return update(table, keyOf.source(sourceId), (x) => {
    const plus = (name: string, by: number) => `${x.n(name)} = ${x.n(name)} + ${x.v(by)}`;
    const counts = [plus('links', -1), plus('wanted', 1), plus('epoch', 1)].join(', ');
    return { update: `${x.set({ leaseUntil: null })}, ${counts}`, condition: x.exists() };
  });
}

function countHook(table: Table, hookId: string, by: 1 | -1): TransactWriteItem {
  return update(table, keyOf.hook(hookId), (x) => ({
    update: `SET ${x.n('links')} = ${x.n('links')} + ${x.v(by)}`,
    condition: x.exists(),
  }));
}

const settingsOf = (link: Link) => {
  const { pollIntervalSeconds, username, hasToken, autoCreateConfiguration, configurationId } = link;
  return { pollIntervalSeconds, username, hasToken, autoCreateConfiguration, configurationId };
};

/** As it was read. What older rows do not have counts as what it is read as. */
function unchanged(x: Expression, before: Link): string {
  const { deployKey, credentialGeneration } = before;
  const stored = (name: string, value: unknown, absent: boolean) =>
    absent
      ? `(attribute_not_exists(${x.n(name)}) OR ${x.n(name)} = ${x.v(value)})`
      : `${x.n(name)} = ${x.v(value)}`;
  return [
    x.exists(),
    x.equal(settingsOf(before)),
    stored('deployKey', deployKey, deployKey === null),
    stored('credentialGeneration', credentialGeneration, credentialGeneration === 0),
  ].join(' AND ');
}

function settingsWrites(table: Table, before: Link, { link, source }: LinkUpdate): TransactWriteItem[] {
  return [
    update(table, keyOf.link(link.sourceId, link.id), (x) => ({
      update: x.set({
        ...settingsOf(link),
        deployKey: link.deployKey,
        credentialGeneration: link.credentialGeneration,
      }),
      condition: unchanged(x, before),
    })),
    update(table, keyOf.source(link.sourceId), (x) => ({
      update: `${x.set({ intervalSeconds: source.intervalSeconds })}, ${x.n('wanted')} = ${x.n('wanted')} + ${x.v(1)}`,
      condition: x.exists(),
    })),
  ];
}

function moveWrites(table: Table, before: Link, { link, source }: LinkUpdate): TransactWriteItem[] {
  return [
    put(table, { ...keyOf.linkPointer(link.id), sourceId: link.sourceId }, (x) => x.exists()),
    remove(table, keyOf.link(before.sourceId, link.id), (x) => unchanged(x, before)),
    put(table, linkItem(link)),
    leaveSource(table, before.sourceId),
    ...joinSource(table, source),
  ];
}

function credentialWrites(table: Table, { link, credential }: LinkUpdate): TransactWriteItem[] {
  if (credential === undefined) return [];
  const key = keyOf.credential(link.id);
  return [credential ? put(table, { ...key, ...credential }) : remove(table, key)];
}

/** What became of the files of a link goes with it to another source. */
async function copyFiles(table: Table, link: Link, sourceId: string): Promise<void> {
  const { pk } = keyOf.source(sourceId);
  const files = await filesOf(table, link);
  for (const part of chunk(files, FILES_AT_ONCE)) {
    await transact(
      table,
      part.map((item) => put(table, { ...item, pk })),
    );
  }
}

function trackedFile(item: Item): TrackedFile {
  const { linkId: _linkId, ...file } = readFile(item);
  return file;
}

const filesOf = (table: Table, { id, sourceId }: Link) =>
  queryAll(table, { partition: keyOf.source(sourceId).pk, sort: { beginsWith: `FILE#${id}#` } });
