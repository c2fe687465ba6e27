import { describe, expect, it } from 'vitest';
import { aHost, at, faultOf, isGet, isLsRefs, isPost, lsRefsAnswer, useGitServer } from './world.ts';

const world = useGitServer();

describe('resolve', () => {
  it('says which commit a branch names now', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': 'a: 1\n' } });
    const host = aHost();
    expect(await host.resolve(at(repository.url), 'main')).toBe(await repository.tip());

    const next = await repository.commit({ 'a.yaml': 'a: 2\n' });
    expect(await host.resolve(at(repository.url), 'main')).toBe(next);
  });

  it('is one request once the capabilities are known, and two the first time', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const host = aHost();
    await host.resolve(at(repository.url), 'main');
    expect(world.server.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    await host.resolve(at(repository.url), 'main');
    expect(world.server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
  });

  it('keeps its connection between requests', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const host = aHost();
    for (let times = 0; times < 4; times += 1) await host.resolve(at(repository.url), 'main');
    expect(new Set(world.server.requests.map(({ port }) => port)).size).toBe(1);
  });

  it('is null for an empty repository', async () => {
    const repository = await world.server.createRepository();
    expect(await aHost().resolve(at(repository.url), 'main')).toBeNull();
  });

  it('is null for a branch that is not there, or not there any more', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const host = aHost();
    expect(await host.resolve(at(repository.url), 'other')).toBeNull();
    await repository.commit({ a: '1' }, { branch: 'other' });
    expect(await host.resolve(at(repository.url), 'other')).toMatch(/^[0-9a-f]{40}$/);
    await repository.deleteBranch('other');
    expect(await host.resolve(at(repository.url), 'other')).toBeNull();
  });

  it('does not take a longer name, a tag or a part of a name for the branch', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const other = await repository.commit({ a: '2' }, { branch: 'release-2' });
    await repository.git('tag', 'release', other);
    await repository.commit({ a: '3' }, { branch: 'team/release' });
    const host = aHost();
    expect(await host.resolve(at(repository.url), 'release')).toBeNull();
    expect(await host.resolve(at(repository.url), 'team')).toBeNull();
    expect(await host.resolve(at(repository.url), 'release-2')).toBe(other);
  });

  it('tells a branch from the tag of the same name', async () => {
    const repository = await world.server.createRepository({ files: { a: '1' } });
    const first = await repository.tip();
    const second = await repository.commit({ a: '2' });
    await repository.git('tag', 'main', first);
    expect(await aHost().resolve(at(repository.url), 'main')).toBe(second);
  });

  it.each(['feature/policies/v2', 'füür-и-火', 'a.b_c+d', "it's"])('finds the branch %s', async (branch) => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const tip = await repository.commit({ a: branch }, { branch });
    expect(await aHost().resolve(at(repository.url), branch)).toBe(tip);
  });

  it('follows a branch that is a symbolic name of another', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    await repository.git('symbolic-ref', 'refs/heads/stable', 'refs/heads/main');
    expect(await aHost().resolve(at(repository.url), 'stable')).toBe(await repository.tip());
  });

  it('finds one branch among thousands, when the server ignores the prefix too', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const tip = await repository.tip();
    const lines = Array.from({ length: 5_000 }, (_, index) => `${'0'.repeat(39)}1 refs/heads/b${index}`);
    world.server.inject(lsRefsAnswer([...lines, `${tip} refs/heads/main`]), isLsRefs);
    expect(await aHost().resolve(at(repository.url), 'main')).toBe(tip);
  });

  it('refuses a list of branches that is larger than its bound', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const lines = Array.from({ length: 1_000 }, (_, index) => `${'0'.repeat(39)}1 refs/heads/b${index}`);
    world.server.inject(lsRefsAnswer(lines), isLsRefs);
    const fault = await faultOf(aHost({ bounds: { refsBytes: 10_000 } }).resolve(at(repository.url), 'main'));
    expect(fault).toMatchObject({ class: 'too_large', advice: 'give_up' });
  });

  it.each(['nonsense', '0'.repeat(64), 'Z'.repeat(40)])('refuses %s as an object id', async (id) => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    world.server.inject(lsRefsAnswer([`${id} refs/heads/main`]), isLsRefs);
    expect(await faultOf(aHost().resolve(at(repository.url), 'main'))).toMatchObject({ class: 'network' });
  });

  it('sees a branch appear when the host shows it, not when it was pushed', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const before = await repository.tip();
    const host = aHost();
    await repository.freeze();
    const after = await repository.commit({ a: '2' });
    expect(await host.resolve(at(repository.url), 'main')).toBe(before);
    repository.thaw();
    expect(await host.resolve(at(repository.url), 'main')).toBe(after);
  });

  it('asks for the capabilities once when many ask at the same time', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const host = aHost();
    const tip = await repository.tip();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => host.resolve(at(repository.url), 'main')),
    );
    expect(new Set(answers)).toEqual(new Set([tip]));
    expect(world.server.requests.filter(isGet)).toHaveLength(1);
    expect(world.server.requests.filter(isPost)).toHaveLength(20);
  });

  it('asks for the capabilities again after a while', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    let now = 0;
    const host = aHost({ now: () => now, bounds: { rememberedMs: 1_000 } });
    await host.resolve(at(repository.url), 'main');
    now = 1_001;
    await host.resolve(at(repository.url), 'main');
    expect(world.server.requests.filter(isGet)).toHaveLength(2);
  });

  it('remembers only so many repositories', async () => {
    const [one, two] = await Promise.all([
      world.server.createRepository({ files: { a: '' } }),
      world.server.createRepository({ name: 'two', files: { a: '' } }),
    ]);
    const host = aHost({ bounds: { rememberedRepositories: 1 } });
    for (const { url } of [one, two, one]) await host.resolve(at(url), 'main');
    expect(world.server.requests.filter(isGet)).toHaveLength(3);
  });
});
