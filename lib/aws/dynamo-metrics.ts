/** Histograms in DynamoDB: counts per bucket, spread over shards so that no item is hot. */
import { randomInt } from 'node:crypto';
import { BUCKETS, HISTOGRAMS, type Histogram, type HistogramState, type Metrics } from '../ports.ts';
import { queryAll, type Table, updateItem } from './dynamo.ts';
import { keyOf } from './keys.ts';

const SHARDS = 4;

export function dynamoMetrics(table: Table): Metrics {
  return {
    async observe(histogram, seconds) {
      const found = BUCKETS.findIndex((bound) => seconds <= bound);
      const bucket = `b${found === -1 ? BUCKETS.length : found}`;
      await updateItem(table, keyOf.histogram(histogram, randomInt(SHARDS)), (x) => ({
        update: `ADD ${x.n(bucket)} ${x.v(1)}, ${x.n('sum')} ${x.v(seconds)}`,
        condition: `${x.exists()} OR ${x.absent()}`,
      }));
    },

    async read() {
      const states = HISTOGRAMS.map(
        async (histogram) => [histogram, await readHistogram(table, histogram)] as const,
      );
      return Object.fromEntries(await Promise.all(states)) as Record<Histogram, HistogramState>;
    },
  };
}

async function readHistogram(table: Table, histogram: Histogram): Promise<HistogramState> {
  const shards = await queryAll(table, { partition: keyOf.histogram(histogram, 0).pk });
  const total = (name: string) => shards.reduce((sum, shard) => sum + Number(shard[name] ?? 0), 0);
  return {
    counts: Array.from({ length: BUCKETS.length + 1 }, (_, bucket) => total(`b${bucket}`)),
    // Binary fractions, added in whatever order the shards come: beyond the microsecond it is noise.
    sum: Math.round(total('sum') * 1e6) / 1e6,
  };
}
