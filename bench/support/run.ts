/** Run: one benchmark from start to end, in a folder of its own, within a time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, printFigures } from './figures.ts';
import { loadNow } from './machine.ts';

export interface Bench {
  readonly title: string;
  /** Minutes after which the benchmark is ended as hung. */
  readonly minutes: number;
  /** `undo` runs at the end, the latest first, whatever happened. */
  measure(folder: string, undo: Undo): Promise<readonly Figure[]>;
}

export type Undo = (step: () => Promise<unknown> | unknown) => void;

export async function runBench(bench: Bench): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kt-bench-'));
  const steps: (() => Promise<unknown> | unknown)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  ];
  const hung = setTimeout(() => {
    console.error(`${bench.title}: not done after ${bench.minutes} minutes`);
    process.exit(2); // the children end with us
  }, bench.minutes * 60_000);
  try {
    const figures = await bench.measure(folder, (step) => steps.push(step));
    // Milliseconds mean little on a machine that is busy with something else.
    printFigures(`${bench.title} (${loadNow()})`, figures);
    return figures;
  } finally {
    for (let step = steps.pop(); step; step = steps.pop()) await step();
    clearTimeout(hung);
  }
}

/** Milliseconds since the epoch with the precision of a monotonic clock: comparable between processes. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
