/** Ids: how each thing is named. Random unless the name must follow from what it names. */
import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Crockford base32, lower case: no letter that reads as a digit. */
export function base32(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET.charAt((value >>> bits) & 31);
      value &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? out + ALPHABET.charAt((value << (5 - bits)) & 31) : out;
}

/** `prefix_` and 80 random bits. */
export function randomId(prefix: string): string {
  return `${prefix}_${base32(randomBytes(10))}`;
}

/** `prefix_` and 100 bits that follow from `parts`; parts are length-prefixed, so none can run into the next. */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return `${prefix}_${base32(hash.digest()).slice(0, 20)}`;
}

/** An id that sorts by `at` (48 bits of milliseconds, then 80 random bits), as ULIDs do. */
export function timeId(prefix: string, at: Date): string {
  const time = at.getTime();
  const rest = time === latest.time ? latest.rest + 1n : BigInt(`0x${randomBytes(10).toString('hex')}`);
  latest = { time, rest };
  return timeIdOf(prefix, at, Buffer.from(BigInt.asUintN(80, rest).toString(16).padStart(20, '0'), 'hex'));
}

/** Ids of one millisecond go on from the last, so that what is written together is listed in the order it was made. */
let latest = { time: Number.NaN, rest: 0n };

/** No id of that moment or later sorts before it. */
export function firstTimeId(prefix: string, at: Date): string {
  return timeIdOf(prefix, at, Buffer.alloc(10));
}

function timeIdOf(prefix: string, at: Date, rest: Buffer): string {
  const time = Buffer.alloc(6);
  time.writeUIntBE(Math.min(Math.max(at.getTime(), 0), 2 ** 48 - 1), 0, 6);
  return `${prefix}_${base32(Buffer.concat([time, rest]))}`;
}

/** The shard, 0 to `count` − 1, that a thing called `id` always falls into. */
export function shardOf(id: string, count: number): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) % count;
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
