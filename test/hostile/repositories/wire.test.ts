import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fault, type FaultClass } from '../../../lib/domain/fault.ts';
import type { ReadResult } from '../../../lib/domain/git.ts';
import { BOUNDS } from '../../../lib/git/bounds.ts';
import { gitHost } from '../../../lib/git/git-host.ts';
import { FLUSH, pktLine } from '../../../lib/git/pkt-line.ts';
import { tally, times } from '../../support/soak.ts';
import {
  ADVERTISEMENT,
  advertisement,
  answer,
  band,
  gitScript,
  type HostileServer,
  head,
  packAnswer,
  RESULT,
  refs,
  type Script,
  startHostileServer,
} from './hostile-server.ts';
import { expectTrue, requestAt, TIP, TRUE_PACK } from './truth.ts';

const LOOPBACK = { allowedNetworks: ['127.0.0.1/32'] };
const TOKEN = 'c4nary-token';
const OTHER = 'b'.repeat(40);

let server: HostileServer;
beforeAll(async () => {
  server = await startHostileServer();
});
afterEach(() => server.calm());
afterAll(() => server.close());

/** What became of one operation against a host that keeps to the script. */
async function ended<T>(script: Script, operation: (host: ReturnType<typeof gitHost>) => Promise<T>) {
  server.script = script;
  const host = gitHost({ ...LOOPBACK, bounds: { requestMs: 20_000 } });
  try {
    return await operation(host);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  } finally {
    host.close();
  }
}

const request = () => requestAt(`${server.url}/a/b`, null, TOKEN);
const read = (fetch: Script) => ended(gitScript({ fetch }), (host) => host.read(request()));
const resolve = (list: Script, branch = 'main') =>
  ended(gitScript({ refs: list }), (host) => host.resolve(request().repository, branch));
const discover = (advertise: Script) =>
  ended(gitScript({ advertise, refs: answer(refs(`${TIP} refs/heads/main`)) }), (host) =>
    host.resolve(request().repository, 'main'),
  );

/** In chunks of these bytes, so that framing, and not the socket, decides where things end. */
function chunked(type: string, parts: readonly Uint8Array[]): Script {
  return (socket) => {
    const lines = parts.map((part) =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
    );
    socket.write(head({ 'content-type': type, 'transfer-encoding': 'chunked' }));
    for (const line of lines) socket.write(line);
    socket.write('0\r\n\r\n');
  };
}

const BAD_LENGTHS = [
  '0003',
  'fff1',
  'ffff',
  '-001',
  '+001',
  '0x10',
  ' 0a0',
  '00g0',
  '\0\0\0\0',
  '1e3 ',
  '٠٠',
];
const WHERE: Readonly<Record<string, (body: Buffer) => Promise<unknown>>> = {
  'the capabilities': (body) => discover(answer(body, ADVERTISEMENT)),
  'the list of branches': (body) => resolve(answer(body)),
  'a fetch': (body) => read(answer(body)),
};

describe.each(Object.entries(WHERE))('lines of %s', (what, ask) => {
  const good = {
    'the capabilities': advertisement(),
    'the list of branches': refs(`${TIP} refs/heads/main`),
    'a fetch': packAnswer(TRUE_PACK, 500),
  }[what] as Buffer;

  it.each(BAD_LENGTHS)('of the length %j are damage, first or later', async (length) => {
    const bad = Buffer.from(`${length}rest of a line`);
    for (const body of [bad, Buffer.concat([good.subarray(0, -4), bad])])
      expect(await ask(body)).toMatchObject({ class: 'network', advice: 'retry' });
  });

  it('that only delimit are damage, and those that say nothing stand for nothing', async () => {
    for (const special of ['0001', '0002', '00010002', '00020001'])
      expect(await ask(Buffer.from(special))).toMatchObject({
        class: expect.stringMatching(/network|unsupported/),
      });
    for (const nothing of ['0000', '00040000', '000400040000'])
      expect(await ask(Buffer.from(nothing))).toSatisfy((end) => end === null || end instanceof Fault);
  });

  it('may be cut into pieces anywhere, which changes nothing', async () => {
    const type = what === 'the capabilities' ? ADVERTISEMENT : RESULT;
    const scriptFor = (parts: readonly Uint8Array[]) => chunked(type, parts);
    const asking = (script: Script) =>
      what === 'the capabilities' ? discover(script) : what === 'a fetch' ? read(script) : resolve(script);
    const whole = await asking(answer(good, type));
    const step = times(Math.ceil(good.length / 12), 1);
    let splits = 0;
    for (let at = 1; at < good.length; at += step) {
      expect(await asking(scriptFor([good.subarray(0, at), good.subarray(at)]))).toEqual(whole);
      splits += 1;
    }
    const bytes = Array.from(good, (byte) => Buffer.from([byte]));
    expect(await asking(scriptFor(bytes))).toEqual(whole);
    tally(`answers cut into pieces: ${what}`, { splits });
  });

  it('may go on for ever without saying anything, which is stopped', async () => {
    const many = Buffer.from('0005\n'.repeat(BOUNDS.lines + 10), 'latin1');
    const fault = await ask(Buffer.concat([good.subarray(0, -4), many, FLUSH]));
    expect(fault).toMatchObject({ class: 'too_large' });
  });

  it('cut off anywhere are network trouble', async () => {
    const step = times(Math.ceil(good.length / 8), 1);
    for (let end = 1; end < good.length; end += step)
      expect(await ask(good.subarray(0, end))).toMatchObject({ class: 'network' });
  });
});

describe('lines as short as they can be, all of an answer', () => {
  it('are stopped long before they fill the memory', async () => {
    // 32 MiB of five-byte lines were 1.1 GB of buffers once.
    const line = Buffer.from('0005\x01'.repeat(1_000_000), 'latin1');
    const fault = await read(answer(Buffer.concat([pktLine('packfile\n'), line, FLUSH])));
    expect(fault).toMatchObject({ class: 'too_large' });
  });
});

describe('side bands', () => {
  const framed = (...lines: readonly Buffer[]) => Buffer.concat([pktLine('packfile\n'), ...lines, FLUSH]);
  const pack = band(1, TRUE_PACK);

  it('may carry megabytes of progress around the pack', async () => {
    const progress = Array.from({ length: 50 }, () => band(2, Buffer.alloc(60_000, 'p')));
    expectTrue((await read(answer(framed(...progress, pack, ...progress.slice(0, 10))))) as ReadResult, null);
  });

  it('may not carry progress beyond the bound of the answer', async () => {
    const progress = Array.from({ length: 600 }, () => band(2, Buffer.alloc(60_000, 'p')));
    expect(await read(answer(framed(...progress, pack)))).toMatchObject({ class: 'too_large' });
  });

  it('may carry an error, in which our own secret is not repeated', async () => {
    for (const form of [TOKEN, Buffer.from(`git:${TOKEN}`).toString('base64'), TOKEN.toUpperCase()]) {
      const fault = (await read(
        answer(framed(band(3, Buffer.from(`no ${form} for \x1b[2J you\n`)), pack)),
      )) as Fault;
      expect(fault).toMatchObject({
        class: 'unsupported',
        message: expect.stringContaining('no *** for [2J you'),
      });
      expect(fault.message).not.toContain(form);
    }
  });

  it('that nobody knows carry nothing', async () => {
    for (const number of [0, 4, 7, 255])
      expect(await read(answer(framed(band(number, TRUE_PACK))))).toMatchObject({ class: 'network' });
    expectTrue((await read(answer(framed(band(7, Buffer.from('?')), pack)))) as ReadResult, null);
  });

  it('may be cut between any two bytes of the pack', async () => {
    const bytes = Array.from(TRUE_PACK, (byte) => band(1, Buffer.from([byte])));
    expectTrue((await read(answer(framed(...bytes)))) as ReadResult, null);
  });
});

describe('sections of a fetch', () => {
  const packfile = Buffer.concat([pktLine('packfile\n'), band(1, TRUE_PACK), FLUSH]);
  const following = (...lines: readonly string[]) =>
    Buffer.concat([...lines.map(pktLine), Buffer.from('0001'), packfile]);

  it.each([
    [
      'shallow commits that are none',
      following('shallow-info\n', `shallow ${OTHER}\n`, 'shallow\n', 'unshallow x\n'),
    ],
    [
      'shallow lines without end',
      following('shallow-info\n', ...Array.from({ length: 5_000 }, () => `shallow ${TIP}\n`)),
    ],
    ['acknowledgments of what nobody has', following('acknowledgments\n', `ACK ${OTHER}\n`, 'ready\n')],
    ['refs nobody asked for', following('wanted-refs\n', `${OTHER} refs/heads/main\n`)],
    ['places to fetch packs from', following('packfile-uris\n', `${OTHER} http://169.254.169.254/pack\n`)],
    ['a section nobody knows', following('lies\n', 'all of it\n')],
  ])('that claim %s change nothing', async (_what, body) => {
    expectTrue((await read(answer(body))) as ReadResult, null);
  });

  it.each([
    ['an error before them', pktLine(`ERR no ${TOKEN}`), 'unsupported'],
    [
      'an error within them',
      Buffer.concat([pktLine('shallow-info\n'), pktLine('ERR upload-pack: no')]),
      'unsupported',
    ],
    ['an error of megabytes', Buffer.concat([pktLine(`ERR ${'e'.repeat(65_000)}`), FLUSH]), 'unsupported'],
    ['that the commit is not there', pktLine(`ERR upload-pack: not our ref ${TIP}`), 'not_found'],
    ['nothing', FLUSH, 'network'],
    [
      'only what they have in common',
      Buffer.concat([pktLine('acknowledgments\n'), pktLine('NAK\n'), FLUSH]),
      'not_found',
    ],
    ['a pack in no band', Buffer.concat([pktLine('packfile\n'), FLUSH]), 'network'],
    ['more after their end', Buffer.concat([packfile, pktLine('packfile\n')]), 'network'],
  ] as const)('that are %s have a class of their own', async (_what, body, faultClass) => {
    const fault = (await read(answer(body))) as Fault;
    expect(fault).toMatchObject({ class: faultClass });
    expect(fault.message.length).toBeLessThan(600);
    expect(fault.message).not.toContain(TOKEN);
  });

  it('that say they are compressed may not grow without end', async () => {
    const bomb = gzipSync(
      Buffer.concat([
        pktLine('packfile\n'),
        ...Array.from({ length: 1_000 }, () => band(2, Buffer.alloc(60_000))),
      ]),
    );
    const script: Script = (socket) => {
      socket.write(
        head({ 'content-type': RESULT, 'content-encoding': 'gzip', 'content-length': bomb.length }),
      );
      socket.write(bomb);
    };
    expect(bomb.length).toBeLessThan(100_000);
    expect(await read(script)).toMatchObject({ class: 'too_large' });
  });
});

describe('a list of branches', () => {
  const main = `${TIP} refs/heads/main`;

  it.each([
    [
      'symbolic names round and round',
      [
        `${TIP} HEAD symref-target:refs/heads/HEAD`,
        `${TIP} refs/heads/loop symref-target:refs/heads/loop`,
        `${main} symref-target:refs/heads/main`,
      ],
    ],
    ['peeled values of their own', [`${main} peeled:${OTHER}`]],
    ['attributes of megabytes', [`${main} ${'x'.repeat(60_000)}`]],
    ['the same twice', [main, main]],
    [
      'names that only look like it',
      [
        `${OTHER} refs/heads/main\0`,
        `${OTHER} refs/heads/MAIN`,
        `${OTHER} refs/heads/main/x`,
        `${OTHER} refs/heads/m\u0430in`,
        `${OTHER} refs/tags/main`,
        `${OTHER}\trefs/heads/main`,
        main,
      ],
    ],
    ['junk', ['', ' ', 'x', `${OTHER}`, `unborn HEAD`, main]],
  ] as const)('with %s is read as it is', async (_what, lines) => {
    expect(await resolve(answer(refs(...lines)))).toBe(TIP);
  });

  it('without the branch has none, whatever it calls HEAD', async () => {
    const lines = [
      `${OTHER} HEAD symref-target:refs/heads/main`,
      `${OTHER} refs/heads/other`,
      `${OTHER} main`,
    ];
    expect(await resolve(answer(refs(...lines)))).toBeNull();
  });

  it.each([
    ['39 digits', TIP.slice(1)],
    ['41 digits', `${TIP}0`],
    ['64 digits', TIP.repeat(2).slice(0, 64)],
    ['capitals', TIP.toUpperCase()],
    ['other letters', 'g'.repeat(40)],
    ['no digits', ''],
    ['an option', `--${'x'.repeat(38)}`],
  ])('with an id of %s is damage', async (_what, id) => {
    expect(await resolve(answer(refs(`${id} refs/heads/main`)))).toMatchObject({ class: 'network' });
  });

  it('with the branch at two commits is damage, in whichever order', async () => {
    const lines = [main, `${OTHER} refs/heads/main`];
    for (const order of [lines, [...lines].reverse()])
      expect(await resolve(answer(refs(...order)))).toMatchObject({
        class: 'network',
        message: expect.stringContaining('twice'),
      });
  });

  it('of megabytes is stopped at the bound', async () => {
    const line = `${OTHER} refs/heads/main-${'x'.repeat(900)}`;
    expect(await resolve(answer(refs(...Array.from({ length: 10_000 }, () => line), main)))).toMatchObject({
      class: 'too_large',
    });
  });
});

describe('capabilities', () => {
  const CLASSES: readonly (readonly [string, readonly string[], FaultClass])[] = [
    ['of no version', ['ls-refs\n', 'fetch\n'], 'unsupported'],
    ['of version 1', ['version 1\n', 'ls-refs\n', 'fetch\n'], 'unsupported'],
    ['of version 22', ['version 22\n', 'ls-refs\n', 'fetch\n'], 'unsupported'],
    ['without fetch', ['version 2\n', 'ls-refs\n'], 'network'],
    ['that only sound like them', ['version 2\n', 'ls-refs-x\n', 'fetchfilter\n'], 'network'],
    ['of SHA-256', ['version 2\n', 'ls-refs\n', 'fetch\n', 'object-format=sha256\n'], 'unsupported'],
    [
      'of an object format nobody knows',
      ['version 2\n', 'ls-refs\n', 'fetch\n', `object-format=${'x'.repeat(5_000)}\n`],
      'unsupported',
    ],
    ['that are an error', ['ERR the token c4nary-token is wrong'], 'unsupported'],
    [
      'of megabytes',
      [
        'version 2\n',
        'ls-refs\n',
        'fetch\n',
        ...Array.from({ length: 10 }, () => `x=${'y'.repeat(60_000)}\n`),
      ],
      'too_large',
    ],
  ];

  it.each(CLASSES)('%s have a class of their own', async (_what, lines, faultClass) => {
    const fault = (await discover(answer(advertisement(lines), ADVERTISEMENT))) as Fault;
    expect(fault).toMatchObject({ class: faultClass });
    expect(fault.message).not.toContain(TOKEN);
    expect(fault.message.length).toBeLessThan(600);
  });
});
