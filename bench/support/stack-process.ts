/** The local stack in a process of its own, as `npm start` runs it, except that nothing ticks by itself. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import type { LocalStack } from '../../local/stack.ts';
import { start } from '../../local/start.ts';
import { answerCalls } from './child.ts';

let running: LocalStack | undefined;

/** The threads of the functions that are there, and the least that each held in a while: what it cannot let go of. */
const threads = new Map<Worker, number>();
process.on('worker', (worker) => {
  threads.set(worker, Number.POSITIVE_INFINITY);
  worker.once('exit', () => threads.delete(worker));
});
const watching = setInterval(async () => {
  for (const [worker, least] of threads) {
    const { used_heap_size: used } = await worker
      .getHeapStatistics()
      .catch(() => ({ used_heap_size: least }));
    if (threads.has(worker)) threads.set(worker, Math.min(threads.get(worker) ?? least, used));
  }
}, 500);
watching.unref();
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export interface StackWish {
  readonly dataDir: string;
  /** Bundles and template made earlier; made in the data folder when absent. */
  readonly outdir?: string;
}

const calls = {
  start: async ({ dataDir, outdir }: StackWish) => {
    const { stack, url, admin_token, endpoints } = await start({
      port: 0,
      dataDir,
      ...(outdir === undefined ? {} : { outdir }),
      schedules: false,
      log: (from, line) => {
        if (/"fact":"(function|invocation)\.|uncaught/.test(line)) console.error(`${from} ${line}`);
      },
    });
    running = stack;
    return {
      url,
      token: admin_token,
      endpoints,
      region: stack.region,
      table: stack.outputs['TableName'] ?? '',
      syncQueueUrl: stack.queueUrl('sync'),
      fanOutQueueUrl: stack.queueUrl('fan-out'),
      environment: {
        webhook: stack.environmentOf('webhook'),
        poll: stack.environmentOf('poll'),
        sync: stack.environmentOf('sync'),
        'fan-out': stack.environmentOf('fan-out'),
        api: stack.environmentOf('api'),
      },
      functions: `${dataDir}/build/functions`,
      databasePid: stack.databasePid() ?? null,
    };
  },

  /** The schedule, now: whether the poll function ended well. */
  poll: async (_: null) => (await running?.tick('poll'))?.kind === 'done',

  /**
   * Bytes: after a collection of the main thread's garbage; the resident set has the functions' threads in it.
   * `functions` is the sum of the least that each thread held since this was asked last.
   */
  memory: async (_: null) => {
    for (let round = 0; round < 2; round++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    const least = [...threads.values()].filter(Number.isFinite);
    for (const worker of threads.keys()) threads.set(worker, Number.POSITIVE_INFINITY);
    return { rss, heap: heapUsed, external, functions: least.reduce((sum, one) => sum + one, 0) };
  },
};

export type StackCalls = typeof calls;
answerCalls(calls, async () => running?.stop());
