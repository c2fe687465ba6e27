/** Reading over SSH, from OpenSSH's own server. */
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployKey, Repository } from '../../lib/domain/git.ts';
import { withoutSha1 } from '../../lib/git/signing-key.ts';
import { type KeyPair, newKeyPair, type SshServer, startSshServer } from '../support/ssh-server.ts';
import { aHost, bytesAt, faultOf, knownFrom } from './world.ts';

let server: SshServer;
let key: KeyPair;
beforeAll(async () => {
  [server, key] = await Promise.all([startSshServer(), newKeyPair()]);
  await server.authorize(key.publicKey);
});
afterAll(() => server.close());

function at(url: string, deployKey: Partial<DeployKey> = {}): Repository {
  const credential = { privateKey: key.privateKey, hostKeys: server.hostKeys, ...deployKey };
  return { url, provider: 'generic', credential };
}

/** The protocol commands that `work` had the server carry out. */
async function commandsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await server.commands()).length;
  await work();
  return (await server.commands()).slice(before);
}

describe('over SSH', () => {
  it('a branch is where the server says, or not there', async () => {
    const repository = await server.createRepository();
    const host = aHost();
    expect(await host.resolve(at(repository.url), 'main')).toBeNull();
    const first = await repository.commit({ 'a.yaml': 'a' });
    expect(await host.resolve(at(repository.url), 'main')).toBe(first);
    const other = await repository.commit({ 'a.yaml': 'b' }, { branch: 'main-2' });
    expect(await host.resolve(at(repository.url), 'main')).toBe(first);
    expect(await host.resolve(at(repository.url), 'main-2')).toBe(other);
  });

  it('files are read by a walk, and then by what changed, in as many requests as over HTTP', async () => {
    const repository = await server.createRepository({
      files: { 'p/a.yaml': 'a: 1\n', 'p/d/b.yaml': 'b: 1\n', 'x.bin': Buffer.alloc(300_000, 7) },
    });
    const host = aHost();
    const first = await repository.tip();
    const read = (commit: string, known: ReturnType<typeof knownFrom> | null) =>
      host.read({ repository: at(repository.url), commit, paths: ['p/', 'p/a.yaml'], known });
    let result = await read(first, null);
    expect(result.how).toBe('walk');
    expect(bytesAt(result, 'p/a.yaml')).toBe('a: 1\n');
    const next = await repository.commit({ 'p/a.yaml': 'a: 2\n' });
    const commands = await commandsOf(async () => {
      result = await read(next, knownFrom(result));
    });
    expect(commands).toEqual(['fetch']);
    expect(result.how).toBe('delta');
    expect(bytesAt(result, 'p/a.yaml')).toBe('a: 2\n');
  });

  it('a big repository takes as many requests as a small one', async () => {
    const small = await server.createRepository({ files: { 'p/a.yaml': 'a' } });
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, i) => [`d${i % 50}/f${i}.txt`, `${i}`]),
    );
    const big = await server.createRepository({ files: { ...many, 'p/a.yaml': 'a' } });
    await big.repack();
    const host = aHost();
    const counts: number[] = [];
    for (const repository of [small, big]) {
      const commit = await repository.tip();
      const ask = { repository: at(repository.url), commit, paths: ['p/a.yaml'], known: null };
      counts.push((await commandsOf(() => host.read(ask))).length);
    }
    expect(counts[1]).toBe(counts[0]);
    expect(counts[0]).toBeLessThanOrEqual(4);
  });

  it('filters need not be allowed: then it is a shallow read', async () => {
    const repository = await server.createRepository({
      files: { 'p/a.yaml': 'a' },
      config: { 'uploadpack.allowFilter': 'false', 'uploadpack.allowAnySHA1InWant': 'false' },
    });
    const commit = await repository.tip();
    const read = await aHost().read({
      repository: at(repository.url),
      commit,
      paths: ['p/a.yaml'],
      known: null,
    });
    expect(read.how).toBe('shallow');
    expect(bytesAt(read, 'p/a.yaml')).toBe('a');
  });

  it('one connection serves one operation after another, and side by side each has its own', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    const host = aHost();
    const before = server.connections();
    for (let times = 0; times < 4; times += 1) await host.resolve(at(repository.url), 'main');
    expect(server.connections() - before).toBe(1);
    await Promise.all(Array.from({ length: 3 }, () => host.resolve(at(repository.url), 'main')));
    expect(server.connections() - before).toBe(3);
  });

  it('a kept connection that the host closed is replaced without a word', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    const host = aHost();
    await host.resolve(at(repository.url), 'main');
    server.hangUp();
    expect(await host.resolve(at(repository.url), 'main')).toBe(await repository.tip());
  });

  it('a connection is kept no longer than it may idle', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    let now = 0;
    const host = aHost({ now: () => now });
    const before = server.connections();
    await host.resolve(at(repository.url), 'main');
    now += 29_000;
    await host.resolve(at(repository.url), 'main');
    expect(server.connections() - before).toBe(1);
    now += 31_000;
    await host.resolve(at(repository.url), 'main');
    expect(server.connections() - before).toBe(2);
  });

  it('a connection is shared by nobody with another key, nor with other host keys', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    const other = await newKeyPair();
    const host = aHost();
    await host.resolve(at(repository.url), 'main');
    expect(
      await faultOf(host.resolve(at(repository.url, { privateKey: other.privateKey }), 'main')),
    ).toMatchObject({
      class: 'auth',
    });
    const fault = await faultOf(host.resolve(at(repository.url, { hostKeys: [hostKeyOf(other)] }), 'main'));
    expect(fault.message).toContain('showed the host key');
  });

  it.each([
    ['ECDSA', ['-t', 'ecdsa', '-b', '384']],
    ['RSA', ['-t', 'rsa', '-b', '2048']],
    ['RSA in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ])('a key may be of the kind %s', async (_name, options) => {
    const repository = await server.createRepository({ files: { a: '1' } });
    const pair = await newKeyPair(...options);
    await server.authorize(pair.publicKey);
    const repositoryAt = at(repository.url, { privateKey: pair.privateKey });
    expect(await aHost().resolve(repositoryAt, 'main')).toBe(await repository.tip());
  });

  it('a path with spaces and letters of any language is the one that is asked for', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    await repository.git('clone', '-q', '--bare', '.', `${repository.dir} größe.git`);
    const url = `${repository.url}%20gr%C3%B6%C3%9Fe.git`;
    expect(await aHost().resolve(at(url), 'main')).toBe(await repository.tip());
  });
});

const hostKeyOf = (pair: KeyPair) => pair.publicKey.split(' ').slice(0, 2).join(' ');

describe('what must not be read over SSH is refused, and says what to do', () => {
  it('a host that shows another key than the one it is known by gets nothing, not even a user name', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    const impostor = hostKeyOf(await newKeyPair());
    const signIns = () => server.log().split('userauth-request').length;
    const before = signIns();
    const fault = await faultOf(aHost().resolve(at(repository.url, { hostKeys: [impostor] }), 'main'));
    expect(fault).toMatchObject({ class: 'auth', advice: 'give_up' });
    expect(fault.message).toMatch(
      /127\.0\.0\.1 showed the host key SHA256:\S{43}, which is none of those expected/,
    );
    expect(fault.message).toContain('known_hosts');
    expect(signIns()).toBe(before);
  });

  it('a host of which no key is known is not trusted because it was met first', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    for (const hostKeys of [null, []]) {
      const fault = await faultOf(aHost().resolve(at(repository.url, { hostKeys }), 'main'));
      expect(fault).toMatchObject({ class: 'auth', advice: 'give_up' });
      expect(fault.message).toMatch(/SHA256:\S{43}, and none is known for it/);
    }
  });

  it('a key that is not let in', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    const { privateKey } = await newKeyPair();
    const fault = await faultOf(aHost().resolve(at(repository.url, { privateKey }), 'main'));
    expect(fault).toMatchObject({ class: 'auth', advice: 'give_up' });
    expect(fault.message).toMatch(/refused the deploy key SHA256:\S{43} for the user/);
  });

  it('a key that was taken back', async () => {
    const repository = await server.createRepository({ files: { a: '1' } });
    const host = aHost();
    expect(await host.resolve(at(repository.url), 'main')).toBe(await repository.tip());
    await server.revokeAll();
    server.hangUp();
    expect(await faultOf(host.resolve(at(repository.url), 'main'))).toMatchObject({ class: 'auth' });
    await server.authorize(key.publicKey);
    expect(await host.resolve(at(repository.url), 'main')).toBe(await repository.tip());
  });

  it('a repository that is not there, in the host’s words', async () => {
    const { url } = await server.createRepository({ files: { a: '1' } });
    const fault = await faultOf(aHost().resolve(at(`${url}x`), 'main'));
    expect(fault).toMatchObject({ class: 'not_found', advice: 'give_up' });
    expect(fault.message).toContain('does not appear to be a git repository');
  });

  it('a commit that is gone, so that its branch is asked for again', async () => {
    const { url } = await server.createRepository({ files: { a: '1' } });
    const ask = { repository: at(url), commit: 'a'.repeat(40), paths: ['a'], known: null };
    expect(await faultOf(aHost().read(ask))).toMatchObject({ class: 'not_found', advice: 'retry' });
  });

  it('a repository of SHA-256 names', async () => {
    const { url } = await server.createRepository({ objectFormat: 'sha256', files: { a: '1' } });
    expect(await faultOf(aHost().resolve(at(url), 'main'))).toMatchObject({ class: 'unsupported' });
  });

  it('more than an answer may have', async () => {
    const repository = await server.createRepository({ files: { 'a.yaml': 'x'.repeat(300_000) } });
    const commit = await repository.tip();
    const ask = { repository: at(repository.url), commit, paths: ['a.yaml'], known: null };
    const read = await aHost().read(ask);
    expect(read.paths.get('a.yaml')).toMatchObject({ kind: 'problem', class: 'too_large' });
    expect(
      await faultOf(aHost({ bounds: { refsBytes: 10 } }).resolve(at(repository.url), 'main')),
    ).toMatchObject({
      class: 'too_large',
    });
  });

  it('a link without a key', async () => {
    const { url } = await server.createRepository({ files: { a: '1' } });
    const repository = { url, provider: 'generic', credential: null } as const;
    expect(await faultOf(aHost().resolve(repository, 'main'))).toMatchObject({ class: 'auth' });
    const token = { ...repository, credential: { username: null, token: 'ghp_x' } };
    expect(await faultOf(aHost().resolve(token, 'main'))).toMatchObject({ class: 'auth' });
  });
});

describe('a host with keys of several kinds', () => {
  it('is asked for the kind that is known of it', async () => {
    const several = await startSshServer({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] });
    try {
      await several.authorize(key.publicKey);
      const repository = await several.createRepository({ files: { a: '1' } });
      for (const line of several.hostKeys) {
        const tip = await aHost().resolve(at(repository.url, { hostKeys: [line] }), 'main');
        expect(tip).toBe(await repository.tip());
      }
    } finally {
      await several.close();
    }
  });
});

describe('a server that does not take the variable for version 2', () => {
  it('is told apart by its first line, and says which setting it is', async () => {
    const old = await startSshServer({ oldProtocol: true });
    try {
      await old.authorize(key.publicKey);
      const repository = await old.createRepository({ files: { a: '1' } });
      const fault = await faultOf(aHost().resolve(at(repository.url, { hostKeys: old.hostKeys }), 'main'));
      expect(fault).toMatchObject({ class: 'unsupported', advice: 'give_up' });
      expect(fault.message).toContain('AcceptEnv GIT_PROTOCOL');
    } finally {
      await old.close();
    }
  });
});

describe('SHA-1', () => {
  it('signs nothing: neither when it is asked for, nor when nothing else is named', async () => {
    const { privateKey } = await newKeyPair('-t', 'rsa', '-b', '2048');
    const parsed = ssh2.utils.parseKey(privateKey);
    if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('not read');
    const signing = withoutSha1(parsed);
    for (const algorithm of [undefined, 'sha1'])
      expect(signing.sign(Buffer.from('x'), algorithm)).toMatchObject({ cause: { class: 'unsupported' } });
    for (const algorithm of ['sha256', 'sha512'])
      expect(signing.sign(Buffer.from('x'), algorithm)).toBeInstanceOf(Buffer);
  });

  it('is all that some servers take: nobody signs in there', async () => {
    const weak = await startSshServer({ config: ['PubkeyAcceptedAlgorithms ssh-rsa'] });
    try {
      const rsa = await newKeyPair('-t', 'rsa', '-b', '2048');
      await weak.authorize(rsa.publicKey);
      const repository = await weak.createRepository();
      const deployKey = { privateKey: rsa.privateKey, hostKeys: weak.hostKeys };
      const fault = await faultOf(aHost().resolve(at(repository.url, deployKey), 'main'));
      expect(fault.advice).toBe('give_up');
      expect(weak.log()).not.toContain('Accepted publickey');
    } finally {
      await weak.close();
    }
  });
});
