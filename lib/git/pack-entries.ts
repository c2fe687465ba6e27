/** Pack entries: what a pack holds, one after another, inflated but not yet put together (gitformat-pack). */
import { createHash } from 'node:crypto';
import { type InflateRaw, inflateSync, type ZlibOptions } from 'node:zlib';
import { type Bounds, bytesText } from './bounds.ts';
import type { ObjectType } from './git-object.ts';
import type { Share } from './share.ts';
import { damaged, OverLimit } from './trouble.ts';

export type PackEntry =
  | { readonly kind: 'object'; readonly offset: number; readonly type: ObjectType; readonly data: Buffer }
  /** `base` is the offset of an earlier entry, or the id of any object. */
  | {
      readonly kind: 'delta';
      readonly offset: number;
      readonly base: number | string;
      readonly data: Buffer;
    };

interface Mark {
  readonly left: number;
  readonly objects: number;
}

/** What an object costs beside its bytes: its name, and where it is found. */
const OBJECT_COST = 800;
/** What the shortest entries of a directory cost, to each of their bytes. */
const UNFOLDING = 8;

export function unfoldedBytes(treeBytes: number): number {
  return treeBytes * UNFOLDING;
}

/** What is left of the objects one read may receive, and of the bytes it may inflate; shared by all its packs. */
export class InflateBudget {
  readonly #total: Pick<Bounds, 'inflatedBytes' | 'objects'>;
  readonly #share: Pick<Share, 'demand'>;
  #left: number;
  #objects: number;

  constructor(bounds: Pick<Bounds, 'inflatedBytes' | 'objects'>, share: Pick<Share, 'demand'>) {
    this.#total = bounds;
    this.#share = share;
    this.#left = bounds.inflatedBytes;
    this.#objects = bounds.objects;
  }

  get left(): number {
    return this.#left;
  }

  /** Called before the work, so that a few bytes cannot make us fill the memory. */
  spend(bytes: number): void {
    if (bytes > this.#left) {
      throw new OverLimit(
        `the objects are larger than ${bytesText(this.#total.inflatedBytes)} once decompressed`,
      );
    }
    this.#left -= bytes;
    this.#share.demand(bytes);
  }

  /** The smallest objects cost memory too. */
  admit(objects: number): void {
    this.#objects -= objects;
    if (this.#objects < 0)
      throw new OverLimit(`the answer holds more objects than the ${this.#total.objects} one read may have`);
    this.#share.demand(objects * OBJECT_COST);
  }

  /** A directory is held a second time, entry by entry. */
  unfold(treeBytes: number): void {
    this.#share.demand(unfoldedBytes(treeBytes));
  }

  /** For work that is begun anew. */
  mark(): Mark {
    return { left: this.#left, objects: this.#objects };
  }

  resetTo({ left, objects }: Mark): void {
    this.#left = left;
    this.#objects = objects;
  }
}

interface Cursor {
  /** Without the trailer. */
  readonly bytes: Buffer;
  at: number;
}

const HEADER_BYTES = 12;
const ID_BYTES = 20;
const OFS_DELTA = 6;
const REF_DELTA = 7;
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };

/** Verifies the trailer first: nothing is inflated from a pack that was damaged on the way. */
export function* packEntries(pack: Buffer, budget: InflateBudget): Generator<PackEntry> {
  const count = declaredCount(pack);
  budget.admit(count);
  const cursor: Cursor = { bytes: pack.subarray(0, pack.length - ID_BYTES), at: HEADER_BYTES };
  for (let read = 0; read < count; read += 1) yield entryAt(cursor, budget);
  if (cursor.at !== cursor.bytes.length) throw damaged('a pack holds more than it declares');
}

function declaredCount(pack: Buffer): number {
  if (pack.length < HEADER_BYTES + ID_BYTES || pack.toString('latin1', 0, 4) !== 'PACK')
    throw damaged('it is not a pack');
  if (pack.readUInt32BE(4) !== 2) throw damaged('its pack is of an unknown version');
  const content = pack.subarray(0, pack.length - ID_BYTES);
  const trailer = pack.subarray(pack.length - ID_BYTES);
  if (!createHash('sha1').update(content).digest().equals(trailer))
    throw damaged('the checksum of a pack is wrong');
  return pack.readUInt32BE(8);
}

function entryAt(cursor: Cursor, budget: InflateBudget): PackEntry {
  const offset = cursor.at;
  const { type, size } = typeAndSize(cursor);
  if (type === OFS_DELTA) {
    const base = offset - baseDistance(cursor);
    return { kind: 'delta', offset, base, data: inflated(cursor, size, budget) };
  }
  if (type === REF_DELTA) {
    const base = take(cursor, ID_BYTES).toString('hex');
    return { kind: 'delta', offset, base, data: inflated(cursor, size, budget) };
  }
  const known = TYPES[type];
  if (!known) throw damaged('a pack holds an object of an unknown type');
  return { kind: 'object', offset, type: known, data: inflated(cursor, size, budget) };
}

/** Three bits of type and four of size, then seven bits of size a byte. */
function typeAndSize(cursor: Cursor): { type: number; size: number } {
  let byte = take(cursor, 1).readUInt8(0);
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let scale = 16; byte & 0x80; scale *= 128) {
    if (scale > 2 ** 40) throw damaged('an object has an impossible size');
    byte = take(cursor, 1).readUInt8(0);
    size += (byte & 0x7f) * scale;
  }
  return { type, size };
}

/** How far back the base starts: seven bits a byte, most significant first, one added for each byte more. */
function baseDistance(cursor: Cursor): number {
  let byte = take(cursor, 1).readUInt8(0);
  let distance = byte & 0x7f;
  while (byte & 0x80) {
    byte = take(cursor, 1).readUInt8(0);
    distance = (distance + 1) * 128 + (byte & 0x7f);
    if (distance > cursor.at) throw damaged('a delta starts from outside its pack');
  }
  return distance;
}

function inflated(cursor: Cursor, size: number, budget: InflateBudget): Buffer {
  budget.spend(size);
  const { data, consumed } = inflate(cursor.bytes.subarray(cursor.at), size);
  if (data.length !== size) throw damaged('an object has another size than it declares');
  cursor.at += consumed;
  return data;
}

const MIN_CHUNK = 64;
const MAX_CHUNK = 65_536;

/** One zlib stream at the start of `bytes`, and how long it was; never makes more than `size` bytes. */
function inflate(bytes: Buffer, size: number): { data: Buffer; consumed: number } {
  const options: ZlibOptions = {
    info: true,
    maxOutputLength: Math.max(size, 1),
    chunkSize: Math.min(Math.max(size, MIN_CHUNK), MAX_CHUNK),
  };
  try {
    const result: unknown = inflateSync(bytes, options);
    return parseInfo(result);
  } catch {
    throw damaged('an object does not decompress to its declared size');
  }
}

/** With `info`, zlib returns its engine beside the buffer, which the types do not say. */
function parseInfo(result: unknown): { data: Buffer; consumed: number } {
  const { buffer, engine } = result as { buffer: Buffer; engine: InflateRaw };
  return { data: buffer, consumed: engine.bytesWritten };
}

function take(cursor: Cursor, count: number): Buffer {
  const end = cursor.at + count;
  if (end > cursor.bytes.length) throw damaged('a pack is cut off');
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}
