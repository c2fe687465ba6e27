/** Random histories of everything that happens, against a small model of what must come of it. */
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryWorld } from '../support/memory-world.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { startWorld } from '../support/world.ts';
import type { WorldOver } from '../support/world-of.ts';
import {
  type Command,
  git,
  histories,
  machinery,
  operations,
  skewedHistories,
  triggers,
} from './commands.ts';
import { Stage } from './stage.ts';

const counts = { histories: 0, commands: 0, processes: 0, died: 0, slept: 0, moves: 0, versions: 0 };

async function play(commands: Iterable<Command>, here: WorldOver) {
  const stage = new Stage(here);
  await stage.begin();
  await fc.asyncModelRun(() => ({ model: stage.model, real: stage }), commands);
  await stage.quiesce();
  await stage.checkEnd();
  await stage.outlastHolds();
  counts.histories++;
  for (const name of ['commands', 'processes', 'died', 'slept'] as const) counts[name] += stage.counts[name];
  counts.moves += stage.watch.counts.moves;
  counts.versions += stage.watch.counts.versions;
}

const seed = seedOf(20_260_301);

/** Histories that once ended wrong, as they were shrunk. */
const REGRESSIONS: readonly (readonly Command[])[] = [
  // What a renamed file fed stayed behind, and both paths were errors for good.
  [operations.link('team/'), machinery.work(0, null), git.rename('team/beta.yaml', 'team/renamed.yaml')],
  // A 429 that answered the read ahead of the tip was not heard.
  [
    git.push('policy-config.yaml', 1),
    triggers.deliver('tip', 0, 1, false),
    git.trouble('limited', 1, 1),
    git.trouble('limited', 1, 600),
    machinery.wait(1),
  ],
  // A sleeper that had heard the host may act on it: the model had taken that for a source that is never looked at.
  [
    git.trouble('limited', 1, 7200),
    operations.link('team/'),
    machinery.work(0, { kind: 'falls asleep', at: 6, when: 'before' }),
    operations.release(0, null),
  ],
  // What was activated by hand below a directory that went as a whole was never handed back.
  [
    operations.link('team/'),
    machinery.wait(1),
    git.push('team/alpha.yaml', 2),
    triggers.tick(),
    operations.activate(1, [0], 3, null),
    git.remove('team/alpha.yaml'),
    git.remove('team/beta.yaml'),
  ],
  // A link that is looked at once an hour is not looked at before: the model had not waited.
  [
    operations.link('team/'),
    operations.patch('team/', 3600),
    operations.replaceToken('policy-config.yaml', 'secret-1'),
    machinery.wait(1),
    operations.activate(1, [0], null, null),
  ],
  [operations.patch('policy-config.yaml', 3600), machinery.workAll(), git.remove('policy-config.yaml')],
  // A run that died after it published a file and before it ended: nobody knew that git had fed it, when it went.
  [
    operations.link('team/'),
    machinery.work(0, { kind: 'dies', at: 13, when: 'after' }),
    git.remove('team/beta.yaml'),
    operations.activate(0, [0], null, null),
  ],
  // A source that was due in the very moment at which the history ended: the model had taken it for one that was asked.
  [
    operations.replaceToken('policy-config.yaml', 'secret-1'),
    git.trouble('limited', 1, 600),
    machinery.wait(1),
    triggers.deliver('tip', 16, 1, false),
    machinery.work(23, { kind: 'dies', at: 2, when: 'before' }),
  ],
];

/** A machine that does much else besides may need this long. */
const TIMEOUT = times(150_000, 5 * 3_600_000);

describe('any history', () => {
  it.each(REGRESSIONS.map((commands) => [commands.join(' · '), commands] as const))(
    'as %s',
    async (_name, commands) => {
      await play(commands, await memoryWorld());
    },
  );

  it(
    'ends with what git holds in force everywhere, and was never wrong on the way',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (commands) => play(commands, await memoryWorld())),
        { seed, numRuns: times(60, 10_000) },
      );
    },
    TIMEOUT,
  );

  it(
    'does so on machines whose clocks are wrong by up to a day',
    async () => {
      await fc.assert(
        fc.asyncProperty(skewedHistories, async (commands) => play(commands, await memoryWorld())),
        { seed, numRuns: times(30, 2_000) },
      );
    },
    TIMEOUT,
  );
});

describe('a few of them over the emulators', () => {
  it(
    'end as they do in memory',
    async () => {
      const world = await startWorld();
      try {
        await fc.assert(
          fc.asyncProperty(histories, async (commands) => play(commands, await world.fresh())),
          { seed, numRuns: times(2, 50) },
        );
      } finally {
        await world.close();
      }
    },
    TIMEOUT,
  );
});

afterAll(() => {
  expect(counts.histories).toBeGreaterThan(0);
  tally('model histories', { seed, ...counts });
});
