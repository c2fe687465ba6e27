/** Hosts that asked to be left alone, in DynamoDB, since every function instance must respect it. */
import type { HostLimits } from '../ports.ts';
import { getItem, type Table, updateItem } from './dynamo.ts';
import { keyOf } from './keys.ts';

export function dynamoHostLimits(table: Table): HostLimits {
  return {
    async until(host, now) {
      const until = (await getItem(table, keyOf.hostLimit(host)))?.['until'];
      return typeof until === 'string' && until > now.toISOString() ? new Date(until) : null;
    },

    async set(host, until) {
      const limit = { until: until.toISOString(), expires: Math.ceil(until.getTime() / 1000) };
      await updateItem(table, keyOf.hostLimit(host), (x) => ({
        update: x.set(limit),
        condition: `${x.absent()} OR ${x.n('until')} < ${x.v(limit.until)}`,
      }));
    },
  };
}
