/** Reports in DynamoDB: one row per gateway, beside its settings; beside that, a row per episode of drift. */
import { DRIFT_KINDS, type Drift, type DriftKind } from '../domain/drift.ts';
import { shardOf } from '../domain/ids.ts';
import type { Heartbeat } from '../domain/report.ts';
import type { Drifting, DriftStep, Reports } from '../ports.ts';
import { readEpisode, readReport } from './codec.ts';
import {
  check,
  type Expression,
  getItems,
  put,
  queryPage,
  queryPages,
  readable,
  type Table,
  transact,
  update,
  updateItem,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { EPISODES, keyOf, workPartition } from './keys.ts';
import { SHARDS, TABLE } from './table.ts';

export function dynamoReports(table: Table): Reports {
  return {
    async findAll(gatewayIds) {
      const items = await getItems(table, [...new Set(gatewayIds)].map(keyOf.report));
      return new Map(readable(items, readReport).read.map((report) => [report.gatewayId, report]));
    },

    async heartbeat(gatewayId, heartbeat, now) {
      const at = now.toISOString();
      const said = { gatewayId, ...heartbeat, at, heartbeatAt: at };
      const repeated = await repeats(table, gatewayId, heartbeat, said);
      if ('item' in repeated) return { report: readReport(repeated.item), ran: heartbeat.contentHash };
      const changed = await updateItem(table, keyOf.report(gatewayId), (x) => ({
        update: x.set({ ...said, since: at }),
        condition: `${x.exists()} OR ${x.absent()}`,
      }));
      if ('failed' in changed) throw new Error('a condition that is always met was not');
      const before: unknown = repeated.failed?.['contentHash'];
      const ran = typeof before === 'string' || before === null ? before : undefined;
      return { report: readReport(changed.item), ran };
    },

    async step(step) {
      return (await transact(table, stepWrites(table, step))) === null;
    },

    async drifting(team) {
      const counts = new Map<string, number>();
      const shards = Array.from({ length: SHARDS }, (_, shard) => countShard(table, shard, team, counts));
      await Promise.all(shards);
      return [...counts].map(([text, count]) => ({ ...parseDrifting(text), count }));
    },

    async episodes(gatewayId, before, limit) {
      const page = await queryPage(table, {
        partition: keyOf.gateway(gatewayId).pk,
        sort: { between: [EPISODES, `${EPISODES}${before.toISOString()}`] },
        newestFirst: true,
        limit,
      });
      return readable(page.items, readEpisode).read;
    },
  };
}

/** Nearly every heartbeat runs what the one before it ran, and is one write. */
function repeats(table: Table, gatewayId: string, { contentHash }: Heartbeat, said: object) {
  return updateItem(table, keyOf.report(gatewayId), (x) => ({
    update: x.set(said),
    condition: x.equal({ contentHash }),
  }));
}

function stepWrites(table: Table, { gateway, running, before, after, ended, at, events }: DriftStep) {
  const until = ended === null ? null : at.toISOString();
  const episode = after ?? before;
  return [
    // A heartbeat that was under way writes the report of a gateway that is gone: nobody would ever end its episode.
    check(table, keyOf.gateway(gateway.id), (x) => x.exists()),
    update(table, keyOf.report(gateway.id), (x) => ({
      update: after
        ? x.set({ drift: after, ...driftingUnder(gateway.team, gateway.id, after) })
        : `${x.set({ drift: null, driftClearedAt: until })} REMOVE ${x.n('wpk')}, ${x.n('wsk')}`,
      condition: `${x.equal({ contentHash: running })} AND (${asRead(x, before)})`,
    })),
    ...(episode
      ? [
          put(table, {
            ...keyOf.driftEpisode(gateway.id, episode.since),
            ...episode,
            gatewayId: gateway.id,
            until,
            ended,
          }),
        ]
      : []),
    ...events.map((event) => put(table, eventItem(event))),
  ];
}

/** The episode as it was read, so that of two heartbeats at once one takes the step. */
function asRead(x: Expression, before: Drift | null): string {
  const drift = x.n('drift');
  if (before)
    return `${drift}.${x.n('turn')} = ${x.v(before.turn)} AND ${drift}.${x.n('since')} = ${x.v(before.since)}`;
  return `${x.exists()} AND (attribute_not_exists(${drift}) OR attribute_type(${drift}, ${x.v('NULL')}))`;
}

/** Only rows that drift are in the index, and what is counted is in their key: nothing else of them is read. */
function driftingUnder(team: string, gatewayId: string, { kind, persistsSince }: Drift) {
  return {
    wpk: workPartition('DRIFT', shardOf(gatewayId, SHARDS)),
    wsk: [team, kind, persistsSince === null ? RESENDING : PERSISTS, gatewayId].join('#'),
  };
}

const PERSISTS = 'persists';
const RESENDING = 'resending';

async function countShard(
  table: Table,
  shard: number,
  team: string | null,
  counts: Map<string, number>,
): Promise<void> {
  const pages = queryPages(table, {
    index: TABLE.indexes.work,
    partition: workPartition('DRIFT', shard),
    // A team is a name without `#`, so none is the beginning of another's key.
    ...(team === null ? {} : { sort: { beginsWith: `${team}#` } }),
    only: [TABLE.indexes.work.sortKey],
  });
  for await (const page of pages) {
    for (const item of page) {
      const [, kind = '', phase = ''] = String(item[TABLE.indexes.work.sortKey]).split('#');
      const name = `${kind}#${phase}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
}

function parseDrifting(text: string): Omit<Drifting, 'count'> {
  const [name, phase] = text.split('#');
  const kind: DriftKind | undefined = DRIFT_KINDS.find((one) => one === name);
  if (!kind) throw new Error(`no kind of drift: ${name}`);
  return { kind, persists: phase === PERSISTS };
}
