import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectId } from '../../../lib/git/git-object.ts';
import { FLUSH, pktLine } from '../../../lib/git/pkt-line.ts';
import { commitData, treeData, type Written, writePack } from '../../git/pack-writer.ts';
import { tally, times } from '../../support/soak.ts';
import { copyBomb, manyTiny, packOfStream, tinyCopies, zeros } from './bombs.ts';
import { KINDS } from './hostile-kinds.ts';
import {
  answer,
  band,
  gitScript,
  type HostileServer,
  head,
  packAnswer,
  pour,
  RESULT,
  refs,
  type Script,
  startHostileServer,
} from './hostile-server.ts';
import { TIP } from './truth.ts';

const MIB = 1024 * 1024;
/** What a function that syncs has, in all (infra/stack.ts). */
const FUNCTION_MIB = 768;
/** A quarter is for what else it is: the runtime, and the clients of AWS. */
const MOST_MIB = FUNCTION_MIB * 0.75;
const HEAP_MIB = 256;

const X = 'b'.repeat(40);
const toTip = answer(refs(`${TIP} refs/heads/main`));
const packs = (pack: () => Buffer): Script => {
  let made: Script | null = null;
  return gitScript({
    refs: toTip,
    fetch: (socket, asked) => {
      made ??= answer(packAnswer(pack()));
      made(socket, asked);
    },
  });
};
const lines = (line: Buffer): Script =>
  gitScript({
    refs: toTip,
    fetch: (socket) => {
      socket.write(`${head({ 'content-type': RESULT })}000dpackfile\n`);
      pour(socket, () => line);
    },
  });

/** A commit and a tree that are as they say, and so is all that is wrong with them. */
function handMade(root: Buffer, others: readonly Written[] = [], message = 'm\n'): Script {
  const commit = commitData(objectId('tree', root), message);
  const id = objectId('commit', commit);
  const pack = writePack([{ type: 'commit', data: commit }, { type: 'tree', data: root }, ...others]);
  return gitScript({ refs: answer(refs(`${id} refs/heads/main`)), fetch: answer(packAnswer(pack)) });
}

const many = (count: number, mode: string) =>
  treeData(
    Array.from({ length: count }, (_, at) => ({ name: `${String(at).padStart(8, '0')}.yaml`, mode, id: X })),
  );
const noise = (mebibytes: number): Written[] =>
  Array.from({ length: mebibytes }, () => ({ type: 'blob', data: randomFillSync(Buffer.alloc(MIB)) }));

const ALL: Readonly<Record<string, Script>> = {
  'the shortest lines': lines(Buffer.from('0005\x01'.repeat(10_000), 'latin1')),
  'progress without end': lines(band(2, Buffer.alloc(60_000, 'p'))),
  'a pack without end': lines(band(1, Buffer.alloc(60_000, 'p'))),
  'a gigabyte of zeros that says so': packs(() => packOfStream(zeros(1_024), 2 ** 30)),
  'a gigabyte of zeros that says it is 60 MiB': packs(() => packOfStream(zeros(1_024), 60 * MIB)),
  'sixty megabytes of zeros': packs(() => packOfStream(zeros(60), 60 * MIB)),
  'a hundred thousand objects': packs(() => manyTiny(100_000, 'x')),
  'copies of copies': packs(() => copyBomb(12)),
  'eight million copies of a byte': packs(tinyCopies),
  'as much noise as the bound allows': packs(() => writePack(noise(30))),
  'a directory of 300,000': handMade(many(300_000, '100644')),
  'a directory of 100,000 directories': handMade(
    treeData([{ name: 'd', mode: '40000', id: objectId('tree', many(100_000, '40000')) }]),
    [{ type: 'tree', data: many(100_000, '40000') }],
  ),
  'a commit of 7 MiB': handMade(many(1, '100644'), [], 'm'.repeat(7 * MIB)),
  'branches without end': gitScript({
    refs: (socket) => {
      socket.write(head({ 'content-type': RESULT }));
      pour(socket, () => pktLine(`${X} refs/heads/main-${'x'.repeat(50)}\n`));
    },
  }),
  'nothing but ends': gitScript({
    refs: (socket) => {
      socket.write(head({ 'content-type': RESULT }));
      pour(socket, () => Buffer.concat(Array.from({ length: 5_000 }, () => FLUSH)));
    },
  }),
  ...Object.fromEntries(
    KINDS.filter(({ slow, name }) => !slow && /giga|large|end|chunks/.test(name)).map(({ name, script }) => [
      name,
      script,
    ]),
  ),
};

/** Directories within each other, the last of which never comes: all the others are held until a deadline. */
function heldDirectories(): Script {
  const objects: Written[] = [];
  const lines = Array.from({ length: 190_000 }, (_, at) => ({
    name: String(at).padStart(8, '0'),
    mode: '100644',
    id: X,
  }));
  let below = X;
  for (let depth = 0; depth < 8; depth += 1) {
    const data = treeData([...lines, { name: 'd', mode: '40000', id: below }]);
    objects.push({ type: 'tree', data });
    below = objectId('tree', data);
  }
  return held(treeData([{ name: 'd', mode: '40000', id: below }]), objects);
}

/** Files that are not asked for, and a directory that never comes. */
const heldFiles = () => held(treeData([{ name: 'd', mode: '40000', id: X }]), noise(28));

function held(root: Buffer, objects: readonly Written[]): Script {
  const whole = handMade(root, objects);
  return (socket, asked) => {
    if (!asked.body.includes(X)) whole(socket, asked);
  };
}

const SMALL = Buffer.from('name: small\n');
const small = handMade(treeData([{ name: 'policy.yaml', mode: '100644', id: objectId('blob', SMALL) }]), [
  { type: 'blob', data: SMALL },
]);

/** Those that took most before they were bounded; all of them in a soak. */
const HEAVIEST: ReadonlySet<string> = new Set([
  'the shortest lines',
  'a pack without end',
  'sixty megabytes of zeros',
  'a hundred thousand objects',
  'copies of copies',
  'a directory of 300,000',
  'branches without end',
]);
const BOMBS = Object.fromEntries(
  Object.entries(ALL).filter(([name]) => HEAVIEST.has(name) || times(0, 1) === 1),
);

const servers: HostileServer[] = [];
beforeAll(async () => {
  for (const script of Object.values(BOMBS)) servers.push(await startHostileServer(script));
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

interface End {
  readonly url: string;
  readonly class: string;
  readonly message: string;
  /** MiB. */
  readonly peak: number;
}

/** Every line it wrote, once it has ended; throws when it did not end well. */
async function lookAtAll(order: 'in-turn' | 'at-once', urls: readonly string[]): Promise<End[]> {
  const script = new URL('look-at.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, script, order, ...urls], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`ended with ${code}: ${Buffer.concat(err).toString().slice(0, 2_000)}`);
  const text = Buffer.concat(out).toString().trim();
  return text.split('\n').map((line) => JSON.parse(line) as End);
}

describe('whatever a host sends', () => {
  it('one process looks at all of it in less memory than its function has', {
    timeout: 300_000,
  }, async () => {
    const names = Object.keys(BOMBS);
    const ends = await lookAtAll(
      'in-turn',
      servers.map(({ url }, at) => `${url}/bomb/${at}`),
    );
    expect(ends).toHaveLength(names.length);
    for (const [at, end] of ends.entries()) {
      expect
        .soft([names[at], end.class])
        .toEqual([
          names[at],
          expect.stringMatching(/^(too_large|network|not_found|unsupported|validation|read)$/),
        ]);
      expect.soft([names[at], end.peak < MOST_MIB, end.peak]).toEqual([names[at], true, end.peak]);
    }
    const peak = Math.max(...ends.map((end) => end.peak));
    tally('memory under bombs', {
      bombs: names.length,
      'peak RSS (MiB)': peak,
      'heap limit (MiB)': HEAP_MIB,
    });
  });

  it('a batch of ten at once stays within that too, and small repositories beside them are read', {
    timeout: 300_000,
  }, async () => {
    const [directories, files, noisy] = [heldDirectories(), heldFiles(), packs(() => writePack(noise(30)))];
    const large = [directories, files, noisy, noisy, noisy, noisy, noisy, noisy, files, directories];
    const batch = [...large, small, small, small];
    const hosts = await Promise.all(batch.map((script) => startHostileServer(script)));
    const ends = await lookAtAll(
      'at-once',
      hosts.map(({ url }, at) => `${url}/${at < large.length ? 'large' : 'small'}/${at}`),
    ).finally(() => Promise.all(hosts.map((host) => host.close())));
    expect(ends).toHaveLength(batch.length);
    // A small one waits for no place: nothing that is held is over before the deadline of what it lacks.
    const smallEnds = ends.filter(({ url }) => url.includes('/small/'));
    expect(smallEnds.map(({ message }) => message)).toEqual(smallEnds.map(() => 'file,not_found'));
    for (const end of ends.filter(({ url }) => url.includes('/large/')))
      expect.soft(end.class).toMatch(/^(too_large|network|read)$/);
    const peak = Math.max(...ends.map((end) => end.peak));
    expect(peak).toBeLessThan(MOST_MIB);
    tally('memory under ten bombs at once', { 'peak RSS (MiB)': peak, 'heap limit (MiB)': HEAP_MIB });
  });
});
