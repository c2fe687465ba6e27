/** Reports in DynamoDB: one row per gateway, beside its settings. */
import type { Heartbeat } from '../domain/report.ts';
import type { Reports } from '../ports.ts';
import { readReport } from './codec.ts';
import { getItems, readable, type Table, updateItem } from './dynamo.ts';
import { keyOf } from './keys.ts';

export function dynamoReports(table: Table): Reports {
  return {
    async findAll(gatewayIds) {
      const items = await getItems(table, [...new Set(gatewayIds)].map(keyOf.report));
      return new Map(readable(items, readReport).read.map((report) => [report.gatewayId, report]));
    },

    async heartbeat(gatewayId, heartbeat, now) {
      const at = now.toISOString();
      const said = { gatewayId, ...heartbeat, at, heartbeatAt: at };
      if (await repeats(table, gatewayId, heartbeat, said)) return;
      await updateItem(table, keyOf.report(gatewayId), (x) => ({
        update: x.set({ ...said, since: at }),
        condition: `${x.exists()} OR ${x.absent()}`,
      }));
    },
  };
}

/** Nearly every heartbeat runs what the one before it ran, and is one write. */
async function repeats(
  table: Table,
  gatewayId: string,
  { contentHash }: Heartbeat,
  said: object,
): Promise<boolean> {
  const result = await updateItem(table, keyOf.report(gatewayId), (x) => ({
    update: x.set(said),
    condition: x.equal({ contentHash }),
  }));
  return 'item' in result;
}
