/** Hostile documents, through the real check, in processes of their own: none hangs, none takes more memory, none ends the process. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { seedOf, tally, times } from '../../support/soak.ts';
import { runNode } from './child.ts';

const SEED = seedOf(1_964);
const DOCUMENTS = times(900, 12_000);
/** In one process one after the other, as in a batch of the queue. */
const BATCH = times(450, 1_000);
/** Beside what Node takes by itself; a function that checks documents has several times as much. */
const MEGABYTES = 128;
const BATCH_SECONDS = times(90, 1_800);

/** Longer than the processes are given, or what ended them would not be told. */
const PATIENCE = times(180_000, 3 * 3_600_000);

const CHILD = fileURLToPath(new URL('./check-batch.ts', import.meta.url));

interface Counts {
  readonly checked: number;
  readonly valid: number;
  readonly invalid: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly slowest: {
    readonly ms: number;
    readonly which: number;
    readonly family: string;
    readonly bytes: number;
  };
}

const all: Counts[] = [];
const sum = (of: (counts: Counts) => number) => all.reduce((total, counts) => total + of(counts), 0);
afterAll(() => {
  const codes = new Set(all.flatMap((counts) => Object.keys(counts.codes)));
  const slowest = all.map((counts) => counts.slowest).toSorted((a, b) => b.ms - a.ms)[0];
  tally('hostile documents', {
    ...{ seed: SEED, checked: sum(({ checked }) => checked), valid: sum(({ valid }) => valid) },
    ...{ refused: sum(({ invalid }) => invalid), 'codes seen': codes.size, processes: all.length },
    ...{
      'processes that ended otherwise': failed,
      slowest: `${slowest?.ms} ms (${slowest?.family}, number ${slowest?.which})`,
    },
  });
});
let failed = 0;

async function check(from: number): Promise<void> {
  const to = Math.min(from + BATCH, DOCUMENTS);
  const { status, signal, stdout, stderr } = await runNode([CHILD, ...[SEED, from, to].map(String)], {
    megabytes: MEGABYTES,
    seconds: BATCH_SECONDS,
  });
  const lines = stdout.trimEnd().split('\n');
  if (status !== 0) failed++;
  expect({ status, signal, stderr }, `seed ${SEED}, ended at document ${lines.at(-1)}`).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  });
  const counts = JSON.parse(lines.at(-1) ?? '') as Counts;
  expect(counts.checked).toBe(to - from);
  all.push(counts);
}

describe('generated documents', () => {
  it('each end in a value or in findings with codes, within the memory and the time of a process', {
    timeout: PATIENCE,
  }, async () => {
    const starts = Array.from({ length: Math.ceil(DOCUMENTS / BATCH) }, (_, i) => i * BATCH);
    const worker = async () => {
      for (let from = starts.shift(); from !== undefined; from = starts.shift()) await check(from);
    };
    await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
    expect(sum(({ checked }) => checked)).toBe(DOCUMENTS);
    // Of every kind some, or the generator has lost its point.
    const seen = new Set(all.flatMap((counts) => Object.keys(counts.codes)));
    for (const code of [
      'E010',
      'E011',
      'E012',
      'E013',
      'E014',
      'E015',
      'E016',
      'E017',
      'E018',
      'E019',
      'E020',
      'E021',
      'E022',
      'E023',
      'E044',
    ])
      expect(seen).toContain(code);
    expect(sum(({ valid }) => valid)).toBeGreaterThan(10);
  });
});
