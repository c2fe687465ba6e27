import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../lib/domain/fault.ts';
import type { PathRead } from '../../../lib/domain/git.ts';
import { objectId } from '../../../lib/git/git-object.ts';
import { treeData } from '../../git/pack-writer.ts';
import { aHost, at, useGitServer } from '../../git/world.ts';
import { git } from '../../support/git-command.ts';
import type { TestRepository } from '../../support/git-server.ts';

const world = useGitServer();
const FILE = 'policy.yaml';
const TRUE = 'pack: true\n';

const aRepository = () => world.server.createRepository({ files: { [FILE]: TRUE, 'd/a.yaml': 'a\n' } });

/** What is at the tip of `main` for somebody who asks this server; a fault when nobody can tell. */
async function look(repository: TestRepository, path = FILE): Promise<PathRead | Fault | null> {
  const host = aHost();
  try {
    const commit = await host.resolve(at(repository.url), 'main');
    if (commit === null) return null;
    const { paths } = await host.read({ repository: at(repository.url), commit, paths: [path], known: null });
    return paths.get(path) ?? null;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

const text = (read: PathRead | Fault | null) =>
  read !== null && !(read instanceof Fault) && read.kind === 'file'
    ? Buffer.from(read.bytes ?? []).toString()
    : read;

/** An object as nobody checked it, of any type. */
const literally = (repository: TestRepository, type: string, data: Uint8Array) =>
  git(repository.dir, ['hash-object', '-t', type, '-w', '--literally', '--stdin'], data);

/** `main` at a commit over this tree. */
async function publish(repository: TestRepository, tree: string): Promise<void> {
  const commit = await repository.git('commit-tree', '-m', 'by hand', tree);
  await repository.setBranch('main', commit);
}

/** A loose object whose file holds something else. */
async function overwrite(repository: TestRepository, id: string, content: Buffer): Promise<void> {
  const file = join(repository.dir, 'objects', id.slice(0, 2), id.slice(2));
  await chmod(file, 0o644);
  await writeFile(file, content);
}

const blobId = objectId('blob', Buffer.from(TRUE));

describe('a real server whose repository', () => {
  it.each([
    ['..', '40000'],
    ['.git', '40000'],
    ['a/b', '100644'],
    ['', '100644'],
  ])('has an entry named %j made by hand is refused for it', async (name, mode) => {
    const repository = await aRepository();
    const lines = [
      { name, mode, id: blobId },
      { name: FILE, id: blobId },
    ];
    await publish(repository, await literally(repository, 'tree', treeData(lines)));
    expect(await look(repository)).toMatchObject({
      class: expect.stringMatching(/validation|unsupported|network/),
    });
  });

  it('names one file twice, or out of order, does not get to choose which of them we read', async () => {
    const repository = await aRepository();
    const other = await literally(repository, 'blob', Buffer.from('pack: evil\n'));
    for (const lines of [
      [
        { name: FILE, id: other },
        { name: FILE, id: blobId },
      ],
      [
        { name: 'z', id: blobId },
        { name: FILE, id: other },
      ],
    ]) {
      await publish(repository, await literally(repository, 'tree', treeData(lines)));
      expect(await look(repository)).toMatchObject({ kind: 'problem', class: 'validation' });
    }
  });

  it('shows another object in place of the one asked for (git replace) is read as it is', async () => {
    const repository = await aRepository();
    const other = await literally(repository, 'blob', Buffer.from('pack: evil\n'));
    await repository.git('replace', blobId, other);
    expect(text(await look(repository))).toBe(TRUE);
  });

  it.each([
    ['other content', () => deflateSync(Buffer.from('blob 11\0pack: evil\n'))],
    ['another type', () => deflateSync(Buffer.from(`tree 0\0`))],
    ['noise', () => Buffer.alloc(40, 7)],
    ['nothing', () => Buffer.alloc(0)],
  ])('holds %s under the id of the file is never believed', async (_what, content) => {
    const repository = await aRepository();
    await git(repository.dir, ['unpack-objects', '-q'], await packed(repository));
    await overwrite(repository, blobId, content());
    const read = await look(repository);
    expect(read).toBeInstanceOf(Fault);
    expect((read as Fault).message.length).toBeGreaterThan(20);
  });

  it('has lost the directory, or the commit, is a fault', async () => {
    for (const lost of ['main^{tree}', 'main']) {
      const repository = await aRepository();
      await git(repository.dir, ['unpack-objects', '-q'], await packed(repository));
      await overwrite(repository, await repository.tip(lost), Buffer.alloc(0));
      const read = await look(repository);
      expect(read === null || read instanceof Fault).toBe(true);
    }
  });

  it('has a commit without an author, or without anything, is read or a fault', async () => {
    const repository = await aRepository();
    const tree = await repository.tip('main^{tree}');
    for (const commit of [`tree ${tree}\n\nm`, `tree ${tree}\nauthor x\ncommitter y\n\n`, 'nothing']) {
      const id = await literally(repository, 'commit', Buffer.from(commit));
      await writeFile(join(repository.dir, 'refs/heads/main'), `${id}\n`);
      const read = await look(repository);
      expect(read instanceof Fault || text(read) === TRUE).toBe(true);
    }
  });

  it('has a branch that is a tag, a file, nothing, or itself is a fault or no branch', async () => {
    const repository = await aRepository();
    await repository.git('tag', '-a', '-m', 'v', 'v1');
    const ref = join(repository.dir, 'refs/heads/main');
    const contents = [
      await repository.tip('refs/tags/v1'),
      blobId,
      'f'.repeat(40),
      '0'.repeat(40),
      'junk',
      '',
      'ref: refs/heads/main',
    ];
    for (const content of contents) {
      await writeFile(ref, `${content}\n`);
      const read = await look(repository);
      expect(read === null || read instanceof Fault).toBe(true);
    }
  });

  it('is itself a shallow copy is read', async () => {
    const repository = await aRepository();
    await repository.commit({ [FILE]: 'pack: newer\n' });
    await writeFile(join(repository.dir, 'shallow'), `${await repository.tip()}\n`);
    expect(text(await look(repository))).toBe('pack: newer\n');
  });

  it('holds 100,000 files in one directory is read', async () => {
    const repository = await aRepository();
    const lines = Array.from({ length: 100_000 }, (_, entry) => `100644 blob ${blobId}\t${entry}.txt\n`);
    const many = await git(
      repository.dir,
      ['mktree'],
      [...lines, `100644 blob ${blobId}\tpolicy.yaml\n`].join(''),
    );
    await publish(repository, await git(repository.dir, ['mktree'], `040000 tree ${many}\tmany\n`));
    expect(text(await look(repository, 'many/policy.yaml'))).toBe(TRUE);
    expect(await look(repository, 'many/99999.txt/')).toMatchObject({ class: 'validation' });
  });
});

/** All objects, taken out of the packs they may be in. */
async function packed(repository: TestRepository): Promise<Buffer> {
  const names = (await repository.git('rev-list', '--objects', '--all')).replace(/ .*$/gm, '');
  const input = `${names}\n`;
  const pack = execFileSync('git', ['-C', repository.dir, 'pack-objects', '--stdout', '-q'], { input });
  await rm(join(repository.dir, 'objects'), { recursive: true });
  await mkdir(join(repository.dir, 'objects/pack'), { recursive: true });
  return pack;
}
