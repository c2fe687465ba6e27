/**
 * All benchmarks, one after another, then one table. `npm run bench`, or those named: `npm run bench git poll`. What was
 * measured is also written to `bench/results/latest.json`, or where `--json <file>` says.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { coldStarts } from './cold-starts.ts';
import { enforced } from './enforced.ts';
import { fanOut } from './fan-out.ts';
import { git } from './git.ts';
import { ktStart } from './kt-start.ts';
import { loop } from './loop.ts';
import { poll } from './poll.ts';
import { reloads } from './reloads.ts';
import { type Figure, printFigures } from './support/figures.ts';
import { describeMachine, loadNow } from './support/machine.ts';
import { type Bench, runBench } from './support/run.ts';
import { webhook } from './webhook.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  loop,
  enforced,
  reloads,
  git,
  poll,
  webhook,
  cold: coldStarts,
  'fan-out': fanOut,
  kt: ktStart,
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const unknown = positionals.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}: there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const file = values.json ?? fileURLToPath(new URL('./results/latest.json', import.meta.url));

const machine = await describeMachine();
for (const [what, value] of Object.entries(machine)) console.log(`${what.padEnd(14)} ${value}`);

const results: Record<string, object> = {};
const aimed: Figure[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const start = performance.now();
  const figures = await measured(name, bench);
  const seconds = Math.round((performance.now() - start) / 1000);
  results[name] = { title: bench.title, load: loadNow(), seconds, figures };
  for (const figure of figures) {
    if (figure.target !== null || figure.value === null)
      aimed.push({ ...figure, what: `${name}: ${figure.what}` });
  }
}
// Ratios first: they carry over to other machines.
printFigures('target and measured', [
  ...aimed.filter(isRatio),
  ...aimed.filter((figure) => !isRatio(figure)),
]);
await mkdir(dirname(file), { recursive: true });
await writeFile(
  file,
  `${JSON.stringify({ machine: { ...machine, 'load at the end': loadNow() }, results }, null, 2)}\n`,
);
console.log(`\nwritten to ${file}`);

/** One benchmark that fails does not take the others with it. */
async function measured(name: string, bench: Bench): Promise<readonly Figure[]> {
  try {
    return await runBench(bench);
  } catch (error) {
    process.exitCode = 1;
    console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return [{ what: 'failed', value: null, unit: '', measured: String(error), target: null, ok: null }];
  }
}

function isRatio({ unit }: Figure): boolean {
  return unit === '×';
}
