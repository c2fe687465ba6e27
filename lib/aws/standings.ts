/** Standings: gateways of a configuration with their last report and receipt, read in batches. */
import type { Standing } from '../domain/convergence.ts';
import { readGateway, readReceipt, readReport } from './codec.ts';
import { chunk, getItems, type Item, type Key, readable, type Table } from './dynamo.ts';
import { keyOf } from './keys.ts';

/** Three rows each: some nine batches under way at once. */
const AT_ONCE = 300;

/** In the order of `ids`. Those that went, or are bound to something else by now, are left out. */
export async function standingsOf(
  table: Table,
  configurationId: string,
  ids: readonly string[],
): Promise<readonly Standing[]> {
  const standings: Standing[] = [];
  for (const some of chunk(ids, AT_ONCE)) {
    const keysOf = (id: string) => [
      keyOf.gateway(id),
      keyOf.report(id),
      keyOf.latestReceipt(id, configurationId),
    ];
    const items = await getItems(table, some.flatMap(keysOf));
    const byKey = new Map(items.map((item) => [nameOf(item), item]));
    const at = (key: Key) => byKey.get(nameOf({ ...key }));
    standings.push(...some.flatMap((id) => standingOf(id, configurationId, at) ?? []));
  }
  return standings;
}

const nameOf = ({ pk, sk }: Item) => `${String(pk)}/${String(sk)}`;

function standingOf(
  id: string,
  configurationId: string,
  at: (key: Key) => Item | undefined,
): Standing | null {
  const row = at(keyOf.gateway(id));
  if (!row || row['configurationId'] !== configurationId) return null;
  return {
    id,
    gateway: readIf(row, readGateway),
    report: readIf(at(keyOf.report(id)), readReport),
    receipt: readIf(at(keyOf.latestReceipt(id, configurationId)), readReceipt),
  };
}

/** Null also for a row that cannot be read: what is not known proves nothing. */
function readIf<T>(item: Item | undefined, read: (item: Item) => T): T | null {
  return (item && readable([item], read).read[0]) ?? null;
}
