import { describe, expect, it } from 'vitest';
import { aHost, at, bytesAt, content, faultOf, isGet, isPost, knownFrom, useGitServer } from './world.ts';

const world = useGitServer();

describe('read, with nothing known (walk)', () => {
  it('reads a file at a commit', async () => {
    const repository = await world.server.createRepository({ files: { 'policies/prod.yaml': 'a: 1\n' } });
    const commit = await repository.tip();
    const result = await aHost().read({
      repository: at(repository.url),
      commit,
      paths: ['policies/prod.yaml'],
      known: null,
    });
    expect(result.how).toBe('walk');
    expect(result.paths.get('policies/prod.yaml')).toMatchObject({
      kind: 'file',
      blob: await repository.tip('main:policies/prod.yaml'),
    });
    expect(bytesAt(result, 'policies/prod.yaml')).toBe('a: 1\n');
    expect(result.trees).toEqual({
      '': await repository.tip('main^{tree}'),
      policies: await repository.tip('main:policies'),
    });
  });

  it('says who made the commit, when and why', async () => {
    const repository = await world.server.createRepository();
    const commit = await repository.commit(
      { 'a.yaml': '' },
      {
        message: 'Tighten the limits\n\nBecause.\n',
        author: { name: 'Zoë', email: 'zoe@example.org' },
        time: 1_720_000_000,
      },
    );
    const result = await aHost().read({
      repository: at(repository.url),
      commit,
      paths: ['a.yaml'],
      known: null,
    });
    expect(result.commit).toEqual({
      id: commit,
      author: { name: 'Zoë', email: 'zoe@example.org' },
      message: 'Tighten the limits\n\nBecause.',
      committedAt: '2024-07-03T09:46:40.000Z',
    });
  });

  it('reads an old commit, not the tip', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': 'old' } });
    const old = await repository.tip();
    await repository.commit({ 'a.yaml': 'new' });
    const result = await aHost().read({
      repository: at(repository.url),
      commit: old,
      paths: ['a.yaml'],
      known: null,
    });
    expect(bytesAt(result, 'a.yaml')).toBe('old');
  });

  it('reads bytes exactly as they are, and empty and executable files', async () => {
    const odd = Buffer.from([0xff, 0x00, 0x0d, 0x0a, 0x80, 0x1b]);
    const files = { 'odd.yaml': odd, 'empty.yaml': '', 'run.yaml': { executable: 'x' } };
    const repository = await world.server.createRepository({ files });
    const result = await aHost().read({
      repository: at(repository.url),
      commit: await repository.tip(),
      paths: Object.keys(files),
      known: null,
    });
    const read = result.paths.get('odd.yaml');
    expect(read?.kind === 'file' && read.bytes && Buffer.from(read.bytes).equals(odd)).toBe(true);
    expect(bytesAt(result, 'empty.yaml')).toBe('');
    expect(bytesAt(result, 'run.yaml')).toBe('x');
  });

  it.each(['a b/ü/火 policy.yaml', "it's/{x}.yaml", 'UPPER/lower.yml', '100%/x.yaml'])(
    'reads %s',
    async (path) => {
      const repository = await world.server.createRepository({ files: { [path]: path } });
      const commit = await repository.tip();
      const result = await aHost().read({
        repository: at(repository.url),
        commit,
        paths: [path],
        known: null,
      });
      expect(bytesAt(result, path)).toBe(path);
    },
  );

  it('reads from a repository with an unusual name, packed or not', async () => {
    const repository = await world.server.createRepository({
      name: 'grüppe a/p+q.git',
      files: { 'a.yaml': '1' },
    });
    for (let times = 0; times < 2; times += 1) {
      const commit = await repository.tip();
      const result = await aHost().read({
        repository: at(repository.url),
        commit,
        paths: ['a.yaml'],
        known: null,
      });
      expect(bytesAt(result, 'a.yaml')).toBe('1');
      await repository.repack();
    }
  });

  it('reads deltified objects of a packed repository', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index}: ${index * 7919}\n`);
    const repository = await world.server.createRepository();
    const contents = [0, 1, 2, 3].map((version) =>
      lines.with(version * 400, `changed ${version}\n`).join(''),
    );
    for (const text of contents)
      await repository.commit({ 'big.yaml': text, [`copy-${text.length}.yaml`]: text });
    await repository.repack();
    const commit = await repository.tip();
    const result = await aHost().read({ repository: at(repository.url), commit, paths: ['/'], known: null });
    const root = result.paths.get('/');
    expect(root?.kind === 'directory' && content(root.files.get('big.yaml'))).toBe(contents.at(-1));
  });

  it('asks for the levels of all paths together', async () => {
    const repository = await world.server.createRepository({
      files: { 'a/b/c.yaml': '1', 'd/e/f.yaml': '2', 'g.yaml': '3', 'd/x.yaml': '4' },
    });
    const host = aHost();
    const result = await host.read({
      repository: at(repository.url),
      commit: await repository.tip(),
      paths: ['a/b/c.yaml', 'd/e/f.yaml', 'g.yaml', 'd/x.yaml'],
      known: null,
    });
    expect([...result.paths.keys()].map((path) => bytesAt(result, path))).toEqual(['1', '2', '3', '4']);
    // The commit, three levels of trees, all blobs.
    expect(world.server.requests.filter(isPost)).toHaveLength(5);
    expect(world.server.requests.filter(isGet)).toHaveLength(1);
  });

  it('reads 1,000 files of one source in a handful of requests', async () => {
    const paths = Array.from({ length: 1_000 }, (_, index) => `teams/${index % 20}/policy-${index}.yaml`);
    const files = Object.fromEntries(paths.map((path) => [path, `path: ${path}\n`]));
    const repository = await world.server.createRepository({ files });
    const commit = await repository.tip();
    const result = await aHost().read({ repository: at(repository.url), commit, paths, known: null });
    expect(paths.every((path) => bytesAt(result, path) === `path: ${path}\n`)).toBe(true);
    expect(world.server.requests.length).toBeLessThanOrEqual(6);
  });

  it('receives as much from a large repository as from a small one', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => [
      `src/${index % 60}/file-${index}.ts`,
      `${index}`.repeat(50),
    ]);
    const [small, large] = [
      await world.server.createRepository({ files: { 'p/a.yaml': 'a: 1' } }),
      await world.server.createRepository({ files: { 'p/a.yaml': 'a: 1', ...Object.fromEntries(many) } }),
    ];
    const received = async (repository: typeof small) => {
      world.server.calm();
      const commit = await repository.tip();
      await aHost().read({ repository: at(repository.url), commit, paths: ['p/a.yaml'], known: null });
      const { requests } = world.server;
      return { requests: requests.length, bytes: requests.reduce((sum, { bytesOut }) => sum + bytesOut, 0) };
    };
    const [few, most] = [await received(small), await received(large)];
    expect(most.requests).toBe(few.requests);
    expect(most.bytes).toBeLessThan(few.bytes * 1.3);
    expect(most.bytes).toBeLessThan(16 * 1024);
  });

  it('is one request when the commit is the known one and nothing is new to the caller', async () => {
    const repository = await world.server.createRepository({ files: { 'a/b.yaml': '1' } });
    const [host, commit] = [aHost(), await repository.tip()];
    const first = await host.read({
      repository: at(repository.url),
      commit,
      paths: ['a/b.yaml'],
      known: null,
    });
    world.server.calm();
    const known = knownFrom(first);
    const again = await host.read({ repository: at(repository.url), commit, paths: ['a/b.yaml'], known });
    expect(again).toMatchObject({ how: 'walk', commit: first.commit, trees: first.trees });
    expect(bytesAt(again, 'a/b.yaml')).toBeNull();
    expect(world.server.requests).toHaveLength(1);
  });

  it('says that a commit is gone, and that asking for the new tip may help', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const commit = 'deadbeef'.repeat(5);
    const fault = await faultOf(
      aHost().read({ repository: at(repository.url), commit, paths: ['a.yaml'], known: null }),
    );
    expect(fault).toMatchObject({ class: 'not_found', advice: 'retry' });
    expect(fault.message).toContain(commit);
  });

  it.each(['', 'main', 'DEADBEEF'.repeat(5), `${'a'.repeat(40)}\n`, '--upload-pack=x'])(
    'refuses %j as a commit id without asking anybody',
    async (commit) => {
      const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
      const fault = await faultOf(
        aHost().read({ repository: at(repository.url), commit, paths: ['a.yaml'], known: null }),
      );
      expect(fault.class).toBe('validation');
      expect(world.server.requests).toHaveLength(0);
    },
  );

  it('serves many reads at the same time', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`d${index}/a.yaml`, `${index}`]),
    );
    const repository = await world.server.createRepository({ files });
    const [host, commit] = [aHost(), await repository.tip()];
    const results = await Promise.all(
      Object.keys(files).map((path) =>
        host.read({ repository: at(repository.url), commit, paths: [path], known: null }),
      ),
    );
    expect(results.map((result, index) => bytesAt(result, `d${index}/a.yaml`))).toEqual(Object.values(files));
  });
});
