import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../support/git-command.ts';
import { startGitServer } from '../support/git-server.ts';
import { isPost, useGitServer } from './world.ts';

const world = useGitServer();
const BASIC = `Basic ${Buffer.from('ada:pw').toString('base64')}`;

describe('the git server for tests', () => {
  it('serves clones and takes pushes over HTTP, as a real host', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const clone = await repository.clone();
    const pushed = await clone.push({ 'b/c.yaml': '2' }, { message: 'from a clone' });
    expect(await repository.tip()).toBe(pushed);
    expect(await repository.git('show', 'main:b/c.yaml')).toBe('2');
    expect(world.server.requests.some(({ path }) => path.endsWith('/git-receive-pack'))).toBe(true);
  });

  it('takes pushes to an empty repository, to new branches, with force and of deletions', async () => {
    const repository = await world.server.createRepository();
    const clone = await repository.clone();
    const first = await clone.push({ 'a.yaml': '1' });
    const other = await clone.push({ 'b.yaml': '2' }, { branch: 'team/x', delete: ['a.yaml'] });
    expect(await repository.tip('team/x')).toBe(other);
    expect(await repository.git('ls-tree', '--name-only', 'team/x')).toBe('b.yaml');
    await repository.forcePush({ 'z.yaml': '1' });
    const forced = await clone.push({ 'a.yaml': '3' }, { force: true });
    expect(await repository.tip()).toBe(forced);
    expect(await repository.tip('main^')).toBe(first);
  });

  it('takes a large push, whose body git sends in pieces', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const clone = await repository.clone();
    const large = Buffer.alloc(
      3_000_000,
      Buffer.from(Array.from({ length: 9_973 }, (_, index) => (index * 7_919) % 256)),
    );
    await clone.git('config', 'core.compression', '0');
    const pushed = await clone.push({ 'large.bin': large });
    expect(await repository.tip()).toBe(pushed);
  });

  it('lets only those in who may', async () => {
    const basic = { kind: 'basic', username: 'ada', password: 'pw' } as const;
    const bearer = { kind: 'bearer', token: 'tok' } as const;
    const one = await world.server.createRepository({ files: { a: '' }, access: basic });
    const two = await world.server.createRepository({ files: { a: '' }, access: bearer });
    await expect(one.clone()).rejects.toThrow();
    await expect(two.clone({ authorization: BASIC })).rejects.toThrow();
    await (await one.clone({ authorization: BASIC })).push({ b: '1' });
    await (await two.clone({ authorization: 'Bearer tok' })).push({ b: '1' });
  });

  it('commits straight into a repository, on any branch and with any author', async () => {
    const repository = await world.server.createRepository({ name: 'team/odd näme.git' });
    const author = { name: 'Zoë', email: 'z@example.org' };
    const first = await repository.commit(
      { 'ä b.yaml': 'x', 'bin.yaml': Buffer.from([0, 255]) },
      { author, message: 'one\n\ntwo' },
    );
    const second = await repository.commit({}, { delete: ['bin.yaml'] });
    expect(await repository.git('log', '-1', '--format=%an <%ae> %B', first)).toBe(
      'Zoë <z@example.org> one\n\ntwo',
    );
    expect(await repository.tip('main^')).toBe(first);
    expect(await repository.tip()).toBe(second);
    const branch = await repository.commit({ x: '1' }, { branch: 'a/b' });
    expect(await repository.tip('a/b')).toBe(branch);
    await repository.deleteBranch('a/b');
    await expect(repository.tip('a/b')).rejects.toThrow();
  });

  it('logs what it was asked, with the command and what it answered', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    await git(dirname(repository.dir), ['ls-remote', repository.url]);
    expect(world.server.requests).toMatchObject([
      { method: 'GET', repository: repository.name, command: null, status: 200 },
      { method: 'POST', repository: repository.name, command: 'ls-refs', status: 200 },
    ]);
    expect(world.server.requests.filter(isPost)[0]?.bytesOut).toBeGreaterThan(40);
  });

  it('shows a frozen repository as it was, until it is thawed', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const before = await repository.tip();
    await repository.freeze();
    const after = await repository.commit({ a: '2' });
    const shown = () => git(dirname(repository.dir), ['ls-remote', repository.url, 'refs/heads/main']);
    expect(await shown()).toContain(before);
    repository.thaw();
    expect(await shown()).toContain(after);
  });

  it('leaves nothing behind, also when a client still waits', async () => {
    const server = await startGitServer();
    const repository = await server.createRepository({ files: { a: '' } });
    server.inject({ kind: 'hang' });
    const waiting = globalThis.fetch(`${repository.url}/info/refs`).catch((error: unknown) => error);
    await expect.poll(() => server.requests.length).toBe(1);
    await server.close();
    expect(await waiting).toBeInstanceOf(Error);
    expect(existsSync(repository.dir)).toBe(false);
    await expect(globalThis.fetch(server.url)).rejects.toThrow();
  });
});
