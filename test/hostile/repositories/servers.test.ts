import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../../lib/domain/fault.ts';
import type { Address } from '../../../lib/git/dial.ts';
import { type GitHostOptions, gitHost } from '../../../lib/git/git-host.ts';
import { tally } from '../../support/soak.ts';
import { KINDS } from './hostile-kinds.ts';
import {
  ADVERTISEMENT,
  advertisement,
  answer,
  gitScript,
  type HostileServer,
  head,
  packAnswer,
  refs,
  type Script,
  startHostileServer,
} from './hostile-server.ts';
import { expectTrue, requestAt, TIP, TRUE_PACK } from './truth.ts';

const TOKEN = 'c4nary-token';
const MIB = 1024 * 1024;

let server: HostileServer;
/** Where nobody may connect to: another address of this machine. */
let forbidden: HostileServer;
beforeAll(async () => {
  server = await startHostileServer();
  forbidden = await startHostileServer(() => {}, '127.0.0.2');
});
afterEach(() => {
  expect(forbidden.connections).toBe(0);
  server.calm();
});
afterAll(async () => {
  await server.close();
  await forbidden.close();
});

const HASTE = { requestMs: 400, connectMs: 400, totalMs: 2_000, deltaBytes: 64 * 1024, receivedBytes: MIB };
const aHost = (options: Partial<GitHostOptions> = {}) =>
  gitHost({ allowedNetworks: ['127.0.0.1/32'], bounds: HASTE, ...options });

/** A whole look at a repository: where the branch is, and what is there. */
async function lookAt(url: string, host: ReturnType<typeof gitHost>): Promise<Fault | string> {
  const request = requestAt(url, null, TOKEN);
  try {
    const commit = await host.resolve(request.repository, 'main');
    expectTrue(await host.read({ ...request, commit: commit ?? '' }), null);
    return 'read';
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

const HONEST = gitScript({
  refs: answer(refs(`${TIP} refs/heads/main`)),
  fetch: answer(packAnswer(TRUE_PACK)),
});
const resources = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

describe('a host that', () => {
  it.each(KINDS)(
    '$name ends in $class, within its bounds, and is read once it is honest again',
    async (kind) => {
      server.calm(kind.script);
      const host = aHost();
      const url = `${server.url}/a/b`;
      const fault = await lookAt(url, host);
      expect(fault).toMatchObject({ class: kind.class });
      expect((fault as Fault).message).toMatch(/^[\x20-\x7e’]{20,500}$/);
      expect((fault as Fault).message).not.toContain(TOKEN);
      // All requests together: three packs at most, and what the kernels of both ends hold.
      expect(server.sent).toBeLessThan(server.asked.length * 12 * MIB + 3 * MIB);
      expect(server.asked.length).toBeLessThanOrEqual(10);
      server.script = HONEST;
      expect(await lookAt(url, host)).toBe('read');
      host.close();
    },
  );

  it('announces answers is not listened to until the deadline', async () => {
    server.calm(KINDS.find(({ name }) => name.startsWith('announces'))?.script);
    const host = aHost();
    const fault = await lookAt(`${server.url}/a/b`, host);
    expect(fault).toMatchObject({ message: expect.stringContaining('without end') });
    host.close();
  });

  it('speaks HTTP/1.0 is read', async () => {
    server.script = (socket, asked) => {
      const bodies: Readonly<Record<string, Buffer>> = {
        'ls-refs': refs(`${TIP} refs/heads/main`),
        fetch: packAnswer(TRUE_PACK),
      };
      const type = asked.command === '' ? ADVERTISEMENT : 'application/x-git-upload-pack-result';
      socket.write(`HTTP/1.0 200 OK\r\ncontent-type: ${type}\r\n\r\n`);
      socket.end(bodies[asked.command] ?? advertisement());
    };
    const host = aHost();
    expect(await lookAt(`${server.url}/a/b`, host)).toBe('read');
    host.close();
  });
});

describe('forty looks at a host that never answers', () => {
  it('end, take at most sixteen connections at a time, and leave none behind', async () => {
    const before = resources();
    const host = aHost();
    let most = 0;
    server.script = () => {
      most = Math.max(most, server.open);
    };
    const looks = Array.from({ length: 40 }, (_, at) => lookAt(`${server.url}/a/${at}`, host));
    for (const end of await Promise.all(looks)) expect(end).toMatchObject({ class: 'network' });
    expect(most).toBeLessThanOrEqual(16);
    server.script = HONEST;
    expect(await lookAt(`${server.url}/a/b`, host)).toBe('read');
    host.close();
    await expect.poll(() => server.open).toBe(0);
    await expect.poll(resources).toBeLessThanOrEqual(before);
  });

  it('take nothing from another host', async () => {
    const other = await startHostileServer(HONEST);
    const host = aHost();
    server.script = () => {};
    const stalled = Array.from({ length: 40 }, (_, at) => lookAt(`${server.url}/a/${at}`, host));
    const ends = await Promise.all(
      Array.from({ length: 9 }, (_, at) => lookAt(`${other.url}/a/${at}`, host)),
    );
    expect(ends).toEqual(Array(9).fill('read'));
    await Promise.all(stalled);
    host.close();
    await other.close();
  });
});

describe('a connection that is kept', () => {
  it('is closed when nobody uses it for a while: hosts may be many', async () => {
    const host = aHost({ bounds: { ...HASTE, idleMs: 50 } });
    server.script = HONEST;
    expect(await lookAt(`${server.url}/a/b`, host)).toBe('read');
    await expect.poll(() => server.open).toBe(0);
    expect(await lookAt(`${server.url}/a/b`, host)).toBe('read');
    host.close();
  });
});

describe('the credential', () => {
  it('goes to no other host, whatever a host says', async () => {
    const other = await startHostileServer(HONEST);
    const host = aHost();
    const page = `${other.url}/stolen/info/refs?service=git-upload-pack`;
    for (const status of ['301 Moved', '302 Found', '303 Other', '307 Again', '308 For Ever']) {
      server.calm((socket) => void socket.write(head({ location: page, 'content-length': 0 }, status)));
      await lookAt(`${server.url}/a/${status.slice(0, 3)}`, host);
      expect(server.asked[0]?.headers['authorization']).toMatch(/^Basic /);
    }
    expect(other.asked.length).toBeGreaterThanOrEqual(5);
    for (const { headers, body, path } of other.asked)
      expect(JSON.stringify([headers, body, path])).not.toMatch(/authorization|c4nary|YzRuYXJ5/i);
    host.close();
    await other.close();
  });
});

describe('a name that changes its mind', () => {
  const v4 = (address: string): Address => ({ address, family: 4 });
  const v6 = (address: string): Address => ({ address, family: 6 });
  const HERE = v4('127.0.0.1');
  const THERE = v4('127.0.0.2');

  async function looks(answers: readonly (readonly Address[])[], times = 6): Promise<(Fault | string)[]> {
    let asked = 0;
    const resolveName = async () => {
      const answer = answers[asked % answers.length] ?? [];
      asked += 1;
      if (answer.length === 0) throw new Error('ENOTFOUND');
      return answer;
    };
    const host = aHost({ resolveName });
    const ends: (Fault | string)[] = [];
    // To the port where the forbidden one listens, and with a connection of its own each time.
    server.script = (socket, asked) => {
      HONEST(socket, asked);
      socket.end();
    };
    for (let look = 0; look < times; look += 1)
      ends.push(
        await lookAt(
          `http://rebound.example.test:${look % 2 ? forbidden.port : server.port}/a/${look}`,
          host,
        ),
      );
    host.close();
    return ends;
  }

  it.each([
    ['between a good and a denied address', [[HERE], [THERE]]],
    ['from nothing to a denied address', [[], [THERE]]],
    [
      'between both families',
      [
        [HERE, v6('::1')],
        [v6('::1'), v6('::ffff:127.0.0.2')],
      ],
    ],
    [
      'into an address in disguise',
      [[v6('::ffff:127.0.0.2')], [v6('::ffff:7f00:2')], [v6('64:ff9b::7f00:2')]],
    ],
    [
      'among a thousand denied addresses',
      [
        Array.from({ length: 1_000 }, (_, at) => v4(`127.0.${at >> 8}.${at & 255 || 2}`)).filter(
          ({ address }) => address !== '127.0.0.1',
        ),
      ],
    ],
    ['into what is no address', [[v4('0x7f.0.0.2')], [v4('')], [{ address: '127.0.0.2', family: 6 }]]],
    ['into the metadata service', [[v4('169.254.169.254')], [v6('fd00:ec2::254')], [HERE]]],
  ] as const)('%s is never followed to the denied one', async (_what, answers) => {
    const ends = await looks(answers);
    for (const end of ends) expect(end === 'read' || end instanceof Fault).toBe(true);
    // The listener on the denied address is looked at after each test.
    tally(`rebinding names`, {
      looks: ends.length,
      'connections to denied addresses': forbidden.connections,
    });
  });

  it('reaches the listener when it is allowed, so that these tests can see a connection', async () => {
    const seen = await startHostileServer(HONEST, '127.0.0.3');
    const host = aHost({ allowedNetworks: ['127.0.0.0/8'], resolveName: async () => [v4('127.0.0.3')] });
    expect(await lookAt(`http://rebound.example.test:${seen.port}/a/b`, host)).toBe('read');
    expect(seen.connections).toBeGreaterThan(0);
    host.close();
    await seen.close();
  });
});

describe('over TLS, a host that', () => {
  const made = selfSigned();
  let tls: TlsServer;
  let script: Script = HONEST;
  beforeAll(async () => {
    tls = createTlsServer({ ...made, ALPNProtocols: ['http/1.1'] }, (socket) => {
      socket.on('error', () => {});
      socket.on('data', () => script(socket, { method: '', path: '', headers: {}, body: '', command: '' }));
    });
    tls.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => tls.close(resolve)));

  const url = (name: string) => {
    const address = tls.address();
    return `https://${name}:${typeof address === 'object' && address ? address.port : 0}/a/b`;
  };
  const trusting = () =>
    aHost({
      certificateAuthorities: [made.cert],
      resolveName: async () => [{ address: '127.0.0.1', family: 4 }],
    });

  it('has the name of another, or of an address only, is told nothing', async () => {
    let heard = 0;
    script = () => {
      heard += 1;
    };
    for (const name of [
      'other.example.test',
      'git.example.test.evil.test',
      'evilgit.example.test',
      '127.0.0.1',
    ]) {
      const host = trusting();
      expect(await lookAt(url(name), host)).toMatchObject({ class: 'network' });
      host.close();
    }
    expect(heard).toBe(0);
  });

  it('stops within the handshake is given up', async () => {
    server.script = () => {};
    const host = trusting();
    const fault = await lookAt(
      server.url.replace('http:', 'https:').replace('127.0.0.1', 'git.example.test').concat('/a/b'),
      host,
    );
    expect(fault).toMatchObject({ class: 'network' });
    host.close();
    await expect.poll(() => server.open).toBe(0);
  });

  it('redirects to plain HTTP is not followed', async () => {
    script = (socket) =>
      void socket.write(
        head(
          { location: `${server.url}/a/info/refs?service=git-upload-pack`, 'content-length': 0 },
          '301 Moved',
        ),
      );
    const host = trusting();
    expect(await lookAt(url('git.example.test'), host)).toMatchObject({ class: 'validation' });
    expect(server.connections).toBe(0);
    host.close();
  });
});

function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'kt-tls-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const made = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test'.split(' ');
  execFileSync(
    'openssl',
    ['req', '-x509', ...made, '-addext', 'subjectAltName=DNS:git.example.test', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return pair;
}
