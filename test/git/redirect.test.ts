import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../lib/domain/git.ts';
import { aHost, at, bytesAt, faultOf, isGet, isPost, useGitServer } from './world.ts';

const world = useGitServer();
const FILES = { 'a.yaml': 'a: 1\n' };
const SUFFIX = '/info/refs?service=git-upload-pack';
const CREDENTIAL: Credential = { username: 'ada', token: 's3cret-token' };

/** Another origin on the same machine: sends everybody on to `target`, and remembers who came. */
let other: Server;
let target = '';
const seen: { url: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  other = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    response.writeHead(302, { location: target }).end();
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => other.close(resolve)));

const otherUrl = () => `http://127.0.0.1:${(other.address() as AddressInfo).port}`;

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'of status %d is followed when looking for the repository',
    async (status) => {
      const repository = await world.server.createRepository({ files: FILES });
      const old = repository.url.replace('repository', 'old-name');
      const isOld = ({ path }: { path: string }) => path.includes('old-name');
      world.server.inject({ kind: 'redirect', status, to: `${repository.url}${SUFFIX}` }, isOld);
      const host = aHost();
      const commit = (await host.resolve(at(old), 'main')) ?? '';
      const result = await host.read({ repository: at(old), commit, paths: ['a.yaml'], known: null });
      expect(bytesAt(result, 'a.yaml')).toBe('a: 1\n');
      // Later requests go straight to where the repository is now.
      expect(world.server.requests.filter(isOld)).toHaveLength(1);
      expect(world.server.requests.filter(isPost).every((request) => !isOld(request))).toBe(true);
    },
  );

  it('may be relative, and of several hops', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const path = new URL(repository.url).pathname;
    world.server.inject({ kind: 'redirect', status: 301, to: `/two${SUFFIX}` }, (request) =>
      request.path.startsWith('/one'),
    );
    world.server.inject({ kind: 'redirect', status: 301, to: `../..${path}${SUFFIX}` }, (request) =>
      request.path.startsWith('/two'),
    );
    expect(await aHost().resolve(at(`${world.server.url}/one`), 'main')).toBe(await repository.tip());
  });

  it('keeps the credential on the same host', async () => {
    const access = { kind: 'basic', username: 'ada', password: 's3cret-token' } as const;
    const repository = await world.server.createRepository({ files: FILES, access });
    world.server.inject({ kind: 'redirect', status: 301, to: `${repository.url}${SUFFIX}` }, ({ path }) =>
      path.startsWith('/old'),
    );
    const resolved = await aHost().resolve(at(`${world.server.url}/old`, CREDENTIAL), 'main');
    expect(resolved).toBe(await repository.tip());
  });

  it('does not take the credential to another origin, nor to any later hop there', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    seen.length = 0;
    target = `${repository.url}${SUFFIX}`;
    const resolved = await aHost().resolve(at(`${otherUrl()}/x`, CREDENTIAL), 'main');
    expect(resolved).toBe(await repository.tip());
    expect(seen[0]?.authorization).toMatch(/^Basic /);
    expect(world.server.requests).toHaveLength(2);
    expect(world.server.requests.map(({ authorization }) => authorization)).toEqual([null, null]);
  });

  it.each([
    ['round and round', `/loop${SUFFIX}`, 'network'],
    ['nowhere', '', 'validation'],
    ['to something that is not a URL', 'http://[', 'validation'],
    ['to another scheme', `ftp://127.0.0.1/x${SUFFIX}`, 'validation'],
    ['to a file', `file:///etc/passwd${SUFFIX}`, 'validation'],
    ['to a URL with credentials', `http://a:b@127.0.0.1/x${SUFFIX}`, 'validation'],
    ['to a sign-in page', '/users/sign_in', 'validation'],
    ['to another service', '/x/info/refs?service=git-receive-pack', 'validation'],
  ])('%s is refused', async (_what, to, faultClass) => {
    world.server.inject({ kind: 'redirect', status: 302, to }, ({ path }) => path.startsWith('/loop'));
    const fault = await faultOf(aHost().resolve(at(`${world.server.url}/loop`, CREDENTIAL), 'main'));
    expect(fault).toMatchObject({ class: faultClass, advice: 'give_up' });
    expect(world.server.requests.length).toBeLessThanOrEqual(6);
  });

  it('is not followed by a request that asks for something', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    seen.length = 0;
    world.server.inject({ kind: 'redirect', status: 307, to: `${otherUrl()}/git-upload-pack` }, isPost);
    const fault = await faultOf(aHost().resolve(at(repository.url, CREDENTIAL), 'main'));
    expect(fault).toMatchObject({ class: 'network', advice: 'retry' });
    expect(seen).toHaveLength(0);
  });

  it.each([301, 302, 307, 308])(
    'of status %d to a private address opens no connection there',
    async (status) => {
      seen.length = 0;
      // Only the git server's own address is allowed; the other listens on the same machine.
      const to = `${otherUrl().replace('127.0.0.1', '127.0.0.2')}/x${SUFFIX}`;
      world.server.inject({ kind: 'redirect', status, to }, isGet);
      const fault = await faultOf(aHost().resolve(at(`${world.server.url}/x`, CREDENTIAL), 'main'));
      expect(fault).toMatchObject({ class: 'validation' });
      expect(fault.message).toContain('private or reserved');
    },
  );
});
