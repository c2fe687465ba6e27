/** All benchmarks, one after another, then one table. `node bench/main.ts` */
import { enforced } from './enforced.ts';
import { fanOut } from './fan-out.ts';
import { git } from './git.ts';
import { ktStart } from './kt-start.ts';
import { loop } from './loop.ts';
import { poll } from './poll.ts';
import { reloads } from './reloads.ts';
import { type Figure, printFigures } from './support/figures.ts';
import { runBench } from './support/run.ts';
import { webhook } from './webhook.ts';

const BENCHES = { loop, enforced, reloads, git, poll, webhook, 'fan-out': fanOut, kt: ktStart };

const figures: Figure[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  for (const figure of await runBench(bench)) {
    if (figure.target !== null) figures.push({ ...figure, what: `${name}: ${figure.what}` });
  }
}
printFigures('target and measured', figures);
