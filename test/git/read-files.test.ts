import { describe, expect, it } from 'vitest';
import type { PathRead, ReadResult } from '../../lib/domain/git.ts';
import { objectId } from '../../lib/git/git-object.ts';
import type { RepositoryOptions } from '../support/git-server.ts';
import { commitOf, type TreeLine, treeData } from './pack-writer.ts';
import {
  aHost,
  asks,
  at,
  bytesAt,
  content,
  isFetch,
  isPost,
  noise,
  packAnswer,
  useGitServer,
} from './world.ts';

const world = useGitServer();
const SUBMODULE = 'deadbeef'.repeat(5);

async function readOf(
  options: RepositoryOptions,
  paths: readonly string[],
  host = aHost(),
): Promise<ReadResult> {
  const repository = await world.server.createRepository(options);
  return host.read({ repository: at(repository.url), commit: await repository.tip(), paths, known: null });
}

function filesOf(read: PathRead | undefined): ReadonlyMap<string, PathRead> {
  if (read?.kind !== 'directory') throw new Error(`not a directory: ${JSON.stringify(read)}`);
  return read.files;
}

describe('a tracked path that is not a readable file', () => {
  const files = {
    'dir/a.yaml': 'a',
    'file.yaml': 'b',
    'link.yaml': { symlink: 'file.yaml' },
    linkdir: { symlink: 'dir' },
    'module.yaml': { submodule: SUBMODULE },
  };

  let once: Promise<ReadResult> | undefined;
  const PROBLEMS = [
    ['missing.yaml', 'not_found', 'missing.yaml does not exist'],
    ['dir/missing.yaml', 'not_found', 'dir/missing.yaml does not exist'],
    ['nowhere/a.yaml', 'not_found', 'nowhere/a.yaml does not exist'],
    ['nowhere/', 'not_found', 'nowhere does not exist'],
    ['file.yaml/a.yaml', 'not_found', 'file.yaml is a file'],
    ['FILE.yaml', 'not_found', 'does not exist'],
    ['dir', 'validation', 'track it as dir/'],
    ['file.yaml/', 'validation', 'without the trailing slash'],
    ['link.yaml', 'unsupported', 'symbolic link'],
    ['linkdir/', 'unsupported', 'symbolic link'],
    ['linkdir/a.yaml', 'unsupported', 'linkdir is a symbolic link'],
    ['module.yaml', 'unsupported', 'submodule'],
    ['module.yaml/x.yaml', 'unsupported', 'submodule'],
    ['module.yaml/', 'unsupported', 'submodule'],
  ] as const;

  it.each(PROBLEMS)('%s is a problem of class %s', async (path, faultClass, words) => {
    once ??= readOf(
      { files },
      PROBLEMS.map(([each]) => each),
    );
    const read = (await once).paths.get(path);
    expect(read).toMatchObject({ kind: 'problem', class: faultClass });
    expect(read?.kind === 'problem' && read.message).toContain(words);
  });

  it('does not hold back its neighbours', async () => {
    const result = await readOf({ files }, ['link.yaml', 'missing.yaml', 'file.yaml']);
    expect(bytesAt(result, 'file.yaml')).toBe('b');
  });

  it('says that an LFS pointer is one', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    const result = await readOf({ files: { 'a.yaml': pointer } }, ['a.yaml']);
    expect(result.paths.get('a.yaml')).toMatchObject({ kind: 'problem', class: 'unsupported' });
  });

  it('reads a file of exactly 256 KiB, and names both sizes for one byte more', async () => {
    const result = await readOf(
      {
        files: {
          'fits.yaml': noise(256 * 1024),
          'over.yaml': noise(256 * 1024 + 1),
          'far.yaml': 'x'.repeat(600_000),
        },
      },
      ['fits.yaml', 'over.yaml', 'far.yaml'],
    );
    expect(result.paths.get('fits.yaml')?.kind).toBe('file');
    expect(result.paths.get('over.yaml')).toMatchObject({ kind: 'problem', class: 'too_large' });
    expect(result.paths.get('far.yaml')).toEqual({
      kind: 'problem',
      class: 'too_large',
      message: 'far.yaml is 585.9 KiB, over the limit of 256 KiB',
    });
  });

  it('stops a huge file early, and still reads its neighbours', async () => {
    const files = { 'a.yaml': 'a', 'huge.yaml': noise(3_000_000), 'z.yaml': 'z', 'y.yaml': 'y' };
    const host = aHost({ bounds: { fileBytes: 10_000 } });
    const result = await readOf({ files }, Object.keys(files), host);
    expect(result.paths.get('huge.yaml')).toMatchObject({ kind: 'problem', class: 'too_large' });
    expect(['a.yaml', 'y.yaml', 'z.yaml'].map((path) => bytesAt(result, path))).toEqual(['a', 'y', 'z']);
    expect(Math.max(...world.server.requests.map(({ bytesOut }) => bytesOut))).toBeLessThan(3_000_000);
  });

  it('does not inflate a small answer into a huge file', async () => {
    const files = { 'a.yaml': 'a', 'bomb.yaml': Buffer.alloc(30_000_000) };
    const host = aHost({ bounds: { objectBytes: 1_000_000, inflatedBytes: 10_000_000 } });
    const result = await readOf({ files }, Object.keys(files), host);
    expect(result.paths.get('bomb.yaml')).toMatchObject({ kind: 'problem', class: 'too_large' });
    expect(bytesAt(result, 'a.yaml')).toBe('a');
  });
});

describe('a tracked directory', () => {
  it('is every policy document below it, at any depth, by full path', async () => {
    const files = {
      'p/a.yaml': '1',
      'p/b.yml': '2',
      'p/x/y/z/deep.yaml': '3',
      'p/ü nicode/火.yaml': '4',
      'p/readme.md': 'no',
      'p/yaml': 'no',
      'p/a.yaml.bak': 'no',
      'other/a.yaml': 'no',
    };
    const result = await readOf({ files }, ['p/']);
    const found = filesOf(result.paths.get('p/'));
    expect(Object.fromEntries([...found].map(([path, read]) => [path, content(read)]))).toEqual({
      'p/a.yaml': '1',
      'p/b.yml': '2',
      'p/x/y/z/deep.yaml': '3',
      'p/ü nicode/火.yaml': '4',
    });
    expect(Object.keys(result.trees).sort()).toEqual(['', 'p', 'p/x', 'p/x/y', 'p/x/y/z', 'p/ü nicode']);
  });

  it('may be the root, empty of documents, or inside another tracked one', async () => {
    const files = { 'p/a.yaml': '1', 'p/q/b.yaml': '2', 'docs/readme.md': '' };
    const result = await readOf({ files }, ['/', 'p/', 'p/q/', 'p/q/b.yaml', 'docs/']);
    expect([...filesOf(result.paths.get('/')).keys()]).toEqual(['p/a.yaml', 'p/q/b.yaml']);
    expect([...filesOf(result.paths.get('p/q/')).keys()]).toEqual(['p/q/b.yaml']);
    expect(filesOf(result.paths.get('docs/')).size).toBe(0);
    expect(bytesAt(result, 'p/q/b.yaml')).toBe('2');
  });

  it('takes a directory named like a document as a directory', async () => {
    const result = await readOf({ files: { 'p/odd.yaml/in.yaml': '1' } }, ['p/']);
    expect([...filesOf(result.paths.get('p/')).keys()]).toEqual(['p/odd.yaml/in.yaml']);
  });

  it('tells which of its documents cannot be used, and ignores what is none', async () => {
    const files = {
      'p/good.yaml': '1',
      'p/link.yaml': { symlink: 'good.yaml' },
      'p/module.yml': { submodule: SUBMODULE },
      'p/link': { symlink: 'good.yaml' },
      'p/module': { submodule: SUBMODULE },
      'p/large.yaml': 'x'.repeat(300_000),
    };
    const found = filesOf((await readOf({ files }, ['p/'])).paths.get('p/'));
    expect(
      Object.fromEntries(
        [...found].map(([path, read]) => [path, read.kind === 'problem' ? read.class : 'ok']),
      ),
    ).toEqual({
      'p/good.yaml': 'ok',
      'p/link.yaml': 'unsupported',
      'p/module.yml': 'unsupported',
      'p/large.yaml': 'too_large',
    });
  });

  it('asks for all directories of a level together', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`p/${index}/x/a.yaml`, `${index}`]),
    );
    const result = await readOf({ files }, ['p/']);
    expect(filesOf(result.paths.get('p/')).size).toBe(60);
    expect(world.server.requests.filter(isPost)).toHaveLength(6);
  });

  it('is too large with more documents, directories or levels than the bounds', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`p/${index}/a.yaml`, '']));
    const deep = { [`p/${'d/'.repeat(12)}a.yaml`]: '' };
    for (const [content, bounds] of [
      [files, { directoryFiles: 10 }],
      [files, { directories: 10 }],
      [deep, { treeDepth: 10 }],
    ] as const) {
      const result = await readOf({ files: content }, ['p/'], aHost({ bounds }));
      expect(result.paths.get('p/')).toMatchObject({ kind: 'problem', class: 'too_large' });
    }
  });
});

describe('a directory made by hand', () => {
  const blob = objectId('blob', Buffer.from('x: 1\n'));

  async function readRoot(lines: readonly TreeLine[], path: string) {
    const made = commitOf(treeData(lines), [{ type: 'blob', data: Buffer.from('x: 1\n') }]);
    const repository = await world.server.createRepository({ files: { a: '' } });
    world.server.inject(packAnswer(made.pack), isFetch);
    return aHost().read({ repository: at(repository.url), commit: made.commit, paths: [path], known: null });
  }

  it('is read when nothing is wrong with it', async () => {
    expect(bytesAt(await readRoot([{ name: 'a.yaml', id: blob }], 'a.yaml'), 'a.yaml')).toBe('x: 1\n');
  });

  it.each([['.'], ['..'], ['.git'], ['.GIT'], ['a/b'], ['']])(
    'is refused with an entry named %j',
    async (name) => {
      const result = await readRoot(
        [
          { name: 'a.yaml', id: blob },
          { name, id: blob },
        ],
        'a.yaml',
      );
      expect(result.paths.get('a.yaml')).toMatchObject({ kind: 'problem', class: 'validation' });
    },
  );

  it('is refused with two entries of one name', async () => {
    const result = await readRoot(
      [
        { name: 'a.yaml', id: blob },
        { name: 'a.yaml', id: 'f'.repeat(40) },
      ],
      'a.yaml',
    );
    expect(result.paths.get('a.yaml')).toMatchObject({ kind: 'problem', class: 'validation' });
  });

  it('cannot make an entry of an unknown mode, or a directory as a file, look like a file', async () => {
    const odd = await readRoot([{ name: 'a.yaml', id: blob, mode: '100000' }], 'a.yaml');
    expect(odd.paths.get('a.yaml')).toMatchObject({ kind: 'problem', class: 'unsupported' });
    const lie = await readRoot([{ name: 'a', id: blob, mode: '40000' }], 'a/b.yaml');
    expect(lie.paths.get('a/b.yaml')).toMatchObject({ kind: 'problem', class: 'validation' });
  });

  it('may hold names that are not UTF-8, which match no path and are a problem as documents', async () => {
    const lines = [
      { name: 'a.yaml', id: blob },
      { name: Buffer.from([0xff, 0x2e, 0x79, 0x6d, 0x6c]), id: blob },
    ];
    const found = filesOf((await readRoot(lines, '/')).paths.get('/'));
    expect([...found.values()].map(({ kind }) => kind)).toEqual(['file', 'problem']);
  });

  it('cannot contain itself for ever', async () => {
    const repository = await world.server.createRepository({ files: { 'd/d/d/d/d/a.yaml': '1' } });
    const host = aHost({ bounds: { requests: 4 } });
    const read = host.read({
      repository: at(repository.url),
      commit: await repository.tip(),
      paths: ['d/'],
      known: null,
    });
    await expect(read).rejects.toMatchObject({ class: 'too_large' });
    expect(world.server.requests.filter(asks('want ')).length).toBeLessThanOrEqual(4);
  });
});
