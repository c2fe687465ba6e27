import diagnostics from 'node:diagnostics_channel';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addressGuard } from '../../lib/git/address-guard.ts';
import { type Address, type Dialer, dial } from '../../lib/git/dial.ts';
import { aHost, at, faultOf, useGitServer } from './world.ts';

const world = useGitServer();
const CREDENTIAL = { username: 'ada', token: 'canary-token' };

/** Every address this process tried to connect to, whoever asked. */
const attempts: string[] = [];
/** What reached a listener that nobody may connect to. */
const reached: { connections: number; bytes: number } = { connections: 0, bytes: 0 };
let forbidden: Server;

function watch(message: unknown): void {
  const { socket } = message as { socket: Socket };
  socket.on('connectionAttempt', (address: string) => attempts.push(address));
}

beforeAll(async () => {
  diagnostics.subscribe('net.client.socket', watch);
  forbidden = createServer((socket) => {
    reached.connections += 1;
    socket.on('data', (chunk) => {
      reached.bytes += chunk.length;
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => forbidden.listen(0, '127.0.0.2', resolve));
});
afterEach(() => {
  attempts.length = 0;
  Object.assign(reached, { connections: 0, bytes: 0 });
});
afterAll(async () => {
  diagnostics.unsubscribe('net.client.socket', watch);
  await new Promise((resolve) => forbidden.close(resolve));
});

const port = () => Number(new URL(world.server.url).port);
const forbiddenPort = () => {
  const address = forbidden.address();
  return typeof address === 'object' && address ? address.port : 0;
};

/** One address, written in every way a URL parser or a C library has ever accepted. */
function spellings(a: number, b: number, c: number, d: number): string[] {
  const value = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (part: number) => part.toString(16);
  const octal = (part: number) => `0${part.toString(8)}`;
  const [high, low] = [hex(a * 256 + b), hex(c * 256 + d)];
  return [
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.${d}.`,
    `${value}`,
    `0x${hex(value)}`,
    `0X${hex(value).toUpperCase()}`,
    octal(value),
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map((part) => `0x${hex(part)}`).join('.'),
    `0x${hex(a)}.${b}.${octal(c)}.${d}`,
    [a, b, c, d]
      .map((part) => [...`${part}`].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''))
      .join('.'),
    `${a}。${b}｡${c}．${d}`,
    `%3${String(a)[0]}${String(a).slice(1)}.${b}.${c}.${d}`,
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:ffff:${high}:${low}]`,
    `[::${high}:${low}]`,
    `[64:ff9b::${high}:${low}]`,
    `[2002:${high}:${low}::]`,
  ];
}

const TARGETS = [
  [127, 0, 0, 2],
  [169, 254, 169, 254],
  [10, 0, 0, 1],
  [172, 16, 0, 1],
  [192, 168, 1, 1],
  [100, 100, 100, 200],
  [169, 254, 170, 2],
] as const;

const OTHERS = [
  '0',
  '0.0.0.0',
  '[::]',
  '[::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fc00::1]',
  '[ff02::1]',
  '[::2]',
  '[2001:db8::1]',
  '[2001::1]',
  '[100::1]',
  '255.255.255.255',
  '224.0.0.1',
  '198.18.0.1',
  '203.0.113.1',
  '192.0.2.1',
  '168.63.129.16',
];

describe('a URL of a private address', () => {
  const hosts = [...TARGETS.flatMap(([a, b, c, d]) => spellings(a, b, c, d)), ...OTHERS];

  it('is written in at least 150 ways here', () => {
    expect(new Set(hosts).size).toBeGreaterThanOrEqual(150);
  });

  it('never makes a connection, however it is written', async () => {
    const host = aHost();
    for (const name of hosts) {
      const fault = await faultOf(
        host.resolve(at(`http://${name}:${forbiddenPort()}/a/b`, CREDENTIAL), 'main'),
      );
      expect.soft(fault.message, name).toContain('private or reserved');
    }
    expect(attempts).toEqual([]);
    expect(reached).toEqual({ connections: 0, bytes: 0 });
  });

  it('is connected to when the deployment allows it, so this test can see connections', async () => {
    const host = aHost({ allowedNetworks: ['127.0.0.0/8'], bounds: { requestMs: 300 } });
    await faultOf(host.resolve(at(`http://127.2:${forbiddenPort()}/a/b`), 'main')).catch(() => {});
    await faultOf(host.resolve(at(`http://0x7f000002:${forbiddenPort()}/a/b`), 'main'));
    expect(attempts.length).toBeGreaterThan(0);
    expect(reached.connections).toBeGreaterThan(0);
    expect(reached.bytes).toBeGreaterThan(0);
  });
});

describe('a name that resolves to', () => {
  async function resolveNamed(answers: (readonly Address[] | 'none')[], name = 'git.example.test') {
    let asked = 0;
    const host = aHost({
      bounds: { connectMs: 300 },
      resolveName: async () => {
        const answer = answers[Math.min(asked, answers.length - 1)] ?? 'none';
        asked += 1;
        if (answer === 'none') throw new Error('ENOTFOUND');
        return answer;
      },
    });
    const repository = await world.server.createRepository({ files: { a: '' } });
    const url = repository.url.replace('127.0.0.1', name);
    return { host, url, tip: await repository.tip() };
  }

  const v4 = (address: string): Address => ({ address, family: 4 });
  const v6 = (address: string): Address => ({ address, family: 6 });

  it('an allowed address is connected to', async () => {
    const { host, url, tip } = await resolveNamed([[v4('127.0.0.1')]]);
    expect(await host.resolve(at(url), 'main')).toBe(tip);
  });

  it.each([
    ['loopback', [v4('127.0.0.2')]],
    ['metadata', [v4('169.254.169.254')]],
    ['IPv6 metadata', [v6('fd00:ec2::254')]],
    ['mapped loopback', [v6('::ffff:127.0.0.2')]],
    ['several private ones', [v4('10.0.0.1'), v6('::1'), v4('192.168.0.1')]],
    ['nonsense', [v4('127.1')]],
  ])('%s makes no connection', async (_what, answer) => {
    const { host, url } = await resolveNamed([answer]);
    const fault = await faultOf(host.resolve(at(url, CREDENTIAL), 'main'));
    expect(fault).toMatchObject({ class: 'validation' });
    expect(fault.message).not.toContain(answer[0]?.address);
    expect(attempts).toEqual([]);
  });

  it('allowed and private addresses is connected to at the allowed ones only', async () => {
    const mixed = [v6('::1'), v4('10.0.0.1'), v4('127.0.0.1'), v4('169.254.169.254'), v6('fd00:ec2::254')];
    const { host, url, tip } = await resolveNamed([mixed]);
    expect(await host.resolve(at(url), 'main')).toBe(tip);
    expect(new Set(attempts)).toEqual(new Set(['127.0.0.1']));
  });

  it('an allowed address first and a private one next (rebinding) never reaches the private one', async () => {
    const { host, url } = await resolveNamed([[v4('127.0.0.1')], [v4('127.0.0.2')]]);
    await host.resolve(at(url, CREDENTIAL), 'main');
    // The server drops the kept connection, so the next request resolves the name again.
    world.server.inject({ kind: 'hang up' });
    for (let times = 0; times < 3; times += 1) await faultOf(host.resolve(at(url, CREDENTIAL), 'main'));
    expect(attempts).not.toContain('127.0.0.2');
    expect(reached.connections).toBe(0);
  });

  it('nothing, then something private, makes no connection', async () => {
    const { host, url } = await resolveNamed(['none', [v4('127.0.0.2')], [v6('fd00:ec2::254')]]);
    for (let times = 0; times < 3; times += 1) await faultOf(host.resolve(at(url), 'main'));
    expect(attempts).toEqual([]);
  });

  it('no address at all is network trouble', async () => {
    const { host, url } = await resolveNamed([[]]);
    expect(await faultOf(host.resolve(at(url), 'main'))).toMatchObject({ class: 'network' });
  });
});

describe('a connection whose peer turns out to be at a denied address', () => {
  it('is closed before a single byte is written', async () => {
    let asked = 0;
    const flips = { allows: () => asked++ === 0 };
    const dialer: Dialer = {
      guard: flips,
      resolve: async () => [{ address: '127.0.0.2', family: 4 }],
      connectMs: 1_000,
      certificateAuthorities: [],
    };
    const dialled = dial({ host: 'rebound.example.test', port: forbiddenPort(), secure: false }, dialer);
    expect((await faultOf(dialled)).message).toContain('private or reserved');
    expect(attempts).toEqual(['127.0.0.2']);
    expect(reached.bytes).toBe(0);
  });

  it('also when it was to be encrypted', async () => {
    let asked = 0;
    const dialer: Dialer = {
      guard: { allows: () => asked++ === 0 },
      resolve: async () => [{ address: '127.0.0.2', family: 4 }],
      connectMs: 1_000,
      certificateAuthorities: [],
    };
    await faultOf(dial({ host: 'rebound.example.test', port: forbiddenPort(), secure: true }, dialer));
    expect(reached.bytes).toBe(0);
  });

  it('is kept when it is where it should be', async () => {
    const dialer: Dialer = {
      guard: addressGuard(['127.0.0.1/32']),
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      connectMs: 1_000,
      certificateAuthorities: [],
    };
    const socket = await dial({ host: 'git.example.test', port: port(), secure: false }, dialer);
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });
});
