/** Runs, looks and hints that meet: what git holds last is what counts, and nobody asks more often than it takes. */
import { KMSServiceException } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeConfiguration, updateConfiguration } from '../../lib/pipeline/manage/configurations.ts';
import { removeLink, updateLink } from '../../lib/pipeline/manage/links.ts';
import { sync } from '../../lib/pipeline/sync.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const FILE = 'policy-config.yaml';
const REPOSITORY = 'http://git.example/races.git';

async function linked() {
  const here = await world.fresh();
  const git = memoryGit();
  let asked = 0;
  const host = {
    ...git,
    resolve: async (...of: Parameters<typeof git.resolve>) => {
      asked++;
      return git.resolve(...of);
    },
  };
  Object.assign(here.ports, { git: host });
  git.commit({ [FILE]: policy({ limit: 1 }) });
  const { link } = await here.link(REPOSITORY);
  asked = 0;
  return { here, git, host, link, asked: () => asked };
}

type Here = Awaited<ReturnType<World['fresh']>>;

/** As a delivery that names `commit` leaves it. */
async function pushed(here: Here, source: string, commit: string | null) {
  const raised = await here.ports.sources.hint(source, here.ports.clock.now());
  const wanted = raised?.wanted ?? 0;
  const message = { source, why: 'hint' as const, commit, attempt: 0, wanted };
  await here.ports.syncQueue.send([{ message, delaySeconds: 0 }]);
}

describe('a poll', () => {
  it('whose answer was overtaken by a push and its run does not put the old version back', async () => {
    const { here, git, host, link } = await linked();
    await here.advance(120);
    // A look that found the branch elsewhere than at the tip we know: a commit that is gone again by the time it counts.
    const old = git.commit({ [FILE]: policy({ limit: 2 }) });
    let overtaken = false;
    const slow = {
      ...host,
      resolve: async (...of: Parameters<typeof host.resolve>) => {
        const answer = await host.resolve(...of);
        if (!overtaken) {
          overtaken = true;
          await pushed(here, link.sourceId, git.commit({ [FILE]: policy({ limit: 3 }) }));
          await here.deliver();
          expect(await here.configuration('payments')).toMatchObject({ versions: 2 });
        }
        return answer;
      },
    };
    const poll = { source: link.sourceId, why: 'poll' as const, commit: null, attempt: 0 };
    await sync(poll, { ...here.ports, git: slow });
    const { head, versions } = await here.configuration('payments');
    expect(head?.commit).not.toBe(old);
    expect(versions).toBe(2);
  });
});

describe('a burst', () => {
  it('of two hundred pushes of different commits asks the host a handful of times', async () => {
    const { here, git, link, asked } = await linked();
    const commits = Array.from({ length: 200 }, (_, i) => git.commit({ [FILE]: policy({ limit: i + 2 }) }));
    for (const commit of commits) await pushed(here, link.sourceId, commit);
    await here.deliver();
    expect(asked()).toBeLessThanOrEqual(3);
    await here.advance(60);
    // Four more looks for commits that were never seen as the tip.
    expect(asked()).toBeLessThanOrEqual(12);
    expect(await here.configuration('payments')).toMatchObject({ versions: 2, head: { commit: git.tip() } });
    expect((await here.linkNow(link.id)).status).toBe('synced');
  });

  it('that comes while a run is under way causes one more run', async () => {
    const { here, git, host, link, asked } = await linked();
    let during = true;
    const busy = {
      ...host,
      read: async (...of: Parameters<typeof host.read>) => {
        if (during) {
          during = false;
          for (let i = 0; i < 50; i++)
            await pushed(here, link.sourceId, git.commit({ [FILE]: policy({ limit: 100 + i }) }));
        }
        return host.read(...of);
      },
    };
    Object.assign(here.ports, { git: busy });
    await pushed(here, link.sourceId, git.commit({ [FILE]: policy({ limit: 2 }) }));
    await here.deliver();
    expect(asked()).toBeLessThanOrEqual(4);
    expect(await here.configuration('payments')).toMatchObject({ head: { commit: git.tip() } });
  });
});

describe('a configuration whose link went in the middle of a run', () => {
  async function orphaned() {
    const { here, git, link } = await linked();
    const now = await here.linkNow(link.id);
    // As if we died between removing the link and freeing what it fed.
    await removeLink({ ...now, configurationIds: [] }, CALLER, here.ports);
    expect(await here.configuration('payments')).toMatchObject({ origin: { linkId: link.id } });
    return { here, git, link };
  }

  it('can be fed by another link', async () => {
    const { here, git } = await orphaned();
    git.commit({ 'other.yaml': policy({ limit: 5 }) });
    const { link: other } = await here.link(REPOSITORY, { path: 'other.yaml' });
    expect(await here.linkNow(other.id)).toMatchObject({ status: 'synced', configurationIds: ['payments'] });
    expect(await here.configuration('payments')).toMatchObject({
      origin: { path: 'other.yaml' },
      versions: 2,
    });
  });

  it('can be named by a link, written by people, and deleted', async () => {
    const { here, git, link } = await orphaned();
    git.commit({ 'other.yaml': policy({ limit: 5 }) });
    const wish = { path: 'other.yaml', configurationId: 'payments' };
    const { link: other } = await here.link(REPOSITORY, wish);
    expect(await here.linkNow(other.id)).toMatchObject({ status: 'synced' });
    await removeLink({ ...(await here.linkNow(other.id)), configurationIds: [] }, CALLER, here.ports);
    const before = await here.configuration('payments');
    const patch = { policyYaml: policy({ limit: 7 }) };
    expect(await updateConfiguration(before, patch, CALLER, here.ports)).toMatchObject({ kind: 'done' });
    const after = await here.configuration('payments');
    expect(after).toMatchObject({ origin: null, versions: 3 });
    expect(await removeConfiguration(after, CALLER, here.ports)).toEqual({ kind: 'removed' });
    expect(link.id).not.toBe(other.id);
  });
});

describe('a token', () => {
  async function withToken() {
    const all = await linked();
    const before = await all.here.ports.links.find(all.link.id);
    if (!before) throw new Error('no link');
    await updateLink(before, { accessToken: 'secret' }, CALLER, all.here.ports);
    await all.here.deliver();
    return { ...all, link: await all.here.linkNow(all.link.id) };
  }

  it('that cannot be opened for want of KMS is not called wrong: the message comes back', async () => {
    const { here, link } = await withToken();
    const throttled = new KMSServiceException({
      name: 'ThrottlingException',
      $fault: 'client',
      message: 'Rate exceeded',
      $metadata: {},
    });
    const opener = { open: () => Promise.reject(throttled) };
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    const message = { source: link.sourceId, why: 'hint' as const, commit: null, attempt: 0 };
    await expect(sync(message, { ...here.ports, opener })).rejects.toThrow('Rate exceeded');
    expect((await here.linkNow(link.id)).error).toBeNull();
  });

  it('that was sealed for another link is refused, and the link says that it needs a new one', async () => {
    const { here, link } = await withToken();
    const sealed = await here.ports.sealer.seal({ purpose: 'git-token', link: 'lnk_other' }, 'secret');
    const links = { ...here.ports.links, credential: async () => ({ sealed, generation: 0 }) };
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    const message = { source: link.sourceId, why: 'hint' as const, commit: null, attempt: 0 };
    expect(await sync(message, { ...here.ports, links })).toMatchObject({ kind: 'failed', class: 'auth' });
    expect((await here.linkNow(link.id)).error).toMatchObject({ class: 'auth' });
    expect(here.facts).toContainEqual({
      name: 'sync.fault',
      fields: expect.objectContaining({ class: 'auth' }),
    });
  });
});
