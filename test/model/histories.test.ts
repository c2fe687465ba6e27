/** Random histories of everything that happens, against a small model of what must come of it. */
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryWorld } from '../support/memory-world.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import type { WorldOver } from '../support/world-of.ts';
import { type Command, histories, skewedHistories } from './commands.ts';
import { Stage } from './stage.ts';

const counts = { histories: 0, commands: 0, processes: 0, died: 0, slept: 0, moves: 0, versions: 0 };

async function play(commands: AsyncIterable<Command> | Iterable<Command>, here: WorldOver) {
  const stage = new Stage(here);
  await stage.begin();
  await fc.asyncModelRun(() => ({ model: stage.model, real: stage }), commands as Iterable<Command>);
  await stage.quiesce();
  await stage.checkEnd();
  counts.histories++;
  for (const name of ['commands', 'processes', 'died', 'slept'] as const) counts[name] += stage.counts[name];
  counts.moves += stage.watch.counts.moves;
  counts.versions += stage.watch.counts.versions;
}

const seed = seedOf(20_260_301);

describe('any history', () => {
  it('ends with what git holds in force everywhere, and was never wrong on the way', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (commands) => play(commands, await memoryWorld())),
      { seed, numRuns: times(100, 10_000) },
    );
  });

  it('does so on machines whose clocks are wrong by up to a day', async () => {
    await fc.assert(
      fc.asyncProperty(skewedHistories, async (commands) => play(commands, await memoryWorld())),
      { seed, numRuns: times(50, 2_000) },
    );
  });
});

afterAll(() => {
  expect(counts.histories).toBeGreaterThan(0);
  tally('model histories', { seed, ...counts });
});
