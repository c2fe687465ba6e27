import { describe, expect, it } from 'vitest';
import type { ReadResult } from '../../lib/domain/git.ts';
import type { LoggedRequest, RepositoryOptions } from '../support/git-server.ts';
import { writePack } from './pack-writer.ts';
import {
  aHost,
  asks,
  at,
  bytesAt,
  errorAnswer,
  faultOf,
  isFetch,
  isPost,
  noise,
  packAnswer,
  sideBandError,
  useGitServer,
} from './world.ts';

const world = useGitServer();
const PATHS = ['p/a.yaml', 'p/q/b.yaml'];
const UNRELATED = writePack([{ type: 'blob', data: Buffer.from('something else') }]);
const FILES = { 'p/a.yaml': 'a', 'p/q/b.yaml': 'b', 'z.txt': 'z' };

async function readOf(options: RepositoryOptions, host = aHost()): Promise<ReadResult> {
  const repository = await world.server.createRepository({ files: FILES, ...options });
  return host.read({
    repository: at(repository.url),
    commit: await repository.tip(),
    paths: PATHS,
    known: null,
  });
}

function expectRead(result: ReadResult, how: ReadResult['how']): void {
  expect(PATHS.map((path) => bytesAt(result, path))).toEqual(['a', 'b']);
  expect(result.how).toBe(how);
}

/** Everything but the first request of a strategy, which wants the commit at depth 1. */
const wantsById = (request: LoggedRequest) => isFetch(request) && !request.body.includes('deepen 1');

describe('a host that does not allow everything', () => {
  it('is walked when it allows filters and wants by id', async () => {
    expectRead(await readOf({}), 'walk');
  });

  it('sends a shallow snapshot when it offers no filter', async () => {
    expectRead(await readOf({ config: { 'uploadpack.allowFilter': 'false' } }), 'shallow');
    expect(world.server.requests.filter(isPost)).toHaveLength(1);
  });

  it('sends all directories when it bans tree filters, as Azure DevOps does with depths', async () => {
    const config = { 'uploadpackfilter.tree.allow': 'false' };
    expectRead(await readOf({ config }), 'blob-filter');
  });

  it('sends a shallow snapshot when it bans every filter it offers', async () => {
    expectRead(await readOf({ config: { 'uploadpackfilter.allow': 'false' } }), 'shallow');
  });

  it('is read with a blob filter when it refuses directories by id but not files', async () => {
    world.server.inject(
      errorAnswer('upload-pack: not our ref'),
      (request) => wantsById(request) && request.body.includes('filter tree:0'),
    );
    expectRead(await readOf({}), 'blob-filter');
  });

  it('sends a shallow snapshot when it refuses everything by id', async () => {
    world.server.inject(errorAnswer('upload-pack: not our ref'), wantsById);
    expectRead(await readOf({}), 'shallow');
  });

  it('sends a shallow snapshot when it hangs up on filters', async () => {
    world.server.inject({ kind: 'hang up' }, asks('filter '));
    expectRead(await readOf({}), 'shallow');
  });

  it('sends a shallow snapshot when it answers filters with an empty page', async () => {
    const headers = { 'content-type': 'application/x-git-upload-pack-result' };
    world.server.inject({ kind: 'answer', status: 200, headers }, asks('filter '));
    expectRead(await readOf({}), 'shallow');
  });

  it('sends a shallow snapshot when it answers filters with 400', async () => {
    world.server.inject({ kind: 'answer', status: 400 }, asks('filter '));
    expectRead(await readOf({}), 'shallow');
  });

  it('is not asked again in ways it has refused', async () => {
    const host = aHost();
    const repository = await world.server.createRepository({ files: FILES });
    const read = async () =>
      host.read({
        repository: at(repository.url),
        commit: await repository.tip(),
        paths: PATHS,
        known: null,
      });
    world.server.inject(errorAnswer('upload-pack: not our ref'), wantsById);
    await read();
    const before = world.server.requests.length;
    expectRead(await read(), 'shallow');
    expect(world.server.requests.length - before).toBe(1);
  });

  it('whose snapshot is over the byte bound gets a fault that names its settings', async () => {
    const files = { ...FILES, 'big.bin': noise(200_000) };
    const host = aHost({ bounds: { receivedBytes: 100_000 } });
    const fault = await faultOf(readOf({ files, config: { 'uploadpack.allowFilter': 'false' } }, host));
    expect(fault).toMatchObject({ class: 'too_large', advice: 'give_up' });
    expect(fault.message).toContain('uploadpack.allowFilter');
    expect(fault.message).toContain('uploadpack.allowAnySHA1InWant');
  });

  it('that refuses everything gets a fault with its words', async () => {
    world.server.inject(errorAnswer('this is not for you'), isFetch);
    const fault = await faultOf(readOf({}));
    expect(fault).toMatchObject({ class: 'unsupported', advice: 'give_up' });
    expect(fault.message).toContain('this is not for you');
    expect(fault.message).toContain('uploadpack.allowFilter');
  });

  it('that fails within an answer gets a fault with its words', async () => {
    world.server.inject(sideBandError('fatal: unable to read tree\n'), isFetch);
    expect((await faultOf(readOf({}))).message).toContain('fatal: unable to read tree');
  });

  it('that sends something else than was asked for by id is read another way', async () => {
    world.server.inject(packAnswer(UNRELATED), wantsById);
    expectRead(await readOf({}), 'shallow');
  });

  it('that never sends what was asked for is given up, not asked for ever', async () => {
    world.server.inject(packAnswer(UNRELATED), isFetch);
    expect(await faultOf(readOf({}))).toMatchObject({ class: 'not_found' });
    expect(world.server.requests.length).toBeLessThanOrEqual(8);
  });
});

describe('a host we cannot speak to', () => {
  it('is told apart when it only speaks the old protocol', async () => {
    world.server.inject({ kind: 'old protocol' });
    const fault = await faultOf(readOf({}));
    expect(fault).toMatchObject({ class: 'unsupported', advice: 'give_up' });
    expect(fault.message).toContain('protocol version 2');
  });

  it('is trouble that may pass when it forgets the protocol version in between', async () => {
    world.server.inject({ kind: 'old protocol' }, isPost);
    expect(await faultOf(readOf({}))).toMatchObject({ class: 'network', advice: 'retry' });
  });

  it('is told apart when its repository uses SHA-256', async () => {
    const repository = await world.server.createRepository({ objectFormat: 'sha256', files: FILES });
    const fault = await faultOf(aHost().resolve(at(repository.url), 'main'));
    expect(fault).toMatchObject({ class: 'unsupported', advice: 'give_up' });
    expect(fault.message).toContain('sha256');
  });
});
