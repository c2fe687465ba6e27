/** Random histories of pushes, lost and repeated hints, hand-made activations and holds, in any order. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../lib/domain/ids.ts';
import { activate, releaseHold } from '../../lib/pipeline/activate.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const FILE = 'policy-config.yaml';
const INVALID = 'pack: {name: broken}';

const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('push' as const), limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'push invalid' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'delete the file' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'delete the branch' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('force back' as const), to: fc.nat() }) },
  { weight: 4, arbitrary: fc.constant({ do: 'hint' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'hint, message lost' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'deliver' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'lose announcements' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'tick' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('activate' as const), version: fc.nat(), hold: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'lift the hold' as const }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

async function play(history: readonly Operation[]) {
  const here = await world.fresh();
  const git = memoryGit();
  Object.assign(here.ports, { git });
  const commits = [git.commit({ [FILE]: policy({ limit: 1 }) })];
  const { link } = await here.link('http://git.example/history.git');
  const gateway = await here.gateway('payments');
  const hintMessage = { source: link.sourceId, why: 'hint' as const, commit: null, attempt: 0 };
  const act: {
    readonly [K in Operation['do']]: (operation: Extract<Operation, { do: K }>) => Promise<unknown> | unknown;
  } = {
    push: ({ limit }) => commits.push(git.commit({ [FILE]: policy({ limit }) })),
    'push invalid': () => commits.push(git.commit({ [FILE]: INVALID })),
    'delete the file': () => commits.push(git.commit({ other: 'x' })),
    'delete the branch': () => git.setTip(null),
    'force back': ({ to }) => git.setTip(commits[to % commits.length] ?? null),
    hint: async () => {
      await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
      const message = { ...hintMessage, commit: git.tip() };
      await here.ports.syncQueue.send([{ message, delaySeconds: 0 }]);
    },
    'hint, message lost': () => here.ports.sources.hint(link.sourceId, here.ports.clock.now()),
    deliver: () => here.deliver(),
    'lose announcements': () => here.announcements.splice(0),
    tick: () => here.tick(),
    activate: async ({ version, hold }) => {
      const { versions } = await here.configuration('payments');
      const until = new Date(here.time.at + 150_000);
      const wish = { reason: 'test', hold: hold ? { until } : null };
      await activate('payments', String((version % versions) + 1), wish, CALLER, here.ports);
    },
    'lift the hold': () => releaseHold('payments', CALLER, here.ports),
  };
  for (const step of history) await act[step.do](step as never);
  return { here, git, link, gateway };
}

describe('any history', () => {
  it('ends with every gateway told to run what the branch holds, and one version per content and commit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 20 }), async (history) => {
        const { here, git, link, gateway } = await play(history);
        if (git.tip() === null) git.commit({ [FILE]: policy({ limit: 9 }) });
        // Holds end, back-off runs out, and each source gets its look.
        for (let minute = 0; minute < 12; minute++) await here.tick();

        const configuration = await here.configuration('payments');
        const content = git.filesAt(git.tip() ?? '')[FILE];
        const now = await here.linkNow(link.id);
        if (content !== undefined && content !== INVALID) {
          expect(configuration.active?.contentHash).toBe(sha256Hex(content));
          expect(now).toMatchObject({ status: 'synced', error: null, currentVersion: sha256Hex(content) });
        } else {
          expect(now.status).toBe('error');
        }
        expect(configuration.hold).toBeNull();
        expect(configuration.active).toEqual(configuration.head);

        const { items: versions } = await here.ports.versions.list('payments', 200, null);
        expect(versions.map(({ number }) => number)).toEqual(versions.map((_, i) => versions.length - i));
        const identities = versions.map(({ contentHash, commit }) => `${contentHash} ${commit}`);
        expect(new Set(identities).size).toBe(versions.length);
        for (const { contentHash, commit } of versions) {
          expect(sha256Hex(git.filesAt(commit ?? '')[FILE] ?? '')).toBe(contentHash);
        }

        expect(configuration.announced?.manifest).toMatchObject({
          sequence: configuration.sequence,
          version_id: configuration.active?.id,
        });
        const told = here.reloadsOf(gateway);
        const runs = told.reduce<(typeof told)[number] | null>(
          (last, next) => (last && last.manifest.sequence >= next.manifest.sequence ? last : next),
          null,
        );
        // A gateway that was told nothing runs what it read when it registered.
        if (runs) expect(runs.manifest.content_hash).toBe(configuration.active?.contentHash);
        expect(await here.ports.announcements.find('payments')).toBeNull();
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
