import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../lib/domain/fault.ts';
import { BOUNDS, type Bounds } from '../../lib/git/bounds.ts';
import { applyDelta } from '../../lib/git/delta.ts';
import { emptyStore, type ObjectStore, objectId } from '../../lib/git/git-object.ts';
import { unpack } from '../../lib/git/pack.ts';
import { InflateBudget } from '../../lib/git/pack-entries.ts';
import { copy, delta, insert, varint, type Written, writePack } from './pack-writer.ts';
import { noise } from './world.ts';

const blob = (text: string): Written => ({ type: 'blob', data: Buffer.from(text) });
const idOf = (text: string) => objectId('blob', Buffer.from(text));

function unpacked(pack: Buffer, bounds: Partial<Bounds> = {}, store = emptyStore()): ObjectStore {
  const all = { ...BOUNDS, ...bounds };
  unpack(pack, store, all, new InflateBudget(all, { demand: () => {} }));
  return store;
}

const textOf = (store: ObjectStore, id: string) => store.objects.get(id)?.data.toString();

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('no fault');
}

describe('a pack', () => {
  it('gives every object under the id that git gives it', () => {
    const store = unpacked(writePack([blob('hello\n'), blob(''), { type: 'tree', data: Buffer.alloc(0) }]));
    expect([...store.objects.keys()].sort()).toEqual([
      '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      'ce013625030ba8dba906f756967f9e9ca394464a',
      'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
    ]);
  });

  it('may be empty', () => {
    expect(unpacked(writePack([])).objects.size).toBe(0);
  });

  it('holds deltas by offset and by id, before or after their base', () => {
    const base = 'The quick brown fox jumps over the lazy dog';
    const change = (word: string) => delta(base.length, 10 + word.length, copy(0, 10), insert(word));
    const store = unpacked(
      writePack([
        { type: 'ref-delta', base: idOf(base), delta: change('red') },
        blob(base),
        { type: 'ofs-delta', back: 1, delta: change('green') },
        { type: 'ref-delta', base: idOf(base), delta: change('blue') },
      ]),
    );
    for (const word of ['red', 'green', 'blue'])
      expect(textOf(store, idOf(`The quick ${word}`))).toBe(`The quick ${word}`);
  });

  it('holds deltas of deltas', () => {
    const steps: Written[] = [blob('0')];
    for (let step = 1; step < 50; step += 1) {
      steps.push({
        type: 'ofs-delta',
        back: 1,
        delta: delta(step, step + 1, copy(0, step), insert(String(step % 10))),
      });
    }
    const text = Array.from({ length: 50 }, (_, index) => index % 10).join('');
    expect(textOf(unpacked(writePack(steps)), idOf(text))).toBe(text);
  });

  it('holds a chain of deltas by id in the worst order', () => {
    const texts = Array.from({ length: 40 }, (_, index) => 'x'.repeat(index + 1));
    const links = texts.slice(1).map((text, index): Written => {
      const base = texts[index] ?? '';
      return {
        type: 'ref-delta',
        base: idOf(base),
        delta: delta(base.length, text.length, copy(0, base.length), insert('x')),
      };
    });
    const store = unpacked(writePack([...links.reverse(), blob('x')]));
    expect(store.objects.size).toBe(40);
  });

  it('uses what is already held as a base, and leaves out what has none', () => {
    const store = unpacked(writePack([blob('base')]));
    const made = {
      type: 'ref-delta',
      base: idOf('base'),
      delta: delta(4, 6, copy(0, 4), insert('-2')),
    } as const;
    const orphan = { type: 'ref-delta', base: 'f'.repeat(40), delta: delta(4, 4, copy(0, 4)) } as const;
    unpacked(writePack([made, orphan]), {}, store);
    expect([...store.objects.keys()]).toEqual([idOf('base'), idOf('base-2')]);
  });

  it('may declare entries far back and large', () => {
    const filler = Array.from(
      { length: 30 },
      (_, index) => ({ type: 'blob', data: noise(1_000 + index) }) as const,
    );
    const store = unpacked(
      writePack([
        blob('far'),
        ...filler,
        { type: 'ofs-delta', back: 31, delta: delta(3, 4, copy(0, 3), insert('!')) },
      ]),
    );
    expect(textOf(store, idOf('far!'))).toBe('far!');
  });
});

describe('a pack is refused when', () => {
  const good = [blob('one'), blob('two')];

  it.each([
    ['it is empty', () => Buffer.alloc(0)],
    ['it is something else', () => Buffer.from('<html>not a pack, but long enough to be one</html>')],
    ['its version is unknown', () => writePack(good, { version: 3 })],
    ['its checksum is wrong', () => writePack(good, { trailer: Buffer.alloc(20) })],
    ['it holds fewer objects than it declares', () => writePack(good, { declaredCount: 3 })],
    ['it holds more objects than it declares', () => writePack(good, { declaredCount: 1 })],
    [
      'an object is longer than it declares',
      () => writePack([{ type: 'blob', data: Buffer.from('abc'), declaredSize: 2 }]),
    ],
    [
      'an object is shorter than it declares',
      () => writePack([{ type: 'blob', data: Buffer.from('abc'), declaredSize: 4 }]),
    ],
    ['an empty object is not', () => writePack([{ type: 'blob', data: Buffer.from('a'), declaredSize: 0 }])],
    [
      'a delta reaches behind its base',
      () => writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: delta(3, 9, copy(0, 9)) }]),
    ],
    [
      'a delta is for another base',
      () => writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: delta(4, 3, copy(0, 3)) }]),
    ],
    [
      'a delta makes less than it declares',
      () => writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: delta(3, 4, copy(0, 3)) }]),
    ],
    [
      'a delta makes more than it declares',
      () => writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: delta(3, 2, copy(0, 3)) }]),
    ],
    [
      'a delta is cut off',
      () => writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: delta(3, 3, Buffer.from([0x91])) }]),
    ],
    [
      'a delta holds an unknown instruction',
      () => writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: delta(3, 3, Buffer.from([0])) }]),
    ],
    [
      'a delta has an endless size',
      () => writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: Buffer.alloc(20, 0xff) }]),
    ],
  ])('%s', (_why, pack) => {
    expect(faultOf(() => unpacked(pack()))).toMatchObject({ class: 'network', advice: 'retry' });
  });

  it('it holds more objects than the bound, however few bytes they are', () => {
    const pack = writePack([], { declaredCount: 4_000_000_000 });
    expect(faultOf(() => unpacked(pack))).toMatchObject({ class: 'too_large' });
  });

  it('an object would inflate beyond the bound: before it does', () => {
    const bomb = writePack([{ type: 'blob', data: Buffer.alloc(40_000_000) }]);
    expect(bomb.length).toBeLessThan(50_000);
    expect(faultOf(() => unpacked(bomb, { inflatedBytes: 1_000_000 }))).toMatchObject({ class: 'too_large' });
    const lie = writePack([{ type: 'blob', data: Buffer.alloc(0), declaredSize: 2 ** 40 }]);
    expect(faultOf(() => unpacked(lie))).toMatchObject({ class: 'too_large' });
  });

  it('all its objects together would inflate beyond the bound', () => {
    const pack = writePack(
      Array.from({ length: 100 }, (_, index) => ({ type: 'blob', data: Buffer.alloc(100_000, index) })),
    );
    expect(faultOf(() => unpacked(pack, { inflatedBytes: 5_000_000 }))).toMatchObject({ class: 'too_large' });
  });

  it('its deltas would make more than the bound of small bytes (a delta bomb)', () => {
    const doubling: Written[] = [{ type: 'blob', data: Buffer.alloc(1_000) }];
    for (let size = 1_000; size < 8_000_000; size *= 2) {
      doubling.push({
        type: 'ofs-delta',
        back: 1,
        delta: delta(size, size * 2, copy(0, size), copy(0, size)),
      });
    }
    expect(faultOf(() => unpacked(writePack(doubling), { inflatedBytes: 1_000_000 }))).toMatchObject({
      class: 'too_large',
    });
  });

  it('its deltas are too deep', () => {
    const chain: Written[] = [blob('x')];
    for (let depth = 0; depth < 12; depth += 1)
      chain.push({ type: 'ofs-delta', back: 1, delta: delta(1, 1, insert('y')) });
    expect(faultOf(() => unpacked(writePack(chain), { deltaDepth: 10 }))).toMatchObject({
      class: 'too_large',
    });
  });
});

describe('an object too large to keep', () => {
  it('is known by id and size, and nothing is made from it', () => {
    const large = Buffer.alloc(20_000, 'l');
    const store = unpacked(
      writePack([
        { type: 'blob', data: large },
        { type: 'ofs-delta', back: 1, delta: delta(20_000, 3, copy(0, 3)) },
        blob('s'),
      ]),
      { objectBytes: 10_000 },
    );
    expect(store.oversized).toEqual(new Map([[objectId('blob', large), 20_000]]));
    expect([...store.objects.keys()]).toEqual([idOf('s')]);
  });

  it('is left out when a delta makes it', () => {
    const store = unpacked(
      writePack([blob('abc'), { type: 'ofs-delta', back: 1, delta: delta(3, 2 ** 40, copy(0, 3)) }]),
    );
    expect([...store.objects.keys()]).toEqual([idOf('abc')]);
  });
});

describe('whatever the bytes', () => {
  const base = 'a base that deltas copy from';
  const pack = writePack([
    blob(base),
    blob('other'),
    { type: 'ofs-delta', back: 2, delta: delta(base.length, 8, copy(2, 4), insert('more')) },
    { type: 'ref-delta', base: idOf('other'), delta: delta(5, 6, copy(0, 5), insert('!')) },
  ]);

  it('a damaged pack is a fault, and never an object under a wrong id', () => {
    const edits = fc.array(fc.tuple(fc.nat(pack.length - 21), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(edits, fc.boolean(), (changes, fixTrailer) => {
        const damaged = Buffer.from(pack.subarray(0, pack.length - 20));
        for (const [at, value] of changes) damaged[at] = value;
        const whole = fixTrailer ? sealed(damaged) : Buffer.concat([damaged, pack.subarray(-20)]);
        checked(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a pack cut anywhere is a fault', () => {
    for (let end = 0; end < pack.length; end += 1) {
      expect(faultOf(() => unpacked(pack.subarray(0, end)))).toBeInstanceOf(Fault);
      expect(() => checked(sealed(pack.subarray(0, end)))).not.toThrow();
    }
  });

  it('a delta of random bytes is applied or refused, within its declared size', () => {
    const steps = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.nat(300), (bytes, size) => {
        const made = Buffer.concat([varint(base.length), varint(size), bytes]);
        try {
          expect(applyDelta(Buffer.from(base), made).length).toBe(size);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('random objects come back as they were', () => {
    const objects = fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(objects, (contents) => {
        const store = unpacked(
          writePack(contents.map((data) => ({ type: 'blob', data: Buffer.from(data) }))),
        );
        for (const data of contents) {
          expect(store.objects.get(objectId('blob', data))?.data.equals(Buffer.from(data))).toBe(true);
        }
      }),
    );
  });

  function checked(bytes: Buffer): void {
    try {
      for (const [id, { type, data }] of unpacked(bytes).objects) expect(objectId(type, data)).toBe(id);
    } catch (error) {
      expect(error).toBeInstanceOf(Fault);
    }
  }
});

/** With a trailer that fits, so that more than the checksum is tested. */
function sealed(content: Buffer): Buffer {
  return Buffer.concat([content, createHash('sha1').update(content).digest()]);
}
