/** Links, sources and hooks in the table: what their races must not do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newEvent } from '../../lib/domain/event.ts';
import type { Lease } from '../../lib/domain/source.ts';
import { lookNow } from '../../lib/pipeline/activate.ts';
import { rotateHookSecret } from '../../lib/pipeline/manage/hooks.ts';
import { createLink, removeLink, updateLink } from '../../lib/pipeline/manage/links.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const URL = 'http://git.example/links.git';
const WISH = {
  team: 'default',
  repoUrl: URL,
  provider: 'gitea',
  branch: 'main',
  username: null,
  accessToken: null,
  pollIntervalSeconds: 60,
  autoCreateConfiguration: true,
  configurationId: null,
} as const;

type Here = Awaited<ReturnType<World['fresh']>>;

async function linked(path: string, here?: Here) {
  const there = here ?? (await world.fresh());
  if (!here) {
    const git = memoryGit();
    git.commit({
      'a.yaml': policy({ name: 'a' }),
      'b.yaml': policy({ name: 'b' }),
      'c.yaml': policy({ name: 'c' }),
    });
    Object.assign(there.ports, { git });
  }
  const outcome = await createLink({ ...WISH, path }, CALLER, there.ports);
  if (outcome.kind !== 'linked') throw new Error(outcome.kind);
  // Off the minute, so that the next tick has the first look within its horizon.
  await there.advance(1);
  return { here: there, link: outcome.link };
}

async function leaseOf(here: Here, source: string): Promise<Lease> {
  await here.ports.sources.hint(source, here.ports.clock.now());
  const lease = await here.ports.sources.lease(source, here.ports.clock.now());
  if (typeof lease === 'string') throw new Error(lease);
  return lease;
}

const nothing = (lease: Lease) => ({
  answered: true,
  awaits: false,
  tip: lease.source.tip,
  recentTips: lease.source.recentTips,
  failures: 0,
  dueAt: lease.source.dueAt,
  checkedAt: lease.source.checkedAt,
  intervalSeconds: 60,
  credentialLink: null,
  memory: null,
  links: [],
});

const event = (here: Here) =>
  newEvent(here.ports.clock.now(), { type: 'link.updated', actor: 'test', team: 'default', detail: {} });

describe('a run and the links it reads', () => {
  it('has lost its lease when a link it reads is removed, and the others are looked at again', async () => {
    const { here, link } = await linked('a.yaml');
    const { link: other } = await linked('b.yaml', here);
    const lease = await leaseOf(here, link.sourceId);
    expect(await removeLink(link, CALLER, here.ports)).toBe(true);
    expect(await here.ports.sources.finish(lease, nothing(lease))).toBe('lost');
    await here.deliver();
    expect((await here.linkNow(other.id)).status).toBe('synced');
  });

  it('has lost its lease when all links were removed and one was made anew', async () => {
    const { here, link } = await linked('a.yaml');
    const lease = await leaseOf(here, link.sourceId);
    const { link: now } = await here.linkNow(link.id).then((found) => ({ link: found }));
    await removeLink(now, CALLER, here.ports);
    for (let again = 0; again < 3; again++) {
      const { link: made } = await linked('a.yaml', here);
      expect(made.sourceId).toBe(link.sourceId);
      await leaseOf(here, made.sourceId);
      expect(await here.ports.sources.finish(lease, nothing(lease))).toBe('lost');
      await removeLink(made, CALLER, here.ports);
    }
  });

  it('is not blocked for long by a lease from a clock that runs a day fast', async () => {
    const { here, link } = await linked('a.yaml');
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    const fast = new Date(here.time.at + 86_400_000);
    expect(typeof (await here.ports.sources.lease(link.sourceId, fast))).toBe('object');
    expect(typeof (await here.ports.sources.lease(link.sourceId, here.ports.clock.now()))).toBe('object');
  });
});

describe('unlinking', () => {
  it('frees what was fed although the configuration was written meanwhile', async () => {
    const { here, link } = await linked('a.yaml');
    const now = await here.linkNow(link.id);
    const { configurations } = here.ports;
    let disturbed = false;
    const disturb = {
      ...configurations,
      update: async (...[before, after, told]: Parameters<typeof configurations.update>) => {
        if (!disturbed) {
          disturbed = true;
          const touched = { ...before, description: 'touched', revision: before.revision + 1 };
          expect(await configurations.update(before, touched, event(here))).toBe(true);
        }
        return configurations.update(before, after, told);
      },
    };
    await removeLink(now, CALLER, { ...here.ports, configurations: disturb });
    expect(await here.configuration('a')).toMatchObject({ origin: null, description: 'touched' });
  });
});

describe('changing a link', () => {
  it('does not undo a change made at the same time', async () => {
    const { here, link } = await linked('a.yaml');
    const before = await here.ports.links.find(link.id);
    if (!before) throw new Error('no link');
    expect(await updateLink(before, { pollIntervalSeconds: 300 }, CALLER, here.ports)).toMatchObject({
      kind: 'updated',
    });
    expect(await updateLink(before, { autoCreateConfiguration: false }, CALLER, here.ports)).toEqual({
      kind: 'conflict',
    });
    expect(await here.linkNow(link.id)).toMatchObject({
      pollIntervalSeconds: 300,
      autoCreateConfiguration: true,
    });
  });

  it('keeps what its files feed when its token is replaced, whatever the pack is called by then', async () => {
    const here = await world.fresh();
    const git = memoryGit();
    Object.assign(here.ports, { git });
    git.commit({ 'a.yaml': policy({ name: 'payments' }) });
    const { link } = await linked('a.yaml', here);
    git.commit({ 'a.yaml': policy({ name: 'billing', limit: 2 }) });
    await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ versions: 2 });
    const before = await here.ports.links.find(link.id);
    if (!before) throw new Error('no link');
    await updateLink(before, { accessToken: 'token-1' }, CALLER, here.ports);
    git.commit({ 'a.yaml': policy({ name: 'billing', limit: 3 }) });
    for (let minute = 0; minute < 3; minute++) await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ versions: 3 });
    expect(await here.ports.configurations.find('billing')).toBeNull();
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced', configurationIds: ['payments'] });
  });

  it('reads a link anew that moves to a source which is further on', async () => {
    const here = await world.fresh();
    const git = memoryGit();
    Object.assign(here.ports, { git });
    const files = (limit: number) => ({
      'a.yaml': policy({ name: 'a', limit }),
      'b.yaml': policy({ name: 'b', limit }),
    });
    git.commit(files(1));
    const { link } = await linked('a.yaml', here);
    const other = await createLink({ ...WISH, path: 'b.yaml', accessToken: 'token-1' }, CALLER, here.ports);
    if (other.kind !== 'linked') throw new Error(other.kind);
    await here.advance(1);
    git.commit(files(2));
    await lookNow(other.link.sourceId, here.ports);
    await here.deliver();
    expect(await here.configuration('a')).toMatchObject({ versions: 1 });
    const before = await here.ports.links.find(link.id);
    if (!before) throw new Error('no link');
    const moved = await updateLink(before, { accessToken: 'token-1' }, CALLER, here.ports);
    expect(moved).toMatchObject({ kind: 'updated', link: { sourceId: other.link.sourceId } });
    await here.deliver();
    expect(await here.configuration('a')).toMatchObject({ versions: 2 });
    expect((await here.linkNow(link.id)).status).toBe('synced');
  });

  it('settles the links that stay behind when one moves to another credential', async () => {
    const { here, link } = await linked('a.yaml');
    const { link: other } = await linked('b.yaml', here);
    const before = await here.ports.links.find(link.id);
    if (!before) throw new Error('no link');
    await updateLink(before, { accessToken: 'token-1' }, CALLER, here.ports);
    await here.deliver();
    expect((await here.linkNow(other.id)).status).toBe('synced');
    expect((await here.linkNow(link.id)).sourceId).not.toBe(other.sourceId);
  });
});

describe('a hook', () => {
  it('keeps its count of links when its secret is rotated as a link joins', async () => {
    const { here, link } = await linked('a.yaml');
    const { hooks } = here.ports;
    const stale = await hooks.find(link.hookId ?? '');
    const { link: other } = await linked('b.yaml', here);
    const racing = { ...here.ports, hooks: { ...hooks, find: async () => stale } };
    const wish = { secret: null, overlapSeconds: 60 };
    expect(await rotateHookSecret(link, wish, CALLER, racing)).toMatchObject({ kind: 'rotated' });
    expect(await hooks.find(link.hookId ?? '')).toMatchObject({ links: 2 });
    await removeLink(other, CALLER, here.ports);
    expect(await hooks.find(link.hookId ?? '')).toMatchObject({ links: 1 });
  });

  it('is not there under an id that cannot be one, and reads no branch with a name that cannot be one', async () => {
    const { here, link } = await linked('a.yaml');
    expect(await here.ports.hooks.find('x'.repeat(3000))).toBeNull();
    expect(await here.ports.hooks.find('')).toBeNull();
    expect(await here.ports.hooks.sourcesOf(link.hookId ?? '', 'b'.repeat(1020))).toEqual([]);
    expect(await here.ports.hooks.sourcesOf(link.hookId ?? '', 'main')).toEqual([link.sourceId]);
  });

  it('is found for a branch by its whole name only', async () => {
    const { here, link } = await linked('a.yaml');
    for (const branch of ['mai', 'main2', 'main/x', 'MAIN', '', 'main:src'])
      expect(await here.ports.hooks.sourcesOf(link.hookId ?? '', branch), branch).toEqual([]);
  });
});
