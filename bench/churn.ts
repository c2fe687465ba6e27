/**
 * Churn: whether the memory of a busy stack stays flat. `npm run churn -- --minutes 60`, and if wanted `--links`,
 * `--sources`, `--gateways`, `--seed`. Ends with 1 when it does not.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from '../local/start.ts';
import { churning, type Sample, slopeOf } from '../test/scale/churn.ts';
import { startInstallation } from '../test/scale/installation.ts';
import { atMost, plain, printFigures } from './support/figures.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    links: { type: 'string', default: '5000' },
    sources: { type: 'string', default: '500' },
    gateways: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    every: { type: 'string', default: '300' },
  },
});
const minutes = Number(values.minutes);
const links = Number(values.links);
const size = {
  links,
  sources: Number(values.sources),
  gateways: Number(values.gateways),
  together: Math.min(100, Math.floor(links / 2)),
};

const folder = await mkdtemp(join(tmpdir(), 'kt-churn-'));
const here = await startInstallation(await prepare(folder));
try {
  const gateways = await here.fill(size);
  await here.quiet();
  const rowsBefore = (await here.rows()).length;
  console.log(`filled: ${JSON.stringify(size)}, ${rowsBefore} rows`);
  const churn = churning(here, gateways, Number(values.seed));
  const samples: Sample[] = [];
  await churn.run(minutes, Number(values.every), (sample) => {
    samples.push(sample);
    console.log(
      JSON.stringify(sample, (_, value) => (typeof value === 'number' ? Number(value.toFixed(1)) : value)),
    );
  });
  const rows = (await here.rows()).length - rowsBefore;
  const { pushes, lost, broken, polls, heartbeats, reloads } = churn.done;
  // The first third fills caches and settles heaps.
  const late = samples.slice(Math.floor(samples.length / 3));
  const first = late[0] ?? samples[0];
  const last = late.at(-1);
  const disk = (last?.disk ?? 0) - (samples[0]?.disk ?? 0);
  const figures = [
    atMost(
      'heap of the stack, growth an hour',
      slopeOf(late, ({ heap }) => heap),
      16,
      'MB',
    ),
    atMost(
      'heaps of the functions, growth an hour',
      slopeOf(late, ({ functions }) => functions),
      32,
      'MB',
    ),
    // With the functions' threads in it, whose garbage V8 collects when it sees fit: it goes up and down by hundreds of MB.
    plain('resident set of the stack, at least', Math.min(...late.map(({ rss }) => rss)), 'MB'),
    plain('… at most', Math.max(...late.map(({ rss }) => rss)), 'MB'),
    plain(
      'resident set of the database, growth an hour',
      slopeOf(late, ({ database }) => database),
      'MB',
    ),
    plain('heap of the stack, then and at the end', first?.heap ?? 0, 'MB'),
    plain('…', last?.heap ?? 0, 'MB'),
    plain('rows, more by', rows, ''),
    plain('… a push', rows / pushes, ''),
    plain('disk, more by', disk, 'MB'),
    plain('… a push', (disk * 1024) / pushes, 'KB'),
    plain('pushes', pushes, ''),
    plain('… not answered in time', lost, ''),
    plain('… of broken documents', broken, ''),
    plain('polls', polls, ''),
    plain('reloads taken', reloads, ''),
    plain('heartbeats', heartbeats, ''),
  ];
  printFigures(`churn for ${minutes} minutes, seed ${values.seed}`, figures);
  process.exitCode = figures.every(({ ok }) => ok !== false) ? 0 : 1;
} finally {
  await here.close();
  await rm(folder, { recursive: true, force: true });
}
