/** Sync, end to end but for the network of AWS: what a branch holds becomes what gateways must run. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activate, releaseHold } from '../../lib/pipeline/activate.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

const FILE = 'policy-config.yaml';
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

async function linked(content = policy()) {
  const repository = await world.git.createRepository({ files: { [FILE]: content } });
  const here = await world.fresh();
  const { link } = await here.link(repository.url);
  return { repository, here, link, sourceId: link.sourceId };
}

type Here = Awaited<ReturnType<World['fresh']>>;

async function hint(here: Here, source: string, commit: string | null = null) {
  await here.ports.sources.hint(source, here.ports.clock.now());
  await here.ports.syncQueue.send([
    { message: { source, why: 'hint', commit, attempt: 0 }, delaySeconds: 0 },
  ]);
}

describe('sync', () => {
  it('publishes version 1 of a link seen for the first time, with the exact bytes, commit, author and message', async () => {
    const repository = await world.git.createRepository();
    const content = `# exact bytes \u00e9\r\n${policy()}`;
    const commit = await repository.commit(
      { [FILE]: content },
      { message: 'Limit spending', author: { name: 'Ada', email: 'ada@example.org' } },
    );
    const here = await world.fresh();
    const { link } = await here.link(repository.url);
    const configuration = await here.configuration('payments');
    const version = await here.ports.versions.find('payments', '1');
    expect(version).toMatchObject({
      number: 1,
      commit,
      author: 'Ada <ada@example.org>',
      source: 'git',
      contentHash: createHash('sha256').update(content).digest('hex'),
    });
    expect(version?.message?.trim()).toBe('Limit spending');
    expect(
      Buffer.from((await here.ports.versions.content(version?.contentHash ?? '')) ?? []).toString(),
    ).toBe(content);
    expect(configuration).toMatchObject({ active: { number: 1 }, head: { number: 1 }, sequence: 1 });
    expect(await here.linkNow(link.id)).toMatchObject({
      status: 'synced',
      currentVersion: version?.contentHash,
      configurationIds: ['payments'],
    });
  });

  it('is idempotent: the same hint again publishes nothing', async () => {
    const { here, sourceId } = await linked();
    await hint(here, sourceId);
    await hint(here, sourceId);
    await here.deliver();
    expect(await here.configuration('payments')).toMatchObject({ versions: 1, sequence: 1 });
  });

  it('publishes what a push changed, in one request for the objects', async () => {
    const { repository, here, sourceId } = await linked();
    await repository.commit({ [FILE]: policy({ limit: 200 }) });
    world.git.calm();
    await hint(here, sourceId);
    const outcomes = await here.deliver();
    expect(outcomes).toContainEqual(expect.objectContaining({ kind: 'synced', how: 'delta', published: 1 }));
    expect(
      world.git.requests.filter(({ command }) => command !== null).map(({ command }) => command),
    ).toEqual(['ls-refs', 'fetch']);
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 2 }, sequence: 2 });
  });

  it('makes no version of a push that left the tracked file as it was', async () => {
    const { repository, here, sourceId } = await linked();
    const commit = await repository.commit({ 'README.md': 'other' });
    await hint(here, sourceId, commit);
    await here.deliver();
    expect(await here.configuration('payments')).toMatchObject({ versions: 1, sequence: 1 });
    expect((await here.ports.sources.find(sourceId))?.tip).toBe(commit);
  });

  it('keeps the last good version when the new file is invalid, and says where it is wrong', async () => {
    const { repository, here, link, sourceId } = await linked();
    await repository.commit({ [FILE]: policy().replace('chain: [spend-limit]', 'chain: [spend-limt]') });
    await hint(here, sourceId);
    await here.deliver();
    const now = await here.linkNow(link.id);
    expect(now).toMatchObject({ status: 'error', error: { class: 'validation' } });
    expect(now.error?.findings[0]).toMatchObject({ code: 'E001', line: 6, path: 'policies.chain[0]' });
    expect(now.error?.message).toContain(`${FILE}:6:`);
    expect(await here.configuration('payments')).toMatchObject({ versions: 1, active: { number: 1 } });
    await repository.commit({ [FILE]: policy({ limit: 300 }) });
    await hint(here, sourceId);
    await here.deliver();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced', error: null });
    expect(await here.eventTypes()).toEqual(expect.arrayContaining(['link.failed', 'link.recovered']));
  });

  it('keeps the last good version when the file is deleted, and recovers when it comes back', async () => {
    const { repository, here, link, sourceId } = await linked();
    await repository.commit({ other: 'x' }, { delete: [FILE] });
    await hint(here, sourceId);
    await here.deliver();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'error', error: { class: 'not_found' } });
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 1 } });
    await repository.commit({ [FILE]: policy() });
    await hint(here, sourceId);
    await here.deliver();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced' });
    expect(await here.configuration('payments')).toMatchObject({ versions: 1 });
  });

  it('goes back to the old version, not to a new one, when a force-push takes the commit away', async () => {
    const { repository, here, sourceId } = await linked();
    const first = await repository.tip('main');
    await repository.commit({ [FILE]: policy({ limit: 200 }) });
    await hint(here, sourceId);
    await here.deliver();
    await repository.setBranch('main', first);
    await hint(here, sourceId, first);
    await here.deliver();
    expect(await here.configuration('payments')).toMatchObject({
      versions: 2,
      active: { number: 1 },
      sequence: 3,
    });
  });

  it('makes a new version of a revert, whose content is an earlier one', async () => {
    const { repository, here, sourceId } = await linked();
    await repository.commit({ [FILE]: policy({ limit: 200 }) });
    await hint(here, sourceId);
    await here.deliver();
    await repository.commit({ [FILE]: policy() }, { message: 'Revert' });
    await hint(here, sourceId);
    await here.deliver();
    const { active } = await here.configuration('payments');
    expect(active?.number).toBe(3);
    expect(active?.contentHash).toBe((await here.ports.versions.find('payments', '1'))?.contentHash);
  });

  it('takes a burst of two pushes as the later one', async () => {
    const { repository, here, sourceId } = await linked();
    const one = await repository.commit({ [FILE]: policy({ limit: 200 }) });
    const two = await repository.commit({ [FILE]: policy({ limit: 300 }) });
    await hint(here, sourceId, two);
    await hint(here, sourceId, one);
    await here.deliver();
    expect(await here.configuration('payments')).toMatchObject({ versions: 2, head: { commit: two } });
    await here.advance(60);
    expect(await here.configuration('payments')).toMatchObject({ versions: 2, head: { commit: two } });
    expect(
      await here.linkNow((await here.ports.links.list(null, null)).items[0]?.link.id ?? ''),
    ).toMatchObject({
      status: 'synced',
    });
  });

  it('looks again when a delivery came before the host shows the push, and stays pending until then', async () => {
    const { repository, here, link, sourceId } = await linked();
    await repository.freeze();
    const commit = await repository.commit({ [FILE]: policy({ limit: 200 }) });
    await hint(here, sourceId, commit);
    await here.deliver();
    expect((await here.linkNow(link.id)).status).toBe('pending');
    repository.thaw();
    await here.advance(1);
    expect(await here.configuration('payments')).toMatchObject({ head: { commit } });
    expect((await here.linkNow(link.id)).status).toBe('synced');
  });

  it('stops looking for a commit that never shows, and is synced again', async () => {
    const { here, link, sourceId } = await linked();
    await hint(here, sourceId, 'f'.repeat(40));
    await here.deliver();
    await here.advance(60);
    expect(here.hints).toEqual([]);
    expect((await here.linkNow(link.id)).status).toBe('synced');
  });

  it('coalesces a thousand hints given at once into one run', async () => {
    const { here, sourceId } = await linked();
    for (let i = 0; i < 1000; i++) await hint(here, sourceId);
    const runs = (await here.deliver()).filter(({ kind }) => kind === 'synced');
    expect(runs.length).toBe(1);
  });

  it('answers a hint that comes during a run with one more run', async () => {
    const { repository, here, sourceId } = await linked();
    const lease = await here.ports.sources.lease(sourceId, here.ports.clock.now());
    expect(lease).toBe('settled');
    await here.ports.sources.hint(sourceId, here.ports.clock.now());
    const held = await here.ports.sources.lease(sourceId, here.ports.clock.now());
    if (typeof held === 'string') throw new Error(held);
    await repository.commit({ [FILE]: policy({ limit: 200 }) });
    await hint(here, sourceId);
    expect(await here.deliver()).toEqual([{ kind: 'skipped', why: 'another run has the source' }]);
    const { source } = held;
    const finished = await here.ports.sources.finish(held, {
      answered: true,
      awaits: false,
      tip: source.tip,
      recentTips: source.recentTips,
      failures: 0,
      dueAt: source.dueAt,
      checkedAt: source.checkedAt,
      intervalSeconds: 60,
      credentialLink: null,
      memory: null,
      links: [],
    });
    expect(finished).toEqual({ wanted: held.wanted + 1 });
  });

  it('writes nothing once its lease is lost', async () => {
    const { repository, here, sourceId } = await linked();
    await repository.commit({ [FILE]: policy({ limit: 200 }) });
    await here.ports.sources.hint(sourceId, here.ports.clock.now());
    const git = here.ports.git;
    const stolen = {
      ...here.ports,
      git: {
        ...git,
        read: async (request: Parameters<typeof git.read>[0]) => {
          const result = await git.read(request);
          here.time.at += 120_000;
          expect(typeof (await here.ports.sources.lease(sourceId, here.ports.clock.now()))).toBe('object');
          return result;
        },
      },
    };
    const { sync } = await import('../../lib/pipeline/sync.ts');
    const outcome = await sync({ source: sourceId, why: 'hint', commit: null, attempt: 0 }, stolen);
    expect(outcome).toEqual({ kind: 'lost' });
    expect(await here.configuration('payments')).toMatchObject({ versions: 1, sequence: 1 });
  });
});

describe('directory links', () => {
  const one = policy({ name: 'one' });
  const two = policy({ name: 'two', id: 'second' });

  it('make a configuration of every YAML file below them', async () => {
    const repository = await world.git.createRepository({
      files: {
        'teams/a/one.yaml': one,
        'teams/b/deep/two.yml': two,
        'teams/README.md': 'no',
        'other.yaml': 'no',
      },
    });
    const here = await world.fresh();
    const { link } = await here.link(repository.url, { path: 'teams/' });
    expect(await here.linkNow(link.id)).toMatchObject({
      status: 'synced',
      configurationIds: ['one', 'second'],
    });
    expect(await here.configuration('second')).toMatchObject({ origin: { path: 'teams/b/deep/two.yml' } });
  });

  it('let one bad file fail alone, and name the file that disappeared', async () => {
    const repository = await world.git.createRepository({ files: { 'p/one.yaml': one, 'p/two.yaml': two } });
    const here = await world.fresh();
    const { link } = await here.link(repository.url, { path: 'p/' });
    await repository.commit({ 'p/one.yaml': 'pack: [', 'p/two.yaml': two.replace('100', '200') });
    await hint(here, link.sourceId);
    await here.deliver();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'error', error: { class: 'parse' } });
    expect(await here.configuration('second')).toMatchObject({ active: { number: 2 } });
    expect(await here.configuration('one')).toMatchObject({ active: { number: 1 } });
    await repository.commit({ 'p/one.yaml': one }, { delete: ['p/two.yaml'] });
    await hint(here, link.sourceId);
    await here.deliver();
    const now = await here.linkNow(link.id);
    expect(now.error).toMatchObject({
      class: 'not_found',
      message: expect.stringContaining('p/two.yaml is gone'),
    });
    expect(await here.configuration('second')).toMatchObject({ active: { number: 2 } });
  });

  it('refuse two files that feed one configuration, and name both', async () => {
    const repository = await world.git.createRepository({ files: { 'p/a.yaml': one, 'p/b.yaml': one } });
    const here = await world.fresh();
    const { link } = await here.link(repository.url, { path: 'p/' });
    const now = await here.linkNow(link.id);
    expect(now.error?.message).toContain('p/a.yaml');
    expect(now.error?.message).toContain('p/b.yaml');
    await repository.commit({ 'p/b.yaml': two });
    await hint(here, link.sourceId);
    await here.deliver();
    expect(await here.linkNow(link.id)).toMatchObject({
      status: 'synced',
      configurationIds: ['one', 'second'],
    });
  });
});

describe('emergency activation', () => {
  async function twoVersions() {
    const all = await linked();
    await all.repository.commit({ [FILE]: policy({ limit: 200 }) });
    await hint(all.here, all.sourceId);
    await all.here.advance(1);
    const gateway = await all.here.gateway('payments');
    return { ...all, gateway };
  }

  const minutes = (here: Here, count: number) => ({ until: new Date(here.time.at + count * 60_000) });

  it('is active and announced at once, and git takes it back on the next cycle', async () => {
    const { here, gateway } = await twoVersions();
    await activate('payments', '1', { reason: 'outage', hold: null }, CALLER, here.ports);
    await here.deliver();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 1 }, sequence: 3 });
    expect(here.reloadsOf(gateway).map(({ manifest }) => manifest.number)).toEqual([1]);
    await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 2 }, sequence: 4 });
    expect(here.reloadsOf(gateway).map(({ manifest }) => manifest.sequence)).toEqual([3, 4]);
  });

  it('stays under a hold, new commits are recorded, and the end of the hold hands back to git', async () => {
    const { here, repository, sourceId, gateway } = await twoVersions();
    await activate('payments', 'x', { reason: 'outage', hold: null }, CALLER, here.ports);
    await activate('payments', '1', { reason: 'outage', hold: minutes(here, 5) }, CALLER, here.ports);
    await here.deliver();
    await here.tick();
    await repository.commit({ [FILE]: policy({ limit: 300 }) });
    await hint(here, sourceId);
    await here.deliver();
    expect(await here.configuration('payments')).toMatchObject({
      versions: 3,
      head: { number: 3 },
      active: { number: 1 },
    });
    for (let minute = 0; minute < 5; minute++) await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 3 }, hold: null });
    expect(here.reloadsOf(gateway).map(({ manifest }) => manifest.number)).toEqual([1, 3]);
    expect(await here.eventTypes('payments')).toEqual(expect.arrayContaining(['hold.set', 'hold.released']));
  });

  it('is settled by a revert commit: the hold goes, and nobody reloads', async () => {
    const { here, repository, sourceId, gateway } = await twoVersions();
    await activate('payments', '1', { reason: 'outage', hold: minutes(here, 60) }, CALLER, here.ports);
    await here.deliver();
    await repository.commit({ [FILE]: policy() }, { message: 'Revert "limit 200"' });
    await hint(here, sourceId);
    await here.deliver();
    const configuration = await here.configuration('payments');
    expect(configuration).toMatchObject({
      versions: 3,
      active: { number: 3 },
      head: { number: 3 },
      hold: null,
    });
    expect(here.reloadsOf(gateway)).toHaveLength(1);
    expect(configuration.announced?.manifest).toMatchObject({ number: 3, sequence: 4 });
  });

  it('hands back at once when the hold is lifted by hand', async () => {
    const { here } = await twoVersions();
    await activate('payments', '1', { reason: 'outage', hold: minutes(here, 60) }, CALLER, here.ports);
    expect(await releaseHold('payments', CALLER, here.ports)).toBe(true);
    await here.deliver();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 2 }, hold: null });
    expect(await releaseHold('payments', CALLER, here.ports)).toBe(false);
  });
});

describe('when the host fails', () => {
  it('says so on the link, waits longer each time, and recovers by itself', async () => {
    const { here, link, repository } = await linked();
    world.git.inject({ kind: 'answer', status: 503 }, ({ repository: name }) => name === repository.name);
    await here.tick();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'error', error: { class: 'network' } });
    const { source } = await here.linkNow(link.id);
    expect(source?.failures).toBeGreaterThan(0);
    world.git.calm();
    for (let minute = 0; minute < 5; minute++) await here.tick();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced', error: null });
    expect(await here.configuration('payments')).toMatchObject({ versions: 1, active: { number: 1 } });
  });

  it('tries at once when a push comes, and waits no longer because of it', async () => {
    const { here, link, repository, sourceId } = await linked();
    world.git.inject({ kind: 'answer', status: 503 }, ({ repository: name }) => name === repository.name);
    for (let pushes = 0; pushes < 10; pushes++) {
      await hint(here, sourceId);
      await here.deliver();
      expect(await here.linkNow(link.id)).toMatchObject({ status: 'error' });
    }
    world.git.calm();
    for (let minute = 0; minute < 2; minute++) await here.tick();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced', error: null });
  });

  it('leaves a host alone for as long as it asked, whoever hints', async () => {
    const { here, link, repository, sourceId } = await linked();
    const headers = { 'retry-after': '120' };
    world.git.inject(
      { kind: 'answer', status: 429, headers },
      ({ repository: name }) => name === repository.name,
    );
    await hint(here, sourceId);
    await here.deliver();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'error', error: { class: 'rate_limited' } });
    world.git.calm();
    await hint(here, sourceId);
    await here.advance(60);
    expect(world.git.requests).toEqual([]);
    for (let minute = 0; minute < 4; minute++) await here.tick();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced' });
  });

  it('tells a branch that went from a repository that went', async () => {
    const { here, link, repository, sourceId } = await linked();
    await repository.commit({ x: 'y' }, { branch: 'other' });
    await repository.deleteBranch('main');
    await hint(here, sourceId);
    await here.deliver();
    expect((await here.linkNow(link.id)).error).toMatchObject({
      class: 'not_found',
      message: expect.stringContaining('no branch "main"'),
    });
    await repository.commit({ [FILE]: policy({ limit: 500 }) }, { branch: 'main' });
    await hint(here, sourceId);
    await here.deliver();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced' });
  });
});

describe('polling', () => {
  it('costs one question per source and no write but the next due time', async () => {
    const repository = await world.git.createRepository({
      files: { 'a.yaml': policy({ name: 'a' }), 'b.yaml': policy({ name: 'b' }) },
    });
    const here = await world.fresh();
    const { link } = await here.link(repository.url, { path: 'a.yaml' });
    await here.link(repository.url, { path: 'b.yaml' });
    const before = await here.ports.sources.find(link.sourceId);
    world.git.calm();
    const outcomes = await here.tick();
    expect(outcomes).toEqual([{ kind: 'unchanged', tip: await repository.tip('main') }]);
    expect(world.git.requests).toHaveLength(1);
    const after = await here.ports.sources.find(link.sourceId);
    expect({ ...after, dueAt: '', checkedAt: '' }).toEqual({ ...before, dueAt: '', checkedAt: '' });
  });

  it('looks twice a minute at a 30-second link though the schedule ticks once', async () => {
    const repository = await world.git.createRepository({ files: { [FILE]: policy() } });
    const here = await world.fresh();
    await here.link(repository.url, { pollIntervalSeconds: 30 });
    world.git.calm();
    await here.tick();
    world.git.calm();
    for (let minute = 0; minute < 4; minute++) await here.tick();
    expect(world.git.requests).toHaveLength(8);
  });

  it('finds a push that no webhook announced', async () => {
    const { here, repository } = await linked();
    await repository.commit({ [FILE]: policy({ limit: 200 }) });
    await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 2 } });
  });

  it('picks up a hint whose message was lost, and an announcement that was never made', async () => {
    const { here, repository, sourceId } = await linked();
    const gateway = await here.gateway('payments');
    await repository.commit({ [FILE]: policy({ limit: 200 }) });
    await here.ports.sources.hint(sourceId, here.ports.clock.now());
    await here.tick();
    expect(here.reloadsOf(gateway)).toHaveLength(1);
    const hold = { until: new Date(here.time.at + 600_000) };
    await activate('payments', '1', { reason: '', hold }, CALLER, here.ports);
    here.announcements.length = 0;
    await here.tick();
    expect(here.reloadsOf(gateway).map(({ manifest }) => manifest.number)).toContain(1);
  });
});
