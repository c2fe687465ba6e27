/** Webhook: how long a git host waits for its answer, and what is loaded for it. `node bench/webhook.ts` */
import { join } from 'node:path';
import { buildFunctions } from '../scripts/build.ts';
import { policy } from '../test/support/world.ts';
import { atMost, type Figure, median, percentile, plain } from './support/figures.ts';
import { startBenchGit } from './support/git.ts';
import { type Bench, pause, runBench } from './support/run.ts';
import { startBenchStack } from './support/stack.ts';

const WARM_UP = 30;
const RUNS = 300;
/** A push every so often: the runs they cause are part of what the machine does meanwhile. */
const BETWEEN_MS = 30;
const FILE = 'policy-config.yaml';

export const webhook: Bench = {
  title: 'the webhook answers',
  minutes: 15,
  async measure(folder, undo) {
    const git = startBenchGit(undo);
    const stack = await startBenchStack(join(folder, 'stack'), undo);
    const { url } = await git.create({ name: 'hooked.git' });
    const after = await git.commit({ name: 'hooked.git', files: { [FILE]: policy({ id: 'hooked' }) } });
    const linked = await stack.link(url, FILE);
    await stack.announced('hooked', 1);

    const warm: number[] = [];
    for (let run = 0; run < WARM_UP + RUNS; run++) {
      const { sent, answered } = await stack.push(linked, after);
      if (run >= WARM_UP) warm.push(answered - sent);
      await pause(BETWEEN_MS);
    }
    const sizes = await buildFunctions(join(folder, 'functions'));
    const { webhook: size, ...others } = sizes;
    return [
      atMost('warm, p99', percentile(warm, 0.99), 50, 'ms'),
      plain('warm, p50', median(warm), 'ms'),
      atMost('bundle, webhook', size / 1024, 400, 'KB'),
      ...Object.entries(others).map(([name, bytes]) => plain(`bundle, ${name}`, bytes / 1024, 'KB')),
    ] satisfies Figure[];
  },
};

if (import.meta.main) await runBench(webhook);
