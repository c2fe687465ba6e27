/** Long runs: more files than one run has time for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadRequest } from '../../lib/domain/git.ts';
import type { Step } from '../../lib/ports.ts';
import { policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const FILES = 12;
const NAMES = Array.from({ length: FILES }, (_, i) => `p/${i}.yaml`);
const files = (limit: number, names = NAMES) =>
  Object.fromEntries(names.map((path) => [path, policy({ id: `at-${path.slice(2, -5)}`, limit })]));

/** A directory that is linked, on a store on which every publish takes `seconds`, and a host that takes `gitSeconds`. */
async function slowly(seconds: number, gitSeconds = 0) {
  const here = await world.fresh();
  const repository = await world.git.createRepository({ files: files(1, ['p/0.yaml']) });
  const { link } = await here.link(repository.url, { path: 'p/' });
  const { configurations, git } = here.ports;
  const pass = (count: number) => {
    here.time.at += count * 1000;
  };
  const reads: string[] = [];
  Object.assign(here.ports, {
    configurations: {
      ...configurations,
      move: (step: Step) => {
        pass(seconds);
        return configurations.move(step);
      },
    },
    git: {
      ...git,
      resolve: git.resolve,
      read: async (request: ReadRequest) => {
        pass(gitSeconds);
        const result = await git.read(request);
        reads.push(result.how);
        return result;
      },
    },
  });
  return {
    here,
    repository,
    link,
    reads,
    /** A hint, and every run that follows from it. */
    async runs() {
      const hinted = await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
      const message = { source: link.sourceId, why: 'hint', commit: null, attempt: 0 } as const;
      await here.ports.syncQueue.send([{ message: { ...message, wanted: hinted?.wanted }, delaySeconds: 0 }]);
      const outcomes = await here.deliver();
      return outcomes.flatMap((outcome) => (outcome.kind === 'synced' ? [outcome] : []));
    },
    async limits() {
      const found = await Promise.all(
        NAMES.map((path) => here.ports.configurations.find(`at-${path.slice(2, -5)}`)),
      );
      return found.map((one) => one?.versions ?? 0);
    },
  };
}

describe('a run that has more to publish than time', () => {
  it('ends in time, and the next goes on until all is published', async () => {
    const { here, repository, link, runs, limits } = await slowly(10);
    await repository.commit(files(2));
    const outcomes = await runs();
    // 10, 20, 30, 40 seconds: the fourth is the last that begins within 35.
    expect(outcomes.map(({ published, putOff }) => [published, putOff])).toEqual([
      [4, 8],
      [4, 4],
      [4, undefined],
    ]);
    expect(await limits()).toEqual([2, ...Array(FILES - 1).fill(1)]);
    const now = await here.linkNow(link.id);
    expect(now).toMatchObject({ status: 'synced', error: null });
    expect(now.configurationIds).toHaveLength(FILES);
    expect(here.announcements).toEqual([]);
  });

  it('publishes each file once, and writes nothing when it is asked again', async () => {
    const { repository, runs, limits } = await slowly(10);
    await repository.commit(files(2));
    await runs();
    await repository.commit(files(3));
    expect((await runs()).map(({ published }) => published)).toEqual([4, 4, 4]);
    expect(await limits()).toEqual([3, ...Array(FILES - 1).fill(2)]);
    expect((await runs()).map(({ published }) => published)).toEqual([0]);
  });

  it('gets on by one file at least, however slow the host was', async () => {
    const { repository, runs } = await slowly(1, 36);
    await repository.commit(files(2));
    expect((await runs()).map(({ published }) => published)).toEqual(Array(FILES).fill(1));
  });

  it('is pending until the last file, and keeps the time of the push', async () => {
    const { here, repository, link, runs } = await slowly(10);
    await repository.commit(files(2));
    const pushed = here.time.at;
    const seen: string[] = [];
    const { finish } = here.ports.sources;
    here.ports.sources.finish = async (lease, result) => {
      const ended = await finish(lease, result);
      const { status, source } = await here.linkNow(link.id);
      seen.push(status);
      if (status === 'pending') expect(Date.parse(source?.hintedAt ?? '')).toBe(pushed);
      return ended;
    };
    await runs();
    expect(seen).toEqual(['pending', 'pending', 'synced']);
  });

  it('is gone on with by the poller when the message to go on is lost', async () => {
    const { here, repository, link, runs, limits } = await slowly(10);
    await repository.commit(files(2));
    const { send } = here.ports.syncQueue;
    let sent = 0;
    here.ports.syncQueue.send = async (messages) => {
      if (++sent !== 2) await send(messages);
    };
    expect((await runs()).map(({ putOff }) => putOff)).toEqual([8]);
    await here.tick();
    await here.tick();
    expect(await limits()).toEqual([2, ...Array(FILES - 1).fill(1)]);
    expect((await here.linkNow(link.id)).status).toBe('synced');
  });

  it('follows the branch when it moves between two runs', async () => {
    const { here, repository, link, runs, limits } = await slowly(10);
    await repository.commit(files(2));
    const { finish } = here.ports.sources;
    let ends = 0;
    here.ports.sources.finish = async (lease, result) => {
      const ended = await finish(lease, result);
      if (++ends === 1) await repository.commit(files(3, ['p/0.yaml', 'p/11.yaml']));
      return ended;
    };
    await runs();
    const now = await Promise.all(['at-0', 'at-5', 'at-11'].map((id) => here.configuration(id)));
    const contents = await Promise.all(
      now.map(async ({ active }) =>
        Buffer.from((await here.ports.versions.content(active?.contentHash ?? '')) ?? []).toString(),
      ),
    );
    expect(contents.map((text) => /max_daily_usd: (\d)/.exec(text)?.[1])).toEqual(['3', '2', '3']);
    expect((await limits()).every((versions) => versions > 0)).toBe(true);
    expect((await here.linkNow(link.id)).status).toBe('synced');
  });

  it('takes nothing it published of the push for what the branch holds when that goes back between two runs', async () => {
    const { here, repository, runs } = await slowly(10);
    const singles = NAMES.map((path) => path.replace('p/', 'single/'));
    const of = (limit: number) => ({
      ...files(1, ['p/0.yaml']),
      ...Object.fromEntries(singles.map((path, i) => [path, policy({ id: `single-${i}`, limit })])),
    });
    const before = await repository.commit(of(2));
    for (const path of singles) await here.link(repository.url, { path });
    await here.advance(120);
    await repository.commit(of(3));
    const { finish } = here.ports.sources;
    let ends = 0;
    here.ports.sources.finish = async (lease, result) => {
      const ended = await finish(lease, result);
      if (++ends === 1) await repository.setBranch('main', before);
      return ended;
    };
    expect((await runs())[0]?.putOff).toBe(FILES - 4);
    await here.advance(120);
    for (const i of singles.keys()) {
      const { active } = await here.configuration(`single-${i}`);
      const content = await here.ports.versions.content(active?.contentHash ?? '');
      expect(Buffer.from(content ?? []).toString()).toContain('max_daily_usd: 2');
    }
  });

  it('keeps what is wrong with a file while the file waits for its turn', async () => {
    const { here, repository, link, runs } = await slowly(10);
    await repository.commit({ ...files(2), 'p/9.yaml': 'pack: nothing' });
    await runs();
    const before = await here.linkNow(link.id);
    expect(before).toMatchObject({ status: 'error', error: { class: 'validation' } });
    await repository.commit({ ...files(3), 'p/9.yaml': 'pack: still nothing' });
    await runs();
    const said = async (type: string) => (await here.eventTypes()).filter((one) => one === type).length;
    expect([await said('link.failed'), await said('link.recovered')]).toEqual([1, 0]);
    await repository.commit(files(4));
    await runs();
    expect([await said('link.failed'), await said('link.recovered')]).toEqual([1, 1]);
    expect((await here.linkNow(link.id)).error).toBeNull();
  });
});
