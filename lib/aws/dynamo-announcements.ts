/** The outbox in DynamoDB: a mark per configuration whose gateways were not told yet. */
import type { Announcements } from '../ports.ts';
import { readAnnounced, readMark } from './codec.ts';
import {
  getItem,
  put,
  queryPage,
  queryPages,
  readable,
  remove,
  type Table,
  transact,
  update,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { keyOf, workPartition } from './keys.ts';
import { SHARDS, TABLE } from './table.ts';

/** Announcements looked through for some bytes: of a version a day, three years. */
const LOOKED_THROUGH = 1000;

export function dynamoAnnouncements(table: Table): Announcements {
  return {
    async find(configurationId) {
      const item = await getItem(table, keyOf.mark(configurationId));
      return item ? readMark(item) : null;
    },

    async *pending() {
      for (let shard = 0; shard < SHARDS; shard++) {
        const pages = queryPages(table, {
          index: TABLE.indexes.work,
          partition: workPartition('MARK', shard),
        });
        for await (const page of pages) {
          const { read: marks, unreadable } = readable(page, readMark);
          yield { marks, unreadable };
        }
      }
    },

    async record(configurationId, announced) {
      const { manifest } = announced.announcement;
      const failed = await transact(table, [
        update(table, keyOf.configuration(configurationId), (x) => {
          const stored = x.n('announced');
          const sequence = `${stored}.${x.n('manifest')}.${x.n('sequence')}`;
          return {
            // The revision rises, so that a move that read the configuration before this cannot write the old one back.
            update: `${x.set({ announced: announced.announcement })}, ${x.n('revision')} = ${x.n('revision')} + ${x.v(1)}`,
            condition: `${x.exists()} AND (attribute_type(${stored}, ${x.v('NULL')}) OR ${sequence} < ${x.v(manifest.sequence)})`,
          };
        }),
        put(table, { ...keyOf.announced(configurationId, manifest.sequence), ...announced }),
      ]);
      return failed === null;
    },

    async at(configurationId, sequence) {
      const item = await getItem(table, keyOf.announced(configurationId, sequence));
      return item ? readAnnounced(item) : null;
    },

    async has(configurationId, contentHash) {
      const page = await queryPage(table, {
        partition: keyOf.configuration(configurationId).pk,
        sort: { beginsWith: 'ANNOUNCED#' },
        newestFirst: true,
        limit: LOOKED_THROUGH,
      });
      const { read } = readable(page.items, readAnnounced);
      return read.some(({ announcement }) => announcement.manifest.content_hash === contentHash);
    },

    async done(mark, event) {
      await transact(table, [
        remove(table, keyOf.mark(mark.configurationId), (x) => `${x.n('sequence')} <= ${x.v(mark.sequence)}`),
        put(table, eventItem(event)),
      ]);
    },
  };
}
