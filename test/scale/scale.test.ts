/** Scale: many links, sources and gateways in one local stack; what is counted does not depend on the machine. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { seedOf, tally, times } from '../support/soak.ts';
import { churning } from './churn.ts';
import {
  changed,
  configurationOf,
  type Installation,
  type InstalledGateway,
  type Item,
  startInstallation,
  together,
} from './installation.ts';

const SIZE = {
  sources: times(12, 500),
  links: times(120, 5000),
  together: times(40, 1000),
  gateways: times(60, 1000),
};
const PUSHES = times(3, 200);
const WARM_UP = 10;
const CHURN = times(20, 1000);
const SEED = seedOf(20261121);
/** What caches of a fixed size may still take, and what a measurement differs by from the next. */
const HEAP_MB = 2;
/** They wait for what a busy machine does in its own time. */
const LONG = { timeout: times(120_000, 3_600_000) };

let here: Installation;
let gateways: readonly InstalledGateway[] = [];

beforeAll(async () => {
  here = await startInstallation(inject('outdir'));
  const start = performance.now();
  gateways = await here.fill(SIZE);
  await here.quiet();
  tally('scale: made by the API', { ...SIZE, seconds: since(start), rows: (await here.rows()).length });
}, 1_800_000);
afterAll(() => here.close());

const since = (start: number) => Number(((performance.now() - start) / 1000).toFixed(1));
const every = (of: readonly number[]) =>
  of.flatMap((links, source) => [...Array(links).keys()].map((index) => [source, index] as const));
const countOf = (rows: readonly Item[], prefix: string) =>
  rows.filter(({ sk }) => String(sk).startsWith(prefix)).length;

/** The row of each configuration by id, and what is still to be announced. */
function configurations(rows: readonly Item[]) {
  const of = rows.filter(({ pk }) => String(pk).startsWith('CONFIG#'));
  return {
    main: new Map(of.filter(({ sk }) => sk === 'MAIN').map((row) => [String(row['id']), row])),
    marks: of.filter(({ sk }) => sk === 'MARK'),
  };
}

interface Course {
  readonly active: { readonly commit: string; readonly number: number };
  readonly announced: { readonly manifest: { readonly commit: string; readonly sequence: number } };
  readonly sequence: number;
}
const courseOf = (row: Item | undefined) => row as unknown as Course;

describe(`${SIZE.links} links over ${SIZE.sources} sources`, () => {
  it('have all been published and announced once, and nothing is left to do', LONG, async () => {
    const rows = await here.rows();
    const { main, marks } = configurations(rows);
    expect(marks).toEqual([]);
    const numbers = every(here.counts).map(
      ([source, index]) => courseOf(main.get(configurationOf(source, index))).active.number,
    );
    expect(numbers).toEqual(Array(SIZE.links).fill(1));
    expect(countOf(rows, 'VERSION#')).toBe(SIZE.links);
    expect(countOf(rows, 'ANNOUNCED#')).toBe(SIZE.links);
  });

  it(
    'cost one git request a source and one due time each in a poll cycle, and nothing else is written',
    LONG,
    async () => {
      // What a host can do is asked anew every quarter of an hour: not in the cycle that is counted.
      await here.pollAll();
      await here.quiet();
      const before = await here.rows();
      await here.git.traffic(null);
      const start = performance.now();
      const asked = await here.pollAll();
      await here.quiet();
      const seconds = since(start);
      const { requests } = await here.git.traffic(null);
      expect(asked).toBe(SIZE.sources);
      expect(requests.length).toBe(SIZE.sources);
      expect(new Set(requests)).toEqual(new Set(['ls-refs']));
      expect(changed(before, await here.rows())).toEqual([]);
      tally('scale: a poll cycle', {
        sources: asked,
        'git requests': requests.length,
        seconds,
      });
    },
  );
});

describe(`one push that changes ${SIZE.together} links of one source`, () => {
  it('publishes and announces one version of each, and touches no other', LONG, async () => {
    const before = configurations(await here.rows()).main;
    const start = performance.now();
    const after = await here.commit(0, [...Array(SIZE.together).keys()]);
    await here.git.traffic(null);
    await here.push(0, after);
    await here.quiet();
    const seconds = since(start);
    const { requests } = await here.git.traffic(null);
    const rows = await here.rows();
    const { main, marks } = configurations(rows);
    expect(marks).toEqual([]);
    for (const [source, index] of every(here.counts)) {
      const id = configurationOf(source, index);
      if (source !== 0) {
        expect(main.get(id)).toEqual(before.get(id));
        continue;
      }
      const { active, announced, sequence } = courseOf(main.get(id));
      expect(active).toMatchObject({ number: 2, commit: after });
      expect(announced.manifest).toMatchObject({ commit: after, sequence });
    }
    expect(countOf(rows, 'VERSION#')).toBe(SIZE.links + SIZE.together);
    tally('scale: one push', { links: SIZE.together, 'git requests': requests.length, seconds });
  });
});

describe(`${SIZE.gateways} gateways of one configuration`, () => {
  it('are each told of a version once', LONG, async () => {
    await together(gateways, async (gateway) => {
      await here.reloads(gateway);
    });
    const start = performance.now();
    const after = await here.commit(1, [0]);
    await here.push(1, after);
    await here.quiet();
    const seconds = since(start);
    const told: (string | null)[][] = [];
    await together(gateways, async (gateway) => {
      told.push((await here.reloads(gateway)).map(({ manifest }) => manifest.commit));
    });
    expect(told).toEqual(Array(SIZE.gateways).fill([after]));
    tally('scale: gateways told', { gateways: SIZE.gateways, seconds });
  });
});

describe('pushes to any of them in any order', () => {
  it(
    'leave every configuration at its last commit, announced, with as many versions as it had documents',
    LONG,
    async () => {
      const before = configurations(await here.rows()).main;
      const last = new Map<string, { commit: string; more: number }>();
      for (let push = 0; push < PUSHES; push++) {
        const source = 1 + ((push * 7919) % (SIZE.sources - 1));
        const index = (push * 31) % (here.counts[source] ?? 1);
        const id = configurationOf(source, index);
        const commit = await here.commit(source, [index]);
        last.set(id, { commit, more: (last.get(id)?.more ?? 0) + 1 });
        await here.push(source, commit);
        // A second push to one file within a run is allowed to be one version: each has its own here.
        await here.quiet();
      }
      const { main, marks } = configurations(await here.rows());
      expect(marks).toEqual([]);
      for (const [id, { commit, more }] of last) {
        const { active, announced } = courseOf(main.get(id));
        expect(active).toMatchObject({ commit, number: courseOf(before.get(id)).active.number + more });
        expect(announced.manifest.commit).toBe(commit);
      }
    },
  );
});

describe('churn', () => {
  it('leaves no more memory taken than before', LONG, async () => {
    const churn = churning(here, gateways, SEED);
    for (let push = 0; push < WARM_UP; push++) await churn.push();
    await churn.fleet();
    await churn.people();
    await here.quiet({ late: false });
    const before = await churn.sample();
    for (let push = 0; push < CHURN; push++) await churn.push();
    await churn.poll();
    await churn.fleet();
    await churn.people();
    await here.quiet({ late: false });
    const after = await churn.sample();
    const grown = after.heap - before.heap;
    expect(grown).toBeLessThan(HEAP_MB);
    tally('scale: churn', {
      seed: SEED,
      pushes: CHURN,
      'heap before, MB': before.heap,
      'heap after, MB': after.heap,
    });
  });
});
