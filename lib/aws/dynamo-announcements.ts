/** The outbox in DynamoDB: a mark per configuration whose gateways were not told yet. */
import type { Announcements } from '../ports.ts';
import { readMark } from './codec.ts';
import { getItem, put, queryPages, readable, remove, type Table, transact, updateItem } from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { keyOf, workPartition } from './keys.ts';
import { SHARDS, TABLE } from './table.ts';

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

    async record(configurationId, announcement) {
      const result = await updateItem(table, keyOf.configuration(configurationId), (x) => {
        const announced = x.n('announced');
        const sequence = `${announced}.${x.n('manifest')}.${x.n('sequence')}`;
        return {
          // The revision rises, so that a move that read the configuration before this cannot write the old one back.
          update: `${x.set({ announced: announcement })}, ${x.n('revision')} = ${x.n('revision')} + ${x.v(1)}`,
          condition: `${x.exists()} AND (attribute_type(${announced}, ${x.v('NULL')}) OR ${sequence} < ${x.v(announcement.manifest.sequence)})`,
        };
      });
      return 'item' in result;
    },

    async done(mark, event) {
      await transact(table, [
        remove(table, keyOf.mark(mark.configurationId), (x) => `${x.n('sequence')} <= ${x.v(mark.sequence)}`),
        put(table, eventItem(event)),
      ]);
    },
  };
}
