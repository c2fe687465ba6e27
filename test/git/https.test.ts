import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aHost, at, bytesAt, faultOf, isPost, useGitServer } from './world.ts';

const world = useGitServer();
const SUFFIX = '/info/refs?service=git-upload-pack';

/** TLS in front of the git server, as a proxy would be; `redirect` sends the first request elsewhere. */
let tls: Server;
let certificate = '';
let redirect: string | null = null;
const seen: (string | undefined)[] = [];

beforeAll(async () => {
  const made = selfSigned();
  certificate = made.cert;
  tls = createServer(made, (incoming, response) => {
    seen.push(incoming.headers.authorization);
    if (redirect) return void response.writeHead(301, { location: redirect }).end();
    const { method, headers, url } = incoming;
    const onward = request(`${world.server.url}${url}`, { method: method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => tls.close(resolve)));

function selfSigned(): { key: string; cert: string } {
  const dir = mkdtempSync(join(tmpdir(), 'kt-tls-'));
  const [key, cert] = [join(dir, 'key'), join(dir, 'cert')];
  const names = 'subjectAltName=DNS:git.example.test,IP:127.0.0.1';
  const options = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test',
  ];
  execFileSync('openssl', ['req', '-x509', ...options, '-addext', names, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(dir, { recursive: true });
  return made;
}

const secureUrl = (url: string, host = '127.0.0.1') =>
  url.replace(world.server.url, `https://${host}:${(tls.address() as AddressInfo).port}`);

const trusting = () =>
  aHost({
    certificateAuthorities: [certificate],
    resolveName: async () => [{ address: '127.0.0.1', family: 4 }],
  });

describe('over TLS', () => {
  it.each(['127.0.0.1', 'git.example.test'])(
    'a host whose certificate for %s is trusted is read',
    async (name) => {
      redirect = null;
      const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
      const host = trusting();
      const url = secureUrl(repository.url, name);
      const commit = (await host.resolve(at(url), 'main')) ?? '';
      expect(
        bytesAt(await host.read({ repository: at(url), commit, paths: ['a.yaml'], known: null }), 'a.yaml'),
      ).toBe('1');
    },
  );

  it('a host with an unknown certificate, or one for another name, gets nothing', async () => {
    redirect = null;
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    seen.length = 0;
    const credential = { username: 'a', token: 'b' };
    const unknown = await faultOf(aHost().resolve(at(secureUrl(repository.url), credential), 'main'));
    const other = await faultOf(
      trusting().resolve(at(secureUrl(repository.url, 'other.example.test'), credential), 'main'),
    );
    expect([unknown.class, other.class]).toEqual(['network', 'network']);
    expect(unknown.message).toContain('SELF_SIGNED');
    expect(seen).toEqual([]);
  });

  it('a redirect to plain http is refused', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    redirect = `${repository.url}${SUFFIX}`;
    const fault = await faultOf(
      trusting().resolve(at(secureUrl(repository.url), { username: 'a', token: 'b' }), 'main'),
    );
    expect(fault).toMatchObject({ class: 'validation', message: expect.stringContaining('https to http') });
    expect(world.server.requests).toHaveLength(0);
  });

  it('connections are kept', async () => {
    redirect = null;
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    tls.on('secureConnection', count);
    const host = trusting();
    for (let times = 0; times < 3; times += 1) await host.resolve(at(secureUrl(repository.url)), 'main');
    tls.off('secureConnection', count);
    expect(world.server.requests.filter(isPost)).toHaveLength(3);
    expect(connections).toBe(1);
  });
});

describe('a closed git host', () => {
  it('keeps no connection open', async () => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    const host = aHost();
    await host.resolve(at(repository.url), 'main');
    host.close();
    const port = world.server.requests.at(-1)?.port;
    await host.resolve(at(repository.url), 'main');
    expect(world.server.requests.at(-1)?.port).not.toBe(port);
    host.close();
  });
});
