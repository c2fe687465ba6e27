/** What the pipeline relies on in a git host: shown of the fake that its tests use, and of the real client. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Repository } from '../../lib/domain/git.ts';
import { gitHost } from '../../lib/git/git-host.ts';
import type { GitHost } from '../../lib/ports.ts';
import { memoryGit, type Snapshot } from '../fakes/memory-git.ts';
import { startGitServer } from '../support/git-server.ts';
import { newKeyPair, startSshServer } from '../support/ssh-server.ts';

interface Subject {
  readonly host: GitHost;
  readonly repository: Repository;
  commit(files: Snapshot): Promise<string>;
  removeBranch(): Promise<void>;
}

const server = await startGitServer();
const ssh = await startSshServer();
const key = await newKeyPair();
await ssh.authorize(key.publicKey);
const real = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
afterAll(async () => {
  real.close();
  await Promise.all([server.close(), ssh.close()]);
});

const SUBJECTS: readonly (readonly [string, () => Promise<Subject>])[] = [
  [
    'the fake',
    async () => {
      const git = memoryGit();
      return {
        host: git,
        repository: { url: 'http://memory', provider: 'generic', credential: null },
        commit: async (files) => git.commit(files),
        removeBranch: async () => git.setTip(null),
      };
    },
  ],
  [
    'the client',
    async () => {
      const repository = await server.createRepository();
      return {
        host: real,
        repository: { url: repository.url, provider: 'generic', credential: null },
        commit: (files) => repository.forcePush(files),
        removeBranch: () => repository.deleteBranch('main'),
      };
    },
  ],
  [
    'the client, over SSH',
    async () => {
      const repository = await ssh.createRepository();
      const credential = { privateKey: key.privateKey, hostKeys: ssh.hostKeys };
      return {
        host: real,
        repository: { url: repository.url, provider: 'generic', credential },
        commit: (files) => repository.forcePush(files),
        removeBranch: () => repository.deleteBranch('main'),
      };
    },
  ],
];

describe.each(SUBJECTS)('a git host: %s', (_name, make) => {
  const read = (
    { host, repository }: Subject,
    commit: string,
    paths: string[],
    known: Parameters<GitHost['read']>[0]['known'] = null,
  ) => host.read({ repository, commit, paths, known });

  it('says where the branch is, and that it is not there', async () => {
    const subject = await make();
    expect(await subject.host.resolve(subject.repository, 'main')).toBeNull();
    const commit = await subject.commit({ 'a.yaml': 'a' });
    expect(await subject.host.resolve(subject.repository, 'main')).toBe(commit);
    await subject.removeBranch();
    expect(await subject.host.resolve(subject.repository, 'main')).toBeNull();
  });

  it('reads a file with its blob id, and leaves out bytes that are known', async () => {
    const subject = await make();
    const commit = await subject.commit({ 'p/a.yaml': 'a', 'p/b.yaml': 'b' });
    const first = await read(subject, commit, ['p/a.yaml']);
    const file = first.paths.get('p/a.yaml');
    expect(file).toMatchObject({ kind: 'file', blob: '2e65efe2a145dda7ee51d1741299f848e5bf752e' });
    expect(file?.kind === 'file' && Buffer.from(file.bytes ?? []).toString()).toBe('a');
    const next = await subject.commit({ 'p/a.yaml': 'a', 'p/b.yaml': 'c' });
    const blobs = { 'p/a.yaml': '2e65efe2a145dda7ee51d1741299f848e5bf752e' };
    const again = await read(subject, next, ['p/a.yaml'], { commit, trees: first.trees, blobs });
    expect(again.paths.get('p/a.yaml')).toMatchObject({ kind: 'file', bytes: null });
  });

  it('reads the YAML files below a directory, and only those', async () => {
    const subject = await make();
    const commit = await subject.commit({
      'p/a.yaml': 'a',
      'p/d/b.yml': 'b',
      'p/c.txt': 'c',
      'o/d.yaml': 'd',
    });
    const directory = (await read(subject, commit, ['p/'])).paths.get('p/');
    expect(directory?.kind === 'directory' && [...directory.files.keys()].sort()).toEqual([
      'p/a.yaml',
      'p/d/b.yml',
    ]);
  });

  it('answers a path that is not there with a problem, beside its neighbours', async () => {
    const subject = await make();
    const commit = await subject.commit({ 'a.yaml': 'a' });
    const { paths } = await read(subject, commit, ['a.yaml', 'b.yaml']);
    expect(paths.get('a.yaml')).toMatchObject({ kind: 'file' });
    expect(paths.get('b.yaml')).toMatchObject({ kind: 'problem', class: 'not_found' });
  });
});
