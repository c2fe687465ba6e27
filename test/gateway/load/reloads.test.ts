/** Reloads under load, as `npm run bench:reloads` measures them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reloadUnderLoad, type Trial } from '../../../bench/reloads.ts';

const RELOADS = 1000;

const undo: (() => Promise<unknown> | unknown)[] = [];
let trial: Trial;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-reloads-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  trial = await reloadUnderLoad(folder, { reloads: RELOADS, perSecond: 220 }, (step) => undo.push(step));
}, 180_000);
afterAll(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
});

describe(`${RELOADS} reloads under load`, () => {
  it('fail no request, streamed or not', () => {
    expect(trial.failed).toEqual([]);
    const streamed = trial.answers.filter((answer) => answer.streamed).length;
    expect(streamed / trial.answers.length).toBeCloseTo(0.5, 1);
  });

  it('judge no request by two versions, and say with every answer which one it was', () => {
    expect(trial.mixed).toEqual([]);
    expect(trial.misrecorded).toEqual([]);
    expect([...trial.served.values()].reduce((sum, count) => sum + count)).toBe(trial.answers.length);
    // So many versions were in force while requests came that this means something.
    expect(trial.served.size).toBeGreaterThan(RELOADS / 4);
  });
});
