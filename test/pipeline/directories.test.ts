/** Linked directories while files come, go and are renamed; and configurations that git does not simply take. */
import { describe, expect, it } from 'vitest';
import { createConfiguration, removeConfiguration } from '../../lib/pipeline/manage/configurations.ts';
import { removeLink } from '../../lib/pipeline/manage/links.ts';
import type { Snapshot } from '../fakes/memory-git.ts';
import { memoryWorld } from '../support/memory-world.ts';
import { policy } from '../support/world.ts';
import { CALLER } from '../support/world-of.ts';

const REPOSITORY = 'http://git.example/teams.git';

async function linked(files: Snapshot) {
  const here = await memoryWorld();
  const git = here.git.at(REPOSITORY);
  git.commit(files);
  const { link } = await here.link(REPOSITORY, { path: 'team/' });
  const push = async (next: Snapshot) => {
    git.commit(next);
    await here.tick();
    await here.tick();
    return here.linkNow(link.id);
  };
  return { here, git, link, push };
}

const one = policy({ name: 'one' });
const two = policy({ name: 'two' });

describe('a file that is renamed within a linked directory', () => {
  it('takes what it fed with it', async () => {
    const { here, link, push } = await linked({ 'team/one.yaml': one, 'team/two.yaml': two });
    const now = await push({ 'team/renamed.yaml': one, 'team/two.yaml': two });
    expect(now).toMatchObject({ status: 'synced', error: null, configurationIds: ['one', 'two'] });
    expect(await here.configuration('one')).toMatchObject({
      origin: { linkId: link.id, path: 'team/renamed.yaml' },
      versions: 1,
      sequence: 1,
    });
  });

  it('and changed in the same commit, becomes the next version', async () => {
    const { here, push } = await linked({ 'team/one.yaml': one });
    const now = await push({ 'team/renamed.yaml': policy({ name: 'one', limit: 7 }) });
    expect(now).toMatchObject({ status: 'synced' });
    expect(await here.configuration('one')).toMatchObject({ versions: 2, active: { number: 2 } });
  });

  it('leaves one that is still there its configuration: a copy is refused', async () => {
    const { here, push } = await linked({ 'team/one.yaml': one });
    const now = await push({ 'team/copy.yaml': policy({ name: 'one', limit: 7 }), 'team/one.yaml': one });
    expect(now.error?.message).toContain('both feed configuration "one"');
    expect(await here.configuration('one')).toMatchObject({ origin: { path: 'team/one.yaml' }, versions: 1 });
  });
});

describe('a file that is deleted from a linked directory', () => {
  it('is an error that names it, until it is back', async () => {
    const { push } = await linked({ 'team/one.yaml': one, 'team/two.yaml': two });
    const now = await push({ 'team/two.yaml': two });
    expect(now.error).toMatchObject({
      class: 'not_found',
      message: expect.stringContaining('team/one.yaml is gone'),
    });
    expect(await push({ 'team/one.yaml': one, 'team/two.yaml': two })).toMatchObject({ status: 'synced' });
  });

  it('is forgotten once what it fed is deleted on purpose, which git no longer keeps from being done', async () => {
    const { here, push } = await linked({ 'team/one.yaml': one, 'team/two.yaml': two });
    const before = await here.configuration('one');
    expect(await removeConfiguration(before, CALLER, here.ports)).toMatchObject({ kind: 'fed by git' });
    await push({ 'team/two.yaml': two });
    expect(await removeConfiguration(before, CALLER, here.ports)).toEqual({ kind: 'removed' });
    await here.tick();
    await here.tick();
    expect(await push({ 'team/two.yaml': two })).toMatchObject({
      status: 'synced',
      configurationIds: ['two'],
    });
  });

  it('is no error when it never fed anything', async () => {
    const { push } = await linked({ 'team/draft.yaml': 'pack: [', 'team/one.yaml': one });
    expect(await push({ 'team/one.yaml': one })).toMatchObject({ status: 'synced', error: null });
  });
});

describe('a directory that is gone as a whole', () => {
  it('still hands back what was activated by hand', async () => {
    const { here, push } = await linked({ 'team/one.yaml': one });
    await push({ 'team/one.yaml': policy({ name: 'one', limit: 2 }) });
    const { activate } = await import('../../lib/pipeline/activate.ts');
    const hold = { until: new Date(here.time.at + 300_000) };
    await activate('one', '1', { reason: 'test', hold }, CALLER, here.ports);
    expect(await push({ 'README.md': 'empty' })).toMatchObject({ error: { class: 'not_found' } });
    expect(await here.configuration('one')).toMatchObject({ active: { number: 1 } });
    for (let minute = 0; minute < 6; minute++) await here.tick();
    expect(await here.configuration('one')).toMatchObject({ active: { number: 2 }, hold: null });
  });
});

describe('a configuration that is fed through the API', () => {
  async function withTheirs() {
    const here = await memoryWorld();
    const wish = { id: 'one', team: 'default', name: 'One', description: '', labels: {} };
    const policyYaml = policy({ name: 'one', limit: 42 });
    expect(await createConfiguration({ ...wish, policyYaml }, CALLER, here.ports)).toMatchObject({
      kind: 'done',
    });
    here.git.at(REPOSITORY).commit({ 'policy-config.yaml': one });
    return here;
  }

  it('is not taken over by a file that happens to have its name, and the link says how it can be', async () => {
    const here = await withTheirs();
    const { link } = await here.link(REPOSITORY);
    expect((await here.linkNow(link.id)).error?.message).toContain('configuration_id "one"');
    expect(await here.configuration('one')).toMatchObject({ origin: null, versions: 1 });
  });

  it('is taken over by a link that names it', async () => {
    const here = await withTheirs();
    const { link } = await here.link(REPOSITORY, { configurationId: 'one' });
    expect(await here.linkNow(link.id)).toMatchObject({ status: 'synced' });
    expect(await here.configuration('one')).toMatchObject({ origin: { linkId: link.id }, versions: 2 });
  });

  it('or was fed by a link that is gone, is fed by the next one', async () => {
    const { here, link, git } = await linked({ 'team/one.yaml': one });
    const before = await here.ports.links.find(link.id);
    if (before) await removeLink(before, CALLER, here.ports);
    git.commit({ 'team/one.yaml': policy({ name: 'one', limit: 5 }) });
    const { link: next } = await here.link(REPOSITORY, { path: 'team/' });
    expect(await here.linkNow(next.id)).toMatchObject({ status: 'synced' });
    expect(await here.configuration('one')).toMatchObject({ versions: 2 });
  });
});

describe('a delivery that comes before its host shows the push', () => {
  it('never lets a link say that it is synced meanwhile', async () => {
    const { here, link, git } = await linked({ 'team/one.yaml': one });
    const tip = git.tip();
    const pushed = git.commit({ 'team/one.yaml': policy({ name: 'one', limit: 9 }) });
    git.setTip(tip);
    const said: string[] = [];
    const { sources } = here.ports;
    const finish: typeof sources.finish = async (...of) => {
      const finished = await sources.finish(...of);
      said.push((await here.linkNow(link.id)).status);
      return finished;
    };
    Object.assign(here.ports, { sources: { ...sources, finish } });
    const wanted = (await sources.hint(link.sourceId, here.ports.clock.now()))?.wanted;
    const message = { source: link.sourceId, why: 'hint' as const, commit: pushed, attempt: 0, wanted };
    await here.ports.syncQueue.send([{ message, delaySeconds: 0 }]);
    await here.deliver();
    git.setTip(pushed);
    await here.advance(5);
    expect(said).toEqual(['pending', 'synced']);
    expect(await here.configuration('one')).toMatchObject({ versions: 2 });
  });
});
