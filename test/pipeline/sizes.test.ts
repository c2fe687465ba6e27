/** What a repository may hold and DynamoDB may not: long paths, many files, long complaints. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryGit } from '../fakes/memory-git.ts';
import { policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

async function directory(files: Record<string, string>) {
  const here = await world.fresh();
  const git = memoryGit();
  Object.assign(here.ports, { git });
  git.commit(files);
  const { link } = await here.link('http://git.example/sizes.git', { path: 'p/' });
  return { here, git, link };
}

describe('a tracked directory', () => {
  it('may hold files whose path is longer than a key of the table', async () => {
    const long = `p/${'d'.repeat(200)}/`.repeat(6);
    const one = `${long}one.yaml`;
    const two = `${long}two.yaml`;
    const { here, git, link } = await directory({
      [one]: policy({ name: 'one' }),
      [two]: policy({ name: 'two' }),
      'p/short.yaml': policy({ name: 'short' }),
    });
    expect(await here.linkNow(link.id)).toMatchObject({
      status: 'synced',
      configurationIds: ['one', 'short', 'two'],
    });
    git.commit({ [one]: policy({ name: 'one', limit: 2 }), 'p/short.yaml': policy({ name: 'short' }) });
    await here.tick();
    expect(await here.configuration('one')).toMatchObject({ versions: 2 });
    expect((await here.linkNow(link.id)).error?.message).toContain('two.yaml is gone');
  });

  it('may hold many files with much wrong in each', async () => {
    const wrong = (file: number) => {
      const names = Array.from({ length: 120 }, (_, i) => `\u4e00${file}-${i}-${'\u4e00'.repeat(600)}`);
      return `pack: {name: n${file}, version: 1.0.0, enabled: true}\npolicies: {chain: [${names.join(', ')}]}\npolicy: {}\n`;
    };
    const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p/f${i}.yaml`, wrong(i)]));
    const { here, link } = await directory({ ...files, 'p/good.yaml': policy({ name: 'good' }) });
    const now = await here.linkNow(link.id);
    expect(now).toMatchObject({ status: 'error', error: { class: 'validation' } });
    expect(now.error?.message).toContain('and 59 more files with errors');
    expect(await here.configuration('good')).toMatchObject({ active: { number: 1 } });
    const { files: rows } = await here.ports.sources.contents(link.sourceId);
    expect(rows.get(link.id)).toHaveLength(61);
  });

  it('may have more directories with longer names than are worth remembering', async () => {
    const { here, link } = await directory({ 'p/a.yaml': policy({ name: 'a' }) });
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    const lease = await here.ports.sources.lease(link.sourceId, here.ports.clock.now());
    if (typeof lease === 'string') throw new Error(lease);
    const trees = Object.fromEntries(
      Array.from({ length: 1500 }, (_, i) => [`p/${'d'.repeat(300)}${i}`, 'f'.repeat(40)]),
    );
    const { tip, recentTips, dueAt, checkedAt } = lease.source;
    const finished = await here.ports.sources.finish(lease, {
      ...{ tip, recentTips, dueAt, checkedAt, failures: 0, intervalSeconds: 60, credentialLink: null },
      answered: true,
      awaits: false,
      memory: { commit: 'c', trees },
      links: [],
    });
    expect(finished).toEqual({ wanted: lease.wanted });
    expect((await here.ports.sources.find(link.sourceId))?.done).toBe(lease.wanted);
  });
});
