/** The table: names of its keys and indexes, shared by the adapters and by the infrastructure. */

/** One table. Every item has `pk` and `sk`; the two indexes are sparse. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds. Deletion by DynamoDB can lag by days, so readers compare it themselves. */
  expiry: 'expires',
  indexes: {
    /** Things of a team, events of a configuration, receipts of a gateway, in order. */
    list: { name: 'list', partitionKey: 'lpk', sortKey: 'lsk' },
    /** Work by time: sources due, versions not announced, holds about to end, links in error. */
    work: { name: 'work', partitionKey: 'wpk', sortKey: 'wsk' },
  },
} as const;

/** Index partitions that every write of a kind touches are split this many ways. */
export const SHARDS = 8;
