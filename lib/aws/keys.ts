/** Where each item lives in the table, and under what it is listed. */
import { derivedId, sha256Hex, shardOf } from '../domain/ids.ts';
import type { Key } from './dynamo.ts';
import { SHARDS } from './table.ts';

const MAIN = 'MAIN';

/** A sort key has at most 1,024 bytes, and git bounds no path. A shorter path is never taken for a longer one's hash: that ends in no `.yaml`. */
const LONGEST_PATH_IN_KEY = 900;

export const keyOf = {
  /** The source, its links, their files and what was learned of its trees share a partition: a run reads it whole. */
  source: (id: string): Key => ({ pk: `SOURCE#${id}`, sk: MAIN }),
  link: (sourceId: string, id: string): Key => ({ pk: `SOURCE#${sourceId}`, sk: `LINK#${id}` }),
  file: (sourceId: string, linkId: string, path: string): Key => ({
    pk: `SOURCE#${sourceId}`,
    sk: `FILE#${linkId}#${Buffer.byteLength(path) > LONGEST_PATH_IN_KEY ? sha256Hex(path) : path}`,
  }),
  memory: (sourceId: string): Key => ({ pk: `SOURCE#${sourceId}`, sk: 'MEMORY' }),
  /** Says which source a link is under. */
  linkPointer: (id: string): Key => ({ pk: `LINK#${id}`, sk: MAIN }),
  credential: (linkId: string): Key => ({ pk: `LINK#${linkId}`, sk: 'CREDENTIAL' }),
  hook: (id: string): Key => ({ pk: `HOOK#${id}`, sk: MAIN }),
  /** `:` cannot occur in a branch name, so no branch is the beginning of another's key. */
  route: (hookId: string, branch: string, sourceId: string): Key => ({
    pk: `HOOK#${hookId}`,
    sk: `${routePrefix(branch)}${sourceId}`,
  }),
  configuration: (id: string): Key => ({ pk: `CONFIG#${id}`, sk: MAIN }),
  version: (configurationId: string, number: number): Key => ({
    pk: `CONFIG#${configurationId}`,
    sk: `VERSION#${String(number).padStart(10, '0')}`,
  }),
  /** Says which number a version id has; its absence is what makes a version new. */
  versionPointer: (configurationId: string, versionId: string): Key => ({
    pk: `CONFIG#${configurationId}`,
    sk: `ID#${versionId}`,
  }),
  mark: (configurationId: string): Key => ({ pk: `CONFIG#${configurationId}`, sk: 'MARK' }),
  /** What was announced under a sequence: receipts of any age are compared with it. */
  announced: (configurationId: string, sequence: number): Key => ({
    pk: `CONFIG#${configurationId}`,
    sk: `ANNOUNCED#${String(sequence).padStart(10, '0')}`,
  }),
  content: (hash: string): Key => ({ pk: `CONTENT#${hash}`, sk: MAIN }),
  gateway: (id: string): Key => ({ pk: `GATEWAY#${id}`, sk: MAIN }),
  /** Apart from the gateway's settings, so that a heartbeat is never in the way of a change. */
  report: (gatewayId: string): Key => ({ pk: `GATEWAY#${gatewayId}`, sk: 'REPORT' }),
  driftEpisode: (gatewayId: string, since: string): Key => ({
    pk: `GATEWAY#${gatewayId}`,
    sk: `${EPISODES}${since}`,
  }),
  /** Of each configuration it ran, since each has sequences of its own. */
  latestReceipt: (gatewayId: string, configurationId: string): Key => ({
    pk: `GATEWAY#${gatewayId}`,
    sk: `LATEST#${configurationId}`,
  }),
  receipt: (versionId: string, gatewayId: string, id: string): Key => ({
    pk: receiptPartition(versionId, shardOf(gatewayId, SHARDS)),
    sk: `${gatewayId}#${id}`,
  }),
  binding: (configurationId: string, gatewayId: string): Key => ({
    pk: `BOUND#${configurationId}`,
    sk: `GATEWAY#${gatewayId}`,
  }),
  token: (id: string): Key => ({ pk: `TOKEN#${id}`, sk: MAIN }),
  team: (name: string): Key => ({ pk: 'TEAMS', sk: name }),
  event: (id: string, at: string): Key => ({
    pk: eventDay(at.slice(0, 10), shardOf(id, EVENT_SHARDS)),
    sk: id,
  }),
  /** Not in the order of time, which is that of its place in the `list` index: the name is what makes it one. */
  decision: (gatewayId: string, ownId: string): Key => ({
    pk: `DECISION#${derivedId('dec', gatewayId, ownId)}`,
    sk: MAIN,
  }),
  hostLimit: (host: string): Key => ({ pk: `HOST#${host}`, sk: MAIN }),
  histogram: (name: string, shard: number): Key => ({ pk: `METRIC#${name}`, sk: `SHARD#${shard}` }),
};

/** A fleet reloads at once: the receipts of a version are spread `SHARDS` ways. */
export const receiptPartition = (versionId: string, shard: number): string => `RECEIPT#${versionId}#${shard}`;

/** Episodes of drift of a gateway, by when they began. */
export const EPISODES = 'DRIFT#';

/** Receipts of a gateway, in the order in which they were stored. */
export const receiptsOf = (gatewayId: string): string => `RECEIPTS#${gatewayId}`;

export const routePrefix = (branch: string): string => `BRANCH:${branch}:`;

/** Audit rows of a day are spread this many ways. */
export const EVENT_SHARDS = 4;
export const eventDay = (day: string, shard: number): string => `EVENTS#${day}#${shard}`;

/** Decisions of a day, those of a gateway together: `DECISION_SHARDS` ways, for a fleet makes thousands of them a second. */
export const DECISION_SHARDS = 16;
export const decisionDay = (day: string, shard: number): string => `DECISIONS#${day}#${shard}`;
export const decisionShard = (gatewayId: string): number => shardOf(gatewayId, DECISION_SHARDS);

/** Listed by team, in order of creation. */
export type Listed = 'LINKS' | 'CONFIGS' | 'GATEWAYS';
export const listPartition = (kind: Listed, team: string): string => `${kind}#${team}`;
export const listedUnder = (kind: Listed, team: string, createdAt: string, id: string) => ({
  lpk: listPartition(kind, team),
  lsk: `${createdAt}#${id}`,
});

/** Work by time, in `SHARDS` partitions each. */
export type Work = 'DUE' | 'MARK' | 'HOLD' | 'ERROR' | 'DRIFT';
export const workPartition = (kind: Work, shard: number): string => `${kind}#${shard}`;
export const workAt = (kind: Work, id: string, at: string) => ({
  wpk: workPartition(kind, shardOf(id, SHARDS)),
  wsk: `${at}#${id}`,
});
