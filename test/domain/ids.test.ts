/** Ids: what they sort by, what they follow from, and what they are made of. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hookId, isHookId } from '../../lib/domain/hook.ts';
import { base32, derivedId, firstTimeId, randomId, shardOf, timeId } from '../../lib/domain/ids.ts';
import { parseFanOutMessage, parseSyncMessage } from '../../lib/domain/message.ts';
import { newSecret, parseToken } from '../../lib/domain/token.ts';

const moment = fc.integer({ min: 0, max: 2 ** 48 - 2 }).map((ms) => new Date(ms));

describe('ids', () => {
  it('of moments sort as the moments do', () => {
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const [earlier, later] = a < b ? [a, b] : [b, a];
        fc.pre(earlier.getTime() !== later.getTime());
        expect(timeId('evt', earlier) < timeId('evt', later)).toBe(true);
        expect(firstTimeId('evt', later) > timeId('evt', earlier)).toBe(true);
        expect(firstTimeId('evt', later) <= timeId('evt', later)).toBe(true);
      }),
    );
  });

  it('in base32 keep every bit and the order of equally long bytes', () => {
    const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(Buffer.compare(a, b))).toBe(
          base32(a) < base32(b) ? -1 : base32(a) > base32(b) ? 1 : 0,
        );
        expect(base32(a)).toMatch(/^[0-9a-hjkmnp-tv-z]{13}$/);
      }),
    );
  });

  it('that follow from parts follow from each of them, and from where one ends', () => {
    const parts = fc.array(fc.string(), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(derivedId('x', ...a) === derivedId('x', ...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(derivedId('x', 'ab', 'c')).not.toBe(derivedId('x', 'a', 'bc'));
  });

  it('that are random are not the same twice', () => {
    expect(new Set(Array.from({ length: 1000 }, () => randomId('gw'))).size).toBe(1000);
  });

  it('of hooks are told from other text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (team, url) => {
        expect(isHookId(hookId(team, url))).toBe(true);
        expect(isHookId(url)).toBe(false);
      }),
    );
  });

  it('fall into every shard, and always into the same', () => {
    const shards = Array.from({ length: 1000 }, (_, i) => shardOf(`src_${i}`, 8));
    expect(new Set(shards).size).toBe(8);
    expect(shards).toEqual(Array.from({ length: 1000 }, (_, i) => shardOf(`src_${i}`, 8)));
    for (let shard = 0; shard < 8; shard++)
      expect(shards.filter((one) => one === shard).length).toBeGreaterThan(60);
  });
});

describe('tokens', () => {
  it('are read back as they were made, and nothing else is', () => {
    for (let i = 0; i < 100; i++) {
      const { id, secret, text } = newSecret();
      expect(parseToken(text)).toEqual({ id, secret });
      expect(parseToken(` ${text}`)).toBeNull();
      expect(parseToken(`${text}\n`)).toBeNull();
      expect(parseToken(text.toUpperCase())).toBeNull();
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseToken(text)).toBeNull();
      }),
    );
  });
});

describe('messages', () => {
  it('are read as they were written', () => {
    const message = { source: 'src_1', why: 'hint' as const, commit: null, attempt: 0 };
    for (const one of [message, { ...message, wanted: 3 }])
      expect(parseSyncMessage(JSON.stringify(one))).toEqual(one);
    const fanOut = { configuration: 'payments', sequence: 1, after: null };
    expect(parseFanOutMessage(JSON.stringify(fanOut))).toEqual(fanOut);
  });

  it('that are not ours are refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(() => parseSyncMessage(text)).toThrow();
        expect(() => parseFanOutMessage(text)).toThrow();
      }),
    );
    const odd = [
      { source: 'x'.repeat(101), why: 'hint', commit: null, attempt: 0 },
      { source: 'x', why: 'other', commit: null, attempt: 0 },
      { source: 'x', why: 'hint', commit: null, attempt: 1.5 },
      { source: 'x', why: 'hint', commit: null, attempt: 0, more: 1 },
      { source: 'x', why: 'hint', commit: null, attempt: 0, wanted: -1 },
    ];
    for (const one of odd) expect(() => parseSyncMessage(JSON.stringify(one))).toThrow();
  });
});
