/** Versions in DynamoDB: written once with the transaction that publishes them, then only read. */
import { gunzipSync } from 'node:zlib';
import { sha256Hex } from '../domain/ids.ts';
import type { Versions } from '../ports.ts';
import { readVersion } from './codec.ts';
import { encodeCursor, getItem, parseCursor, queryPage, type Table } from './dynamo.ts';
import { keyOf } from './keys.ts';

/** A document has at most 256 KiB; anything longer is not one of ours. */
const LARGEST_CONTENT = 256 * 1024;

export function dynamoVersions(table: Table): Versions {
  return {
    async find(configurationId, numberOrId) {
      const number = await numberOf(table, configurationId, numberOrId);
      const item = number === null ? null : await getItem(table, keyOf.version(configurationId, number));
      return item ? readVersion(item) : null;
    },

    async list(configurationId, limit, after) {
      const sk = parseCursor(after)?.['sk'];
      const partition = keyOf.configuration(configurationId).pk;
      const page = await queryPage(table, {
        partition,
        sort: { beginsWith: 'VERSION#' },
        newestFirst: true,
        limit,
        after: typeof sk === 'string' ? { pk: partition, sk } : null,
      });
      return {
        items: page.items.map(readVersion),
        next: encodeCursor(page.last ? { sk: page.last['sk'] } : null),
      };
    },

    async content(contentHash) {
      const item = await getItem(table, keyOf.content(contentHash));
      const gzip = item?.['gzip'];
      if (!(gzip instanceof Uint8Array)) return null;
      const bytes = gunzipSync(gzip, { maxOutputLength: LARGEST_CONTENT });
      if (sha256Hex(bytes) !== contentHash) throw new Error(`content ${contentHash} does not have that hash`);
      return bytes;
    },
  };
}

async function numberOf(table: Table, configurationId: string, numberOrId: string): Promise<number | null> {
  if (/^[1-9]\d{0,9}$/.test(numberOrId)) return Number(numberOrId);
  const pointer = await getItem(table, keyOf.versionPointer(configurationId, numberOrId));
  return typeof pointer?.['number'] === 'number' ? pointer['number'] : null;
}
