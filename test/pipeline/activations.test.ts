/** Who put a version in force, and when each step was done: kept with what was announced, at no cost of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activate } from '../../lib/pipeline/activate.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const FILE = 'policy-config.yaml';
const START = Date.parse('2026-03-01T12:00:00.000Z');

/** A configuration that git feeds, version 1 announced; what each read of git takes is up to the test. */
async function fed() {
  const here = await world.fresh();
  const git = memoryGit();
  let readTakes = 0;
  const read: typeof git.read = async (request) => {
    here.time.at += readTakes;
    return git.read(request);
  };
  Object.assign(here.ports, { git: { ...git, read } });
  git.commit({ [FILE]: policy({ limit: 1 }) });
  const { link } = await here.link('http://git.example/fleet.git');
  await here.tick();
  return {
    here,
    async push(limit: number, takes: number) {
      git.commit({ [FILE]: policy({ limit }) });
      readTakes = takes;
      const { wanted } = (await here.ports.sources.hint(link.sourceId, here.ports.clock.now())) ?? {};
      here.time.at += 20;
      const message = { source: link.sourceId, why: 'hint' as const, commit: null, attempt: 0, wanted };
      await here.ports.syncQueue.send([{ message, delaySeconds: 0 }]);
      await here.deliver();
      readTakes = 0;
    },
    async announced() {
      const { announced } = await here.configuration('payments');
      const sequence = announced?.manifest.sequence ?? 0;
      return { announced, activation: (await here.ports.announcements.at('payments', sequence))?.activation };
    },
  };
}

describe('what led to an announcement', () => {
  it('is, for a push, when it was received, read and published, and that git did it', async () => {
    const { here, push, announced } = await fed();
    const received = here.time.at;
    await push(2, 30);
    const { activation } = await announced();
    expect(activation).toEqual({
      actor: 'sync',
      requestId: null,
      reason: null,
      heldUntil: null,
      receivedAt: new Date(received).toISOString(),
      fetchedAt: new Date(received + 50).toISOString(),
      publishedAt: new Date(received + 50).toISOString(),
      at: new Date(received + 50).toISOString(),
    });
  });

  it('is, for a person, who and why, until when it is held, and nothing that was not done', async () => {
    const { here, push, announced } = await fed();
    await push(2, 0);
    const hold = { until: new Date(START + 86_400_000) };
    await activate('payments', '1', { reason: 'incident 42', hold }, CALLER, here.ports);
    await here.deliver();
    const { activation, announced: last } = await announced();
    expect(last?.manifest.number).toBe(1);
    expect(activation).toMatchObject({
      actor: CALLER.actor,
      requestId: CALLER.requestId,
      reason: 'incident 42',
      heldUntil: hold.until.toISOString(),
      fetchedAt: null,
      publishedAt: null,
    });
  });

  it('is, when git takes over again, that git did it, and that nothing was received for it', async () => {
    const { here, push, announced } = await fed();
    await push(2, 0);
    await activate('payments', '1', { reason: 'for a moment', hold: null }, CALLER, here.ports);
    await here.deliver();
    await here.tick();
    await here.tick();
    const { activation, announced: last } = await announced();
    expect(last?.manifest.number).toBe(2);
    expect(activation).toMatchObject({ actor: 'sync', reason: null, publishedAt: null });
  });
});
