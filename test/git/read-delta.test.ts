import { describe, expect, it } from 'vitest';
import type { Known, ReadResult } from '../../lib/domain/git.ts';
import type { TestRepository } from '../support/git-server.ts';
import {
  aHost,
  asks,
  at,
  bytesAt,
  content,
  errorAnswer,
  isFetch,
  isPost,
  knownFrom,
  NOTHING_IN_COMMON,
  noise,
  useGitServer,
} from './world.ts';

const world = useGitServer();

type Host = ReturnType<typeof aHost>;

/** Reads once, then forgets what was asked so far. */
async function readBefore(host: Host, repository: TestRepository, paths: readonly string[]): Promise<Known> {
  const commit = await repository.tip();
  const result = await host.read({ repository: at(repository.url), commit, paths, known: null });
  world.server.calm();
  return knownFrom(result);
}

function readAfter(
  host: Host,
  repository: TestRepository,
  commit: string,
  paths: readonly string[],
  known: Known,
): Promise<ReadResult> {
  return host.read({ repository: at(repository.url), commit, paths, known });
}

const posts = () => world.server.requests.filter(isPost).length;

describe('read, with a commit known (delta)', () => {
  it('is exactly one request, also in a process that has just started', async () => {
    const repository = await world.server.createRepository({ files: { 'p/a.yaml': 'v1', 'p/b.yaml': 'b' } });
    const known = await readBefore(aHost(), repository, ['p/a.yaml', 'p/b.yaml']);
    const commit = await repository.commit({ 'p/a.yaml': 'v2' });
    const result = await readAfter(aHost(), repository, commit, ['p/a.yaml', 'p/b.yaml'], known);
    expect(result.how).toBe('delta');
    expect(bytesAt(result, 'p/a.yaml')).toBe('v2');
    expect(bytesAt(result, 'p/b.yaml')).toBeNull();
    expect(posts()).toBe(1);
    expect(result.trees).toEqual({
      '': await repository.tip('main^{tree}'),
      p: await repository.tip('main:p'),
    });
  });

  it('asks with the known commit and a blob limit, but neither a depth nor the end of the talk', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': 'v1' } });
    const [host, paths] = [aHost(), ['a.yaml']];
    const known = await readBefore(host, repository, paths);
    const commit = await repository.commit({ 'a.yaml': 'v2' });
    await readAfter(host, repository, commit, paths, known);
    const body = world.server.requests[0]?.body.toString() ?? '';
    expect(body).toContain(`want ${commit}`);
    expect(body).toContain(`have ${known.commit}`);
    expect(body).toContain('filter blob:limit=262145');
    expect(body).not.toMatch(/deepen|done|thin-pack/);
  });

  it('says that a file did not change when another one did', async () => {
    const repository = await world.server.createRepository({ files: { 'p/q/a.yaml': '1', 'z.txt': '1' } });
    const [host, paths] = [aHost(), ['p/q/a.yaml']];
    const known = await readBefore(host, repository, paths);
    const commit = await repository.commit({ 'z.txt': '2' });
    const result = await readAfter(aHost(), repository, commit, paths, known);
    expect(bytesAt(result, 'p/q/a.yaml')).toBeNull();
    expect(posts()).toBe(1);
    expect(result.trees).toEqual({ ...known.trees, '': await repository.tip('main^{tree}') });
  });

  it('sees that a file was deleted, renamed, or became a directory', async () => {
    const repository = await world.server.createRepository({
      files: { 'a.yaml': '1', 'b.yaml': '2', 'c.yaml': '3' },
    });
    const [host, paths] = [aHost(), ['a.yaml', 'b.yaml', 'b2.yaml', 'c.yaml']];
    const known = await readBefore(host, repository, paths);
    const commit = await repository.commit(
      { 'b2.yaml': '2', 'c.yaml/x': '1' },
      { delete: ['a.yaml', 'b.yaml', 'c.yaml'] },
    );
    const result = await readAfter(host, repository, commit, paths, known);
    expect(result.paths.get('a.yaml')).toMatchObject({ kind: 'problem', class: 'not_found' });
    expect(result.paths.get('b.yaml')).toMatchObject({ kind: 'problem', class: 'not_found' });
    expect(result.paths.get('c.yaml')).toMatchObject({ kind: 'problem', class: 'validation' });
    // The server does not send what we have; its content is asked for by id.
    expect(bytesAt(result, 'b2.yaml')).toBe('2');
  });

  it('skips over many commits', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '0' } });
    const [host, paths] = [aHost(), ['a.yaml']];
    const known = await readBefore(host, repository, paths);
    let commit = '';
    for (let version = 1; version <= 12; version += 1)
      commit = await repository.commit({ 'a.yaml': `${version}` });
    const result = await readAfter(host, repository, commit, paths, known);
    expect(result.how).toBe('delta');
    expect(bytesAt(result, 'a.yaml')).toBe('12');
    expect(posts()).toBe(1);
  });

  it('reads a path that was not tracked before', async () => {
    const repository = await world.server.createRepository({ files: { 'p/a.yaml': '1', 'q/b.yaml': '2' } });
    const host = aHost();
    const known = await readBefore(host, repository, ['p/a.yaml']);
    const commit = await repository.commit({ 'p/a.yaml': '2' });
    const result = await readAfter(aHost(), repository, commit, ['p/a.yaml', 'q/b.yaml', 'p/'], known);
    expect(bytesAt(result, 'q/b.yaml')).toBe('2');
    expect(bytesAt(result, 'p/a.yaml')).toBe('2');
    expect(result.how).toBe('delta');
  });

  it('reads again a file whose content the caller did not keep', async () => {
    const repository = await world.server.createRepository({ files: { 'p/a.yaml': '1', 'p/b.yaml': 'b' } });
    const known = await readBefore(aHost(), repository, ['p/a.yaml', 'p/b.yaml']);
    const { 'p/b.yaml': _forgotten, ...blobs } = known.blobs;
    const commit = await repository.commit({ 'z.txt': '' });
    const result = await readAfter(aHost(), repository, commit, ['p/a.yaml', 'p/b.yaml'], {
      ...known,
      blobs,
    });
    expect(bytesAt(result, 'p/a.yaml')).toBeNull();
    expect(bytesAt(result, 'p/b.yaml')).toBe('b');
  });

  it('reads a tracked directory of which one file changed', async () => {
    const repository = await world.server.createRepository({
      files: { 'p/a.yaml': '1', 'p/sub/b.yaml': '2', 'p/sub/c.yml': '3', 'p/l.yaml': { symlink: 'a.yaml' } },
    });
    const host = aHost();
    const known = await readBefore(host, repository, ['p/']);
    const commit = await repository.commit({ 'p/a.yaml': '1b' });
    const result = await readAfter(host, repository, commit, ['p/'], known);
    const directory = result.paths.get('p/');
    if (directory?.kind !== 'directory') throw new Error('not a directory');
    expect(content(directory.files.get('p/a.yaml'))).toBe('1b');
    expect(content(directory.files.get('p/sub/b.yaml'))).toBeNull();
    expect(content(directory.files.get('p/sub/c.yml'))).toBeNull();
    expect(directory.files.get('p/l.yaml')).toMatchObject({ kind: 'problem', class: 'unsupported' });
    expect(posts()).toBe(1);
    expect(result.trees).toEqual({
      '': await repository.tip('main^{tree}'),
      p: await repository.tip('main:p'),
      'p/sub': await repository.tip('main:p/sub'),
    });
  });

  it('still sees the problems of an unchanged directory in a process that has just started', async () => {
    const repository = await world.server.createRepository({
      files: { 'p/l.yaml': { symlink: 'x' }, 'p/a.yaml': '1' },
    });
    const known = await readBefore(aHost(), repository, ['p/']);
    const commit = await repository.commit({ 'z.txt': '' });
    const result = await readAfter(aHost(), repository, commit, ['p/'], known);
    const directory = result.paths.get('p/');
    expect(directory?.kind === 'directory' && [...directory.files.keys()].sort()).toEqual([
      'p/a.yaml',
      'p/l.yaml',
    ]);
  });

  it('reads a branch that was rewritten, from the base that both have', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const base = await repository.tip();
    await repository.commit({ 'a.yaml': '2' }, { time: 1_700_000_100 });
    const [host, paths] = [aHost(), ['a.yaml']];
    const known = await readBefore(host, repository, paths);
    const commit = await repository.forcePush({ 'a.yaml': '2b' }, { onto: base, time: 1_700_000_200 });
    const result = await readAfter(host, repository, commit, paths, known);
    expect(bytesAt(result, 'a.yaml')).toBe('2b');
    expect(result.how).toBe('delta');
    expect(posts()).toBeLessThanOrEqual(2);
  });

  it('reads a branch that was set back to an older commit', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const old = await repository.tip();
    await repository.commit({ 'a.yaml': '2' });
    const [host, paths] = [aHost(), ['a.yaml']];
    const known = await readBefore(host, repository, paths);
    await repository.setBranch('main', old);
    const result = await readAfter(host, repository, old, paths, known);
    expect(bytesAt(result, 'a.yaml')).toBe('1');
  });

  it('reads a branch that has nothing in common with the known commit', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const [host, paths] = [aHost(), ['a.yaml']];
    const known = await readBefore(host, repository, paths);
    const commit = await repository.forcePush({ 'a.yaml': 'new world' });
    const result = await readAfter(host, repository, commit, paths, known);
    expect(bytesAt(result, 'a.yaml')).toBe('new world');
  });

  it('walks when the server does not know the commit, without receiving all history', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const host = aHost();
    const known = { ...(await readBefore(host, repository, ['a.yaml'])), commit: 'deadbeef'.repeat(5) };
    const commit = await repository.commit({ 'a.yaml': '2' });
    const result = await readAfter(host, repository, commit, ['a.yaml'], known);
    expect(result.how).toBe('walk');
    expect(bytesAt(result, 'a.yaml')).toBe('2');
  });

  it('walks when the server answers that it has nothing in common', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const host = aHost();
    const known = await readBefore(host, repository, ['a.yaml']);
    const commit = await repository.commit({ 'a.yaml': '2' });
    world.server.inject(NOTHING_IN_COMMON, asks('have '));
    const result = await readAfter(host, repository, commit, ['a.yaml'], known);
    expect(result.how).toBe('walk');
    expect(bytesAt(result, 'a.yaml')).toBe('2');
  });

  it('leaves out blobs when the push is too large with them', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const host = aHost({ bounds: { deltaBytes: 20_000 } });
    const known = await readBefore(host, repository, ['a.yaml']);
    const commit = await repository.commit({ 'a.yaml': '2', noise: noise(100_000) });
    const result = await readAfter(host, repository, commit, ['a.yaml'], known);
    expect(result.how).toBe('delta');
    expect(bytesAt(result, 'a.yaml')).toBe('2');
    expect(world.server.requests.map(({ body }) => /filter ([^\n]*)/.exec(body.toString())?.[1])).toEqual([
      'blob:limit=262145',
      'blob:none',
      undefined,
    ]);
  });

  it('walks when the push is too large even without blobs', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const host = aHost({ bounds: { deltaBytes: 6_000 } });
    const known = await readBefore(host, repository, ['a.yaml']);
    const many = Array.from({ length: 1_000 }, (_, index) => [
      `${noise(12).toString('hex')}/${index}`,
      `${index}`,
    ]);
    const commit = await repository.commit({ 'a.yaml': '2', ...Object.fromEntries(many) });
    const walked = await readAfter(
      aHost({ bounds: { deltaBytes: 6_000 } }),
      repository,
      commit,
      ['a.yaml'],
      known,
    );
    expect(walked.how).toBe('walk');
    expect(bytesAt(walked, 'a.yaml')).toBe('2');
    expect(world.server.requests.filter(asks('have '))).toHaveLength(2);
  });

  it('asks a server that bans blob limits without one, and remembers it', async () => {
    const repository = await world.server.createRepository({
      files: { 'a.yaml': '1' },
      config: { 'uploadpackfilter.blob:limit.allow': 'false' },
    });
    const host = aHost();
    const known = await readBefore(host, repository, ['a.yaml']);
    const commit = await repository.commit({ 'a.yaml': '2' });
    const first = await readAfter(host, repository, commit, ['a.yaml'], known);
    expect(bytesAt(first, 'a.yaml')).toBe('2');
    expect(first.how).toBe('delta');
    world.server.calm();
    const next = await repository.commit({ 'a.yaml': '3' });
    expect(bytesAt(await readAfter(host, repository, next, ['a.yaml'], knownFrom(first)), 'a.yaml')).toBe(
      '3',
    );
    expect(world.server.requests[0]?.body.toString()).toContain('filter blob:none');
  });

  it('still reads the delta from a server without filters', async () => {
    const repository = await world.server.createRepository({
      files: { 'a.yaml': '1', 'z.bin': noise(50_000) },
      config: { 'uploadpack.allowFilter': 'false' },
    });
    const host = aHost();
    const known = await readBefore(host, repository, ['a.yaml']);
    const commit = await repository.commit({ 'a.yaml': '2' });
    const result = await readAfter(host, repository, commit, ['a.yaml'], known);
    expect(result.how).toBe('delta');
    expect(bytesAt(result, 'a.yaml')).toBe('2');
    expect(posts()).toBe(1);
    expect(world.server.requests[0]?.bytesOut).toBeLessThan(2_000);
  });

  it('still reads the delta from a server that hangs up on every filter', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const host = aHost();
    const known = await readBefore(host, repository, ['a.yaml']);
    const commit = await repository.commit({ 'a.yaml': '2' });
    world.server.inject({ kind: 'hang up' }, asks('filter '));
    const result = await readAfter(host, repository, commit, ['a.yaml'], known);
    expect(result.how).toBe('delta');
    expect(bytesAt(result, 'a.yaml')).toBe('2');
  });

  it('stops asking once the server says that the commit itself is not there', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const host = aHost();
    const known = await readBefore(host, repository, ['a.yaml']);
    world.server.inject(errorAnswer('upload-pack: not our ref'), isFetch);
    await expect(readAfter(host, repository, 'c0ffee00'.repeat(5), ['a.yaml'], known)).rejects.toMatchObject({
      class: 'not_found',
      advice: 'retry',
    });
    // Once with what was remembered, once more from the start.
    expect(posts()).toBeLessThanOrEqual(2);
  });
});
