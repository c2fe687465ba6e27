/** SSH hosts that lie, stall and flood: bounds hold, the fault says what happened, and nothing of the key gets out. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../lib/domain/fault.ts';
import type { Repository } from '../../lib/domain/git.ts';
import type { GitHostOptions } from '../../lib/git/git-host.ts';
import { FLUSH, pktLine } from '../../lib/git/pkt-line.ts';
import {
  type RogueOptions,
  type RogueSshServer,
  startRogueSshServer,
  type Wire,
} from '../support/rogue-ssh-server.ts';
import { type KeyPair, newKeyPair } from '../support/ssh-server.ts';
import { aHost, faultOf } from './world.ts';

let key: KeyPair;
let rsa: KeyPair;
beforeAll(async () => {
  [key, rsa] = await Promise.all([newKeyPair(), newKeyPair('-t', 'rsa', '-b', '2048')]);
});

const open = new Set<RogueSshServer>();
async function rogue(options: RogueOptions): Promise<RogueSshServer> {
  const server = await startRogueSshServer(options);
  open.add(server);
  return server;
}
afterEach(async () => {
  await Promise.all([...open].map((server) => server.close()));
  open.clear();
});

function at(server: RogueSshServer, privateKey = key.privateKey, host = '127.0.0.1'): Repository {
  const credential = { privateKey, hostKeys: [server.hostKey] };
  return { url: `ssh://git@${host}:${server.port}/org/repo.git`, provider: 'generic', credential };
}

const SHORT = { connectMs: 500, requestMs: 500, totalMs: 2_000 };

async function resolving(options: RogueOptions, more: Partial<GitHostOptions> = {}): Promise<Fault> {
  const server = await rogue(options);
  return faultOf(aHost({ bounds: SHORT, ...more }).resolve(at(server), 'main'));
}

const ADVERTISEMENT = ['version 2\n', 'ls-refs\n', 'fetch=shallow filter\n'];
const advertise = () => Buffer.concat([...ADVERTISEMENT.map(pktLine), FLUSH]);

function times(count: number, act: () => void): void {
  for (let done = 0; done < count; done += 1) act();
}

describe('before the sign-in', () => {
  it('a host that says nothing ends with the time for it', async () => {
    expect(await resolving({ speak: () => {} })).toMatchObject({
      class: 'network',
      message: expect.stringContaining('in time'),
    });
  });

  it('a host that talks for ever is not listened to for ever', async () => {
    const fault = await resolving({
      speak: (socket) => {
        const talk = () => {
          while (!socket.destroyed && socket.write('x'.repeat(10_000)));
        };
        socket.on('drain', talk);
        talk();
      },
    });
    expect(fault.class).toBe('network');
  });

  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['SSH 1', 'SSH-1.5-old\r\n'],
    ['noise', '\u0000\u0001\u0002\r\n\r\n'],
  ])('a host that speaks %s', async (_name, words) => {
    const fault = await resolving({ speak: (socket) => void socket.end(words) });
    expect(fault.class).toBe('network');
  });

  it('a host that has only what is broken: no method in common', async () => {
    const fault = await resolving({ algorithms: { kex: ['diffie-hellman-group1-sha1'] } });
    expect(fault).toMatchObject({ class: 'unsupported', advice: 'give_up' });
  });

  it('a host that would choose the numbers of the key exchange itself is not let: they may be of any size', async () => {
    const fault = await resolving({ algorithms: { kex: ['diffie-hellman-group-exchange-sha256'] } });
    expect(fault).toMatchObject({ class: 'unsupported', advice: 'give_up' });
  });

  it('a host that is not there', async () => {
    const server = await rogue({});
    await server.close();
    open.clear();
    expect(await faultOf(aHost().resolve(at(server), 'main'))).toMatchObject({
      class: 'network',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('at the sign-in', () => {
  it('one key is shown once, to one user, and nothing else is tried', async () => {
    const server = await rogue({ admits: false });
    expect(await faultOf(aHost().resolve(at(server), 'main'))).toMatchObject({ class: 'auth' });
    expect(server.attempts).toEqual(['git publickey']);
  });

  it('an RSA key signs with SHA-2, once', async () => {
    const server = await rogue({});
    await faultOf(aHost().resolve(at(server, rsa.privateKey), 'main'));
    expect(server.signatures).toEqual(['sha256']);
  });
});

describe('after the sign-in', () => {
  it('the version is asked for before the command, which is one quoted word', async () => {
    const server = await rogue({});
    await faultOf(aHost().resolve(at(server), 'main'));
    expect(server.variables).toEqual({ GIT_PROTOCOL: 'version=2' });
    expect(server.commands).toEqual([`git-upload-pack '/org/repo.git'`]);
  });

  it('silence', async () => {
    expect(await resolving({ run: () => {} })).toMatchObject({ class: 'network' });
  });

  it('silence where the command would be accepted', async () => {
    expect(await resolving({ raw: () => {} })).toMatchObject({
      class: 'network',
      message: expect.stringContaining('in time'),
    });
  });

  it.each([
    ['before it accepts the command', () => {}],
    ['after it', (wire: Wire) => wire.channelSuccess(0)],
  ])('a host that goes on after the end, %s', async (_when, begin) => {
    const fault = await resolving({
      raw: (wire) => {
        begin(wire);
        wire.channelEOF(0);
        wire.channelExtData(0, Buffer.from('one more thing'), 1);
        wire.channelData(0, advertise());
      },
    });
    expect(fault).toMatchObject({ class: 'network' });
  });

  it.each([
    ['answers', (wire: Wire) => wire.channelData(0, Buffer.alloc(32_000))],
    ['complains', (wire: Wire) => wire.channelExtData(0, Buffer.alloc(32_000), 1)],
  ])('a host that %s without end before it accepts the command is cut off', async (_name, send) => {
    const timers = new Set<NodeJS.Timeout>();
    const fault = await resolving(
      { raw: (wire) => void timers.add(setInterval(() => times(32, () => send(wire)), 1)) },
      { bounds: { requestMs: 5_000 } },
    );
    for (const timer of timers) clearInterval(timer);
    expect(fault).toMatchObject({ class: 'too_large' });
  });

  it('drips', async () => {
    const timers = new Set<NodeJS.Timeout>();
    const fault = await resolving({
      run: (channel) => {
        const bytes = advertise();
        let sent = 0;
        timers.add(setInterval(() => channel.write(bytes.subarray(sent, ++sent)), 50));
      },
    });
    for (const timer of timers) clearInterval(timer);
    expect(fault).toMatchObject({ class: 'network', message: expect.stringContaining('in time') });
  });

  const flood = (
    of: (channel: Parameters<NonNullable<RogueOptions['run']>>[0]) => NodeJS.WritableStream,
    bytes: Buffer,
  ) =>
    ((channel) => {
      const stream = of(channel);
      const more = () => {
        while (!channel.destroyed && stream.write(bytes));
      };
      stream.on('drain', more);
      more();
    }) satisfies RogueOptions['run'];

  it('an advertisement without end is cut off at its bound', async () => {
    const lines = Buffer.concat([
      pktLine('version 2\n'),
      ...Array.from({ length: 200 }, () => pktLine(`x=${'y'.repeat(1000)}\n`)),
    ]);
    const fault = await resolving({ run: flood((channel) => channel, lines) }, { bounds: {} });
    expect(fault).toMatchObject({ class: 'too_large' });
  });

  it('an answer without end is cut off at its bound', async () => {
    const line = pktLine(`${'a'.repeat(40)} refs/heads/main-${'x'.repeat(900)}\n`);
    const fault = await resolving(
      {
        run: (channel) => {
          channel.write(advertise());
          flood(() => channel, line)(channel);
        },
      },
      { bounds: { refsBytes: 200_000 } },
    );
    expect(fault).toMatchObject({ class: 'too_large' });
  });

  it('words without end beside the answer are not kept', async () => {
    const words = Buffer.from(`${'complaint '.repeat(1000)}\n`);
    const fault = await resolving({ run: flood((channel) => channel.stderr, words) }, { bounds: {} });
    expect(fault.message.length).toBeLessThan(500);
  });

  it.each([
    ['no protocol', 'Welcome to this host!\n', 'network'],
    ['a version 0 answer', pktLine(`${'a'.repeat(40)} HEAD\0side-band-64k\n`), 'unsupported'],
    ['a line of an impossible length', '0002', 'network'],
    ['half an answer', pktLine('version 2\n'), 'network'],
    ['an error in git’s protocol', pktLine('ERR the service is closed'), 'unsupported'],
    ['an error that there is no repository', pktLine('ERR Repository not found.'), 'not_found'],
  ])('%s', async (_name, bytes, expected) => {
    const fault = await resolving({
      run: (channel) => {
        channel.write(bytes);
        channel.exit(1);
        channel.end();
      },
    });
    expect(fault.class).toBe(expected);
  });

  it.each([
    ['GitHub', 'ERROR: Repository not found.\nfatal: Could not read from remote repository.'],
    [
      'GitLab',
      'remote: ERROR: The project you were looking for could not be found or you don’t have permission to view it.',
    ],
    ['Bitbucket', 'repository access denied.'],
    ['Gitea', 'Gitea: Repository does not exist'],
    ['git', 'fatal: ‘/org/repo.git’ does not appear to be a git repository'],
  ])('that there is no repository, in the words of %s', async (_name, words) => {
    const fault = await resolving({
      run: (channel) => {
        channel.stderr.write(words);
        channel.exit(128);
        channel.end();
      },
    });
    expect(fault).toMatchObject({ class: 'not_found', advice: 'give_up' });
  });

  it('the key is in no fault, though the host sends it back as a whole, in pieces and in one line', async () => {
    const body = key.privateKey.split('\n').slice(1, -2);
    for (const words of [key.privateKey, ...body, body.join('')]) {
      for (const channelOf of ['stderr', 'ERR'] as const) {
        const fault = await resolving({
          run: (channel) => {
            if (channelOf === 'stderr') channel.stderr.write(`no: ${words}`);
            else channel.write(pktLine(`ERR no: ${words}`));
            channel.exit(1);
            channel.end();
          },
        });
        for (const line of body) expect(fault.message).not.toContain(line.slice(0, 30));
      }
    }
  });

  it('control characters in what it says are not passed on', async () => {
    const fault = await resolving({
      run: (channel) => {
        channel.stderr.write('\u001b[31mno\u0007\u202e such thing\r\n');
        channel.exit(1);
        channel.end();
      },
    });
    expect(fault.message).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });

  it('a host that never closes what it was told to close is not kept', async () => {
    const tip = 'b'.repeat(40);
    const server = await rogue({
      run: (channel) => {
        channel.write(advertise());
        channel.once('data', () =>
          channel.write(Buffer.concat([pktLine(`${tip} refs/heads/main\n`), FLUSH])),
        );
      },
    });
    const host = aHost();
    for (let times = 0; times < 12; times += 1) expect(await host.resolve(at(server), 'main')).toBe(tip);
    expect(server.connections()).toBeGreaterThan(1);
    expect(server.connections()).toBeLessThan(12);
  });
});

describe('addresses', () => {
  it.each(['169.254.169.254', '[fd00:ec2::254]', '10.0.0.1', '[::ffff:169.254.169.254]', '0.0.0.0'])(
    'the host %s is refused before a connection',
    async (host) => {
      const server = await rogue({});
      const fault = await faultOf(aHost({ bounds: SHORT }).resolve(at(server, undefined, host), 'main'));
      expect(fault).toMatchObject({
        class: 'validation',
        message: expect.stringContaining('private or reserved'),
      });
      expect(server.connections()).toBe(0);
    },
  );

  it('loopback is refused unless the deployment allows it', async () => {
    const server = await rogue({});
    const fault = await faultOf(aHost({ allowedNetworks: [] }).resolve(at(server), 'main'));
    expect(fault).toMatchObject({ class: 'validation' });
    expect(server.connections()).toBe(0);
  });

  it('a name is judged by each answer of the resolver, at every connection', async () => {
    const server = await rogue({ run: () => {} });
    const answers = [['127.0.0.1'], ['169.254.169.254'], ['10.0.0.7', '169.254.169.254']];
    const resolveName = async () => (answers.shift() ?? []).map((address) => ({ address, family: 4 }));
    const host = aHost({ resolveName, bounds: SHORT });
    const repository = at(server, undefined, 'git.example.com');
    expect(await faultOf(host.resolve(repository, 'main'))).toMatchObject({ class: 'network' });
    expect(server.connections()).toBe(1);
    for (let times = 0; times < 2; times += 1)
      expect(await faultOf(host.resolve(repository, 'main'))).toMatchObject({ class: 'validation' });
    expect(server.connections()).toBe(1);
  });
});
