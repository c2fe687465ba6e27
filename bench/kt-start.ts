/** How long `kt` takes to start, as a package. `node bench/kt-start.ts` */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildKt } from '../scripts/build-kt.ts';
import { policy } from '../test/support/world.ts';
import { atMost, type Figure, median, plain } from './support/figures.ts';
import { type Bench, runBench, timed } from './support/run.ts';

const WARM_UP = 3;
const RUNS = 25;

export const ktStart: Bench = {
  title: 'kt starts',
  minutes: 15,
  async measure(folder) {
    const outdir = join(folder, 'kt');
    await buildKt(outdir);
    const file = join(folder, 'policy-config.yaml');
    await writeFile(file, policy({ id: 'small' }));
    const kt = join(outdir, 'kt.mjs');
    const times = { empty: [] as number[], version: [] as number[], lint: [] as number[] };
    // In turns: what else the machine does then falls on all of them.
    for (let run = 0; run < WARM_UP + RUNS; run++) {
      const empty = await timed(() => ends(['-e', '0']));
      const version = await timed(() => ends([kt, '--version']));
      const lint = await timed(() => ends([kt, 'policy', 'lint', file]));
      if (run < WARM_UP) continue;
      times.empty.push(empty);
      times.version.push(version);
      times.lint.push(lint);
    }
    const empty = median(times.empty);
    return [
      atMost('kt --version', median(times.version), 150, 'ms'),
      plain('… times an empty Node', median(times.version) / empty, ''),
      atMost('kt policy lint, one small file', median(times.lint), 150, 'ms'),
      plain('… times an empty Node', median(times.lint) / empty, ''),
      plain('an empty Node (node -e 0)', empty, 'ms'),
    ] satisfies Figure[];
  },
};

async function ends(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
}

if (import.meta.main) await runBench(ktStart);
