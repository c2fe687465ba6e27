/** What a delivery names saves time and decides nothing: only what the branch holds is published. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy, startWorld, type World } from '../support/world.ts';

const FILE = 'policy-config.yaml';
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

async function linked() {
  const repository = await world.git.createRepository({ files: { [FILE]: policy({ limit: 1 }) } });
  const here = await world.fresh();
  const { link } = await here.link(repository.url);
  const deliver = async (commit: string) => {
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    const message = { source: link.sourceId, why: 'hint' as const, commit, attempt: 0 };
    await here.ports.syncQueue.send([{ message, delaySeconds: 0 }]);
    await here.advance(60);
  };
  const head = async () => (await here.configuration('payments')).head?.commit;
  return { repository, here, deliver, head };
}

describe('a delivery that names', () => {
  it('a commit of another branch publishes nothing of it', async () => {
    const { repository, here, deliver, head } = await linked();
    const tip = await repository.tip();
    const other = await repository.commit({ [FILE]: policy({ limit: 666 }) }, { branch: 'unreviewed' });
    await deliver(other);
    expect(await head()).toBe(tip);
    expect((await here.configuration('payments')).versions).toBe(1);
  });

  it('a commit that is on no branch, or nowhere, publishes nothing of it', async () => {
    const { repository, here, deliver, head } = await linked();
    const dangling = await repository.commit({ [FILE]: policy({ limit: 666 }) });
    const tip = await repository.tip('main~1');
    await repository.setBranch('main', tip);
    await deliver(dangling);
    await deliver('0123456789abcdef0123456789abcdef01234567');
    await deliver('not a commit');
    expect(await head()).toBe(tip);
    expect((await here.configuration('payments')).versions).toBe(1);
  });

  it('an older commit while the tip moved on publishes the tip', async () => {
    const { repository, here, deliver, head } = await linked();
    const older = await repository.commit({ [FILE]: policy({ limit: 2 }) });
    const tip = await repository.commit({ [FILE]: policy({ limit: 3 }) });
    await deliver(older);
    expect(await head()).toBe(tip);
    expect((await here.configuration('payments')).versions).toBe(2);
  });

  it('the tip itself is read in the same round trip', async () => {
    const { repository, deliver, head } = await linked();
    const tip = await repository.commit({ [FILE]: policy({ limit: 2 }) });
    world.git.calm();
    await deliver(tip);
    expect(await head()).toBe(tip);
    const commands = world.git.requests.flatMap(({ command }) => command ?? []);
    expect(commands.sort()).toEqual(['fetch', 'ls-refs']);
  });
});
