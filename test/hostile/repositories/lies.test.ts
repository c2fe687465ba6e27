import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fault, type FaultClass } from '../../../lib/domain/fault.ts';
import type { PathRead, ReadResult } from '../../../lib/domain/git.ts';
import type { Bounds } from '../../../lib/git/bounds.ts';
import { gitHost } from '../../../lib/git/git-host.ts';
import { objectId } from '../../../lib/git/git-object.ts';
import { commitData, copy, delta, insert, treeData, type Written, writePack } from '../../git/pack-writer.ts';
import { chain, copyBomb, ENDLESS, manyTiny, packOfStream, zeros } from './bombs.ts';
import {
  answer,
  band,
  gitScript,
  type HostileServer,
  head,
  packAnswer,
  pour,
  RESULT,
  type Script,
  startHostileServer,
} from './hostile-server.ts';
import { sha1 } from './lying-pack.ts';
import { expectTrue, KNOWN, OBJECTS, PATHS, requestAt, TIP, TRUE_PACK } from './truth.ts';

const MIB = 1024 * 1024;
/** What the kernels of both ends may hold beside what we took. */
const SOCKET_BUFFERS = 12 * MIB;
const LOOPBACK = { allowedNetworks: ['127.0.0.1/32'] };

let server: HostileServer;
beforeAll(async () => {
  server = await startHostileServer();
});
afterEach(() => server.calm());
afterAll(() => server.close());

async function read(
  fetch: Script,
  {
    bounds = {},
    commit = TIP,
    paths = PATHS,
  }: { bounds?: Partial<Bounds>; commit?: string; paths?: readonly string[] } = {},
): Promise<ReadResult | Fault> {
  server.script = gitScript({ fetch });
  const host = gitHost({ ...LOOPBACK, bounds: { requestMs: 20_000, ...bounds } });
  try {
    return await host.read({ ...requestAt(`${server.url}/a/b`, null), commit, paths });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  } finally {
    host.close();
  }
}

const given = (pack: Buffer) => answer(packAnswer(pack));
const blobOf = (text: string): Written => ({ type: 'blob', data: Buffer.from(text) });
const without = (index: number, ...instead: readonly Written[]) =>
  writePack([...OBJECTS.slice(0, index), ...instead, ...OBJECTS.slice(index + 1)]);
const POLICY = 4;
const policyAs = (declaredSize: number) =>
  without(POLICY, { type: 'blob', data: policyData(), declaredSize });
const sealed = (content: Buffer) => Buffer.concat([content, sha1(content)]);
const edited = (edit: (content: Buffer) => void) => {
  const content = Buffer.from(TRUE_PACK.subarray(0, -20));
  edit(content);
  return sealed(content);
};
/** Deltas that name each other, or themselves, by what they would make if they could be made. */
const cycle = (of: number): Written[] =>
  Array.from({ length: of }, (_, at) => ({
    type: 'ref-delta',
    base: objectId('blob', Buffer.from(`cycle ${(at + 1) % of}`)),
    delta: delta(7, 7, copy(0, 6), insert(String(at))),
  }));
const NO_OBJECTS = /did not send the objects it was asked for/;

const PACKS: readonly (readonly [string, Buffer, FaultClass, RegExp])[] = [
  [
    'holds other content than the commit names',
    without(POLICY, blobOf('pack: evil\n')),
    'unsupported',
    NO_OBJECTS,
  ],
  ['has a wrong checksum', writePack(OBJECTS, { trailer: Buffer.alloc(20, 1) }), 'network', /checksum/],
  ['declares one object more', writePack(OBJECTS, { declaredCount: 10 }), 'network', /cut off/],
  ['declares one object less', writePack(OBJECTS, { declaredCount: 8 }), 'network', /more than it declares/],
  ['declares no object', writePack(OBJECTS, { declaredCount: 0 }), 'network', /more than it declares/],
  [
    'declares four billion objects',
    writePack([], { declaredCount: 0xffff_ffff }),
    'too_large',
    /more objects/,
  ],
  ['declares an object smaller than it is', policyAs(3), 'network', /declared size/],
  ['declares an object larger than it is', policyAs(4_000), 'network', /another size/],
  ['declares an object of a gigabyte', policyAs(1024 * MIB), 'too_large', /larger than 64 MiB once/],
  ['declares an object of a terabyte', policyAs(2 ** 40), 'too_large', /larger than 64 MiB once/],
  ['declares a size without end', edited((bytes) => bytes.fill(0xff, 12, 40)), 'network', /impossible size/],
  ['is a gigabyte of zeros that says so', packOfStream(zeros(1024), 1024 * MIB), 'too_large', /64 MiB once/],
  [
    'is a gigabyte of zeros that says it is little',
    packOfStream(zeros(1024), 100),
    'network',
    /declared size/,
  ],
  ['is many bombs, each within the bound', bombs(20), 'too_large', /64 MiB once/],
  ['copies little into much, over and over', copyBomb(12), 'too_large', /64 MiB once/],
  ['holds more small objects than the bound', manyTiny(100_001, 'x'), 'too_large', /more objects/],
  ['holds deltas 257 deep', chain(257), 'too_large', /more than 256 deltas in a row/],
  ['holds a delta of itself', writePack([blobOf('x'), selfDelta()]), 'network', /not in its pack/],
  ['holds deltas that name each other', without(POLICY, ...cycle(2)), 'unsupported', NO_OBJECTS],
  ['holds a delta whose base never came', without(5), 'network', /.+/],
  ['holds a delta by id whose base never came', without(6, blobOf('')), 'unsupported', NO_OBJECTS],
  [
    'holds a delta from before the pack',
    without(POLICY, { type: 'ofs-delta', back: 99, delta: delta(1, 1, copy(0, 1)) }),
    'network',
    /outside its pack|not in its pack/,
  ],
  [
    'goes on after its objects',
    sealed(Buffer.concat([TRUE_PACK.subarray(0, -20), Buffer.alloc(9)])),
    'network',
    /more than/,
  ],
  ['goes on after its checksum', Buffer.concat([TRUE_PACK, Buffer.from('more')]), 'network', /checksum/],
  [
    'holds the file as a directory',
    without(POLICY, { type: 'tree', data: policyData() }),
    'unsupported',
    NO_OBJECTS,
  ],
  [
    'holds the commit as a file',
    without(0, { type: 'blob', data: commitBytes() }),
    'not_found',
    /does not have commit/,
  ],
  ['holds another commit', otherCommit(), 'not_found', /does not have commit/],
  ['is empty', writePack([]), 'not_found', /does not have commit/],
  ['is a page', Buffer.from('<html>please sign in</html>'.repeat(9)), 'network', /not a pack/],
  ['is of version 4', writePack(OBJECTS, { version: 4 }), 'network', /unknown version/],
  ['holds an object of type 0', edited((bytes) => bytes.writeUInt8(0x05, 12)), 'network', /unknown type/],
  ['holds an object of type 5', edited((bytes) => bytes.writeUInt8(0x55, 12)), 'network', /unknown type/],
];

function bombs(count: number): Buffer {
  return writePack(
    Array.from({ length: count }, (_, at) => ({ type: 'blob', data: Buffer.alloc(4 * MIB, at) })),
  );
}

function selfDelta(): Written {
  return { type: 'ofs-delta', back: 0, delta: delta(1, 1, copy(0, 1)) };
}

function policyData(): Buffer {
  return (OBJECTS[POLICY] as { data: Buffer }).data;
}

function commitBytes(): Buffer {
  return (OBJECTS[0] as { data: Buffer }).data;
}

function otherCommit(): Buffer {
  return writePack([{ type: 'commit', data: commitData('a'.repeat(40), 'another\n') }, ...OBJECTS.slice(1)]);
}

describe('a host whose pack', () => {
  it.each(PACKS)('%s is told so', async (_what, pack, faultClass, words) => {
    const fault = await read(given(pack));
    expect(fault).toMatchObject({ class: faultClass });
    expect((fault as Fault).message).toMatch(words);
  });

  it('holds everything twice, or more than was asked for, is read as it is', async () => {
    expectTrue((await read(given(writePack([...OBJECTS, ...OBJECTS.slice(0, 6)])))) as ReadResult, null);
    expectTrue((await read(given(writePack([...OBJECTS, ...[...'abc'].map(blobOf)])))) as ReadResult, null);
  });

  it('never ends is cut off at the bound, counted on its own side', async () => {
    const bounds = { deltaBytes: 64 * 1024, receivedBytes: MIB };
    const line = band(1, Buffer.alloc(60_000));
    const endless: Script = (socket) => {
      socket.write(head({ 'content-type': RESULT, 'transfer-encoding': 'chunked' }));
      const first = Buffer.concat([Buffer.from('000dpackfile\n'), band(1, ENDLESS)]);
      socket.write(`${first.length.toString(16)}\r\n`);
      socket.write(Buffer.concat([first, Buffer.from('\r\n')]));
      pour(socket, () =>
        Buffer.concat([Buffer.from(`${line.length.toString(16)}\r\n`), line, Buffer.from('\r\n')]),
      );
    };
    expect(await read(endless, { bounds })).toMatchObject({ class: 'too_large' });
    const requests = server.asked.filter(({ command }) => command === 'fetch').length;
    expect(requests).toBe(3);
    expect(server.sent).toBeLessThan(64 * 1024 + 2 * MIB + requests * SOCKET_BUFFERS);
  });

  it('is small each time, but not all together, is stopped at the bound on objects of a read', async () => {
    const deep = nested(8);
    let asked = 0;
    const generous: Script = (socket, request) => {
      asked += 1;
      answer(packAnswer(Buffer.from(deep.levelWith(asked, manyTiny(20_000, String(asked))))))(
        socket,
        request,
      );
    };
    const fault = await read(generous, { commit: deep.commit, paths: ['d/d/d/d/d/d/d/policy.yaml'] });
    expect(fault).toMatchObject({
      class: 'too_large',
      message: expect.stringContaining('more objects than'),
    });
    expect(asked).toBeLessThanOrEqual(10);
  });
});

/** A file under directories, of which each answer shows one more. */
function nested(levels: number) {
  const trees: Buffer[] = [treeData([{ name: 'policy.yaml', id: objectId('blob', Buffer.from('x')) }])];
  for (let at = 1; at < levels; at += 1)
    trees.unshift(
      treeData([{ name: 'd', mode: '40000', id: objectId('tree', trees[0] ?? Buffer.alloc(0)) }]),
    );
  const commit = commitData(objectId('tree', trees[0] ?? Buffer.alloc(0)));
  const objects: Written[] = [
    { type: 'commit', data: commit },
    ...trees.map((data) => ({ type: 'tree', data }) as const),
  ];
  return {
    commit: objectId('commit', commit),
    /** The objects of one level, and all of another pack. */
    levelWith: (level: number, pack: Buffer) => {
      const own = writePack(objects.slice(level - 1, level)).subarray(12, -20);
      const content = Buffer.concat([pack.subarray(0, 12), own, pack.subarray(12, -20)]);
      content.writeUInt32BE(content.readUInt32BE(8) + 1, 8);
      return sealed(content);
    },
  };
}

/** A commit that exists, over a root made by hand. */
async function readRoot(
  root: Buffer,
  path: string,
  others: readonly Written[] = [],
  bounds: Partial<Bounds> = {},
): Promise<PathRead | Fault> {
  const commit = commitData(objectId('tree', root));
  const pack = writePack([{ type: 'commit', data: commit }, { type: 'tree', data: root }, ...others]);
  const result = await read(given(pack), { commit: objectId('commit', commit), paths: [path], bounds });
  if (result instanceof Fault) return result;
  return result.paths.get(path) ?? new Fault('network', 'the path is left out');
}

const X = objectId('blob', Buffer.from('x'));
const BLOB_X = blobOf('x');
const line = (name: string | Buffer, mode = '100644', id = X) => ({ name, mode, id });

describe('a tree made by hand', () => {
  it.each([
    ['an entry that leads up', [line('..', '40000'), line('policy.yaml')], 'validation', /named \.\./],
    ['an entry named .git', [line('.git', '40000'), line('policy.yaml')], 'validation', /named \.git/],
    ['an absolute entry', [line('/etc/passwd'), line('policy.yaml')], 'validation', /slash/],
    [
      'an entry with a path for a name',
      [line('a/../policy.yaml'), line('policy.yaml')],
      'validation',
      /slash/,
    ],
    ['an entry without a name', [line(''), line('policy.yaml')], 'validation', /without a name/],
    ['two entries of one name', [line('policy.yaml'), line('policy.yaml')], 'validation', /twice/],
    [
      'a file and a directory of one name',
      [line('policy.yaml'), line('policy.yaml', '40000')],
      'validation',
      /twice/,
    ],
    ['entries out of order', [line('z'), line('policy.yaml')], 'validation', /order/],
    ['the file as a directory', [line('policy.yaml', '40000')], 'validation', /is a directory/],
    ['the file as a symbolic link', [line('policy.yaml', '120000')], 'unsupported', /symbolic link/],
    ['the file as a submodule', [line('policy.yaml', '160000')], 'unsupported', /submodule/],
    ...['', '0', '100600', '0100644', '777777', '-100644', '1006440', '8', 'abc', '100644\n'].map(
      (mode) =>
        [
          `the file with the mode ${JSON.stringify(mode)}`,
          [line('policy.yaml', mode)],
          'unsupported|validation',
          /./,
        ] as const,
    ),
  ] as const)('with %s is a problem of that link', async (_what, lines, faultClass, words) => {
    const read = await readRoot(treeData(lines), 'policy.yaml', [BLOB_X]);
    expect(read).toMatchObject({ kind: 'problem', class: expect.stringMatching(`^(${faultClass})$`) });
    expect((read as Fault).message).toMatch(words);
  });

  it('with a directory where it says file, or a file where it says directory, is a problem', async () => {
    const tree: Written = { type: 'tree', data: treeData([line('a.yaml')]) };
    const id = objectId('tree', treeData([line('a.yaml')]));
    const asFile = await readRoot(treeData([line('policy.yaml', '100644', id)]), 'policy.yaml', [tree]);
    expect(asFile).toMatchObject({ kind: 'problem', class: 'validation' });
    const asDirectory = await readRoot(treeData([line('d', '40000')]), 'd/', [BLOB_X]);
    expect(asDirectory).toMatchObject({ kind: 'problem', class: 'validation' });
  });

  it('whose names only look like .git, or like a way up, is read: nothing is checked out', async () => {
    const names = ['.git ', '.gitmodules', 'C:', '\\..\\x', 'git~1', 'policy.yaml', '\u2026'];
    const lines = names
      .map((name) => line(name))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    expect(await readRoot(treeData(lines), 'policy.yaml', [BLOB_X])).toMatchObject({ kind: 'file', blob: X });
  });

  it('with 100,000 entries is read, and with more than the bound is a problem', async () => {
    const many = (count: number) =>
      treeData(
        Array.from({ length: count }, (_, at) =>
          line(at === 50_000 ? '00050000.yaml' : String(at).padStart(8, '0')),
        ),
      );
    expect(await readRoot(many(100_000), '00050000.yaml', [BLOB_X])).toMatchObject({ kind: 'file', blob: X });
    expect(await readRoot(many(100_000), '00050000.yaml', [BLOB_X], { treeEntries: 99_999 })).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('more than 99999 entries'),
    });
    expect(await readRoot(many(300_000), '00050000.yaml', [BLOB_X])).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('too large'),
    });
  });

  it('over 1,000 directories within each other is too deep', async () => {
    const trees: Written[] = [];
    let below = treeData([line('policy.yaml')]);
    for (let depth = 0; depth < 1_000; depth += 1) {
      trees.push({ type: 'tree', data: below });
      below = treeData([line('d', '40000', objectId('tree', below))]);
    }
    const read = await readRoot(below, 'd/', trees);
    expect(read).toMatchObject({
      kind: 'problem',
      class: 'too_large',
      message: expect.stringMatching(/nested/),
    });
  });

  it('that shows the same few directories as ten billion (a git bomb) is too large', async () => {
    const trees: Written[] = [];
    let level = treeData(Array.from({ length: 10 }, (_, at) => line(`f${at}.yaml`)));
    for (let depth = 0; depth < 10; depth += 1) {
      trees.push({ type: 'tree', data: level });
      const id = objectId('tree', level);
      level = treeData(Array.from({ length: 10 }, (_, at) => line(`d${at}`, '40000', id)));
    }
    expect(await readRoot(level, '/', [...trees, BLOB_X])).toMatchObject({
      kind: 'problem',
      class: 'too_large',
    });
    const wide = treeData(
      Array.from({ length: 100_000 }, (_, at) => line(`d${String(at).padStart(6, '0')}`, '40000', X)),
    );
    expect(await readRoot(wide, '/')).toMatchObject({ class: 'too_large' });
  });
});

describe('a commit made by hand', () => {
  const ROOT = treeData([line('policy.yaml')]);
  const TREE = objectId('tree', ROOT);
  const WHO = 'A <a@b.c> 1700000000 +0000';

  async function readCommit(text: string | Buffer): Promise<ReadResult | Fault> {
    const data = Buffer.from(text);
    const pack = writePack([{ type: 'commit', data }, { type: 'tree', data: ROOT }, BLOB_X]);
    return read(given(pack), { commit: objectId('commit', data), paths: ['policy.yaml'] });
  }

  it.each([
    ['no author', `tree ${TREE}\ncommitter ${WHO}\n\n`],
    ['no author and no committer', `tree ${TREE}\n\n`],
    ['nothing but a tree', `tree ${TREE}`],
    [
      'a megabyte of headers',
      `tree ${TREE}\n${`x-junk ${'j'.repeat(990)}\n`.repeat(1_000)}author ${WHO}\n\nm`,
    ],
    [
      'a line of a megabyte',
      `tree ${TREE}\nauthor ${'<'.repeat(1_000_000)} ${WHO}\ncommitter ${' '.repeat(1_000_000)}\n\nm`,
    ],
    ['a hundred thousand authors', `tree ${TREE}\n${'author <\n'.repeat(100_000)}\nm`],
    [
      'impossible dates',
      `tree ${TREE}\nauthor A <a> 99999999999999999999 +9999\ncommitter A <a> -1 -99:99\n\nm`,
    ],
    ['a date of no number', `tree ${TREE}\nauthor A <a> now UTC\ncommitter A <a> NaN +0000\n\nm`],
    [
      'bytes that are not UTF-8',
      Buffer.concat([
        Buffer.from(`tree ${TREE}\nauthor \xff\xfe <`, 'latin1'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('> 1 +0000\n\n'),
        Buffer.alloc(9, 0xff),
      ]),
    ],
    ['NUL bytes', `tree ${TREE}\nauthor A\0B <a@\0b> 1 +0000\ncommitter C\0 <c> 1 +0000\n\na\0b\0`],
    [
      'a signature that holds other fields',
      `tree ${TREE}\nauthor ${WHO}\ncommitter ${WHO}\ngpgsig -----BEGIN\n tree ${'f'.repeat(40)}\n\n tree x`,
    ],
    [
      'a merged tag with a commit in it',
      `tree ${TREE}\nparent ${X}\nauthor ${WHO}\ncommitter ${WHO}\nmergetag object ${X}\n type commit\n tag v1\n tagger Evil <e@e> 1 +0000\n\nm`,
    ],
    [
      'a message of megabytes',
      `tree ${TREE}\nauthor ${WHO}\ncommitter ${WHO}\n\n${'m\u202e'.repeat(1_000_000)}`,
    ],
    [
      'an encoding that shifts everything',
      `tree ${TREE}\nauthor ${WHO}\ncommitter ${WHO}\nencoding utf-16be\n\nmm`,
    ],
  ])('with %s is read, and what it says is cut and cleaned', async (_what, text) => {
    const result = await readCommit(text);
    if (result instanceof Fault) throw result;
    expect(result.paths.get('policy.yaml')).toMatchObject({ kind: 'file', blob: X });
    const { author, message, committedAt } = result.commit;
    expect(author.name.length + author.email.length + message.length).toBeLessThanOrEqual(256 + 256 + 4_096);
    expect(`${author.name}${author.email}${message}`).not.toMatch(/[^\P{Cc}\t\n]/u);
    expect(`${author.name}${author.email}${message}`.isWellFormed()).toBe(true);
    expect(committedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.000Z$/);
    expect(author.name).not.toContain('Evil');
  });

  it.each([
    ['nothing', ''],
    ['no tree', `author ${WHO}\ncommitter ${WHO}\n\n`],
    ['the tree on its second line', `parent ${X}\ntree ${TREE}\nauthor ${WHO}\n\n`],
    ['a tree of 39 digits', `tree ${TREE.slice(1)}\nauthor ${WHO}\n\n`],
    ['a tree of 41 digits', `tree ${TREE}0\nauthor ${WHO}\n\n`],
    ['a tree of 64 digits', `tree ${TREE}${TREE.slice(0, 24)}\nauthor ${WHO}\n\n`],
    ['a tree in capitals', `tree ${TREE.toUpperCase()}\nauthor ${WHO}\n\n`],
    ['a tree behind a carriage return', `tree x\rtree ${TREE}\nauthor ${WHO}\n\n`],
  ])('with %s cannot be read, now or later', async (_what, text) => {
    expect(await readCommit(text)).toMatchObject({ class: 'validation', advice: 'give_up' });
  });

  it.each(['tag', 'tree', 'blob'] as const)('that is a %s is none', async (type) => {
    const data = Buffer.from(type === 'tree' ? ROOT : `object ${X}\ntype commit\ntag v1\n\n`);
    const fault = await read(given(writePack([{ type, data }])), { commit: objectId(type, data) });
    expect(fault).toMatchObject({
      class: 'validation',
      message: expect.stringContaining(`a ${type}, which is not a commit`),
    });
  });
});

describe('what was known before', () => {
  it('makes no file of a lie: its ids only say what need not be sent again', async () => {
    const stale = { ...KNOWN, blobs: { ...KNOWN.blobs, 'policy.yaml': X } };
    server.script = gitScript({ fetch: given(TRUE_PACK) });
    const host = gitHost(LOOPBACK);
    const result = await host.read(requestAt(`${server.url}/a/b`, stale));
    host.close();
    expectTrue(result, stale);
  });
});
