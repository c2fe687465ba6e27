/** Lying packs: a true one, with lies told about any of its fields or bytes. */
import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { packAnswer } from './hostile-server.ts';
import { OBJECTS, TRUE_PACK } from './truth.ts';

/** As it stands in a pack: type, declared size, what it names as its base, and the zlib stream. */
interface Entry {
  code: number;
  size: number;
  base: Buffer;
  stream: Buffer;
}

type At = { readonly at: number };
type Place = At & { readonly spot: number; readonly byte: number };

/** One lie. Numbers are taken modulo what there is, so that every lie fits every pack. */
export type Lie =
  | ({ readonly kind: 'type'; readonly code: number } & At)
  | ({ readonly kind: 'size'; readonly by: number } & At)
  | ({ readonly kind: 'content' } & Place)
  | ({ readonly kind: 'longer'; readonly bytes: Uint8Array } & At)
  | ({ readonly kind: 'shorter'; readonly bytes: number } & At)
  | ({ readonly kind: 'stream' } & Place)
  | ({ readonly kind: 'tail'; readonly bytes: Uint8Array } & At)
  | ({ readonly kind: 'stored' } & At)
  | ({ readonly kind: 'zeros'; readonly count: number } & At)
  | ({ readonly kind: 'base' } & Place)
  | ({ readonly kind: 'base at'; readonly base: Uint8Array; readonly code: 6 | 7 } & At)
  | ({ readonly kind: 'drop' } & At)
  | ({ readonly kind: 'twice' } & At)
  | ({ readonly kind: 'swap'; readonly with: number } & At)
  | { readonly kind: 'count'; readonly by: number }
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'rest'; readonly bytes: Uint8Array }
  | { readonly kind: 'byte'; readonly spot: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly spot: number }
  | { readonly kind: 'line byte'; readonly spot: number; readonly byte: number }
  | { readonly kind: 'line cut'; readonly spot: number };

export interface LyingAnswer {
  readonly lies: readonly Lie[];
  /** A trailer that fits the lies, so that more than the checksum is tested. */
  readonly sealed: boolean;
  readonly lineBytes: number;
  /** How many answers lie before one tells the truth. */
  readonly lying: number;
  readonly known: boolean;
}

const at = fc.nat(OBJECTS.length - 1);
const byte = fc.nat(255);
const spot = fc.nat(1_000);
const few = fc.uint8Array({ minLength: 1, maxLength: 40 });
const place = { at, spot, byte };
const lie: fc.Arbitrary<Lie> = fc.oneof(
  fc.record({ kind: fc.constant('type' as const), at, code: fc.nat(7) }),
  fc.record({
    kind: fc.constant('size' as const),
    at,
    by: fc.oneof(fc.integer({ min: -200, max: 200 }), fc.constantFrom(2 ** 20, 2 ** 27, 2 ** 31, 2 ** 45)),
  }),
  fc.record({ kind: fc.constant('content' as const), ...place }),
  fc.record({ kind: fc.constant('longer' as const), at, bytes: few }),
  fc.record({ kind: fc.constant('shorter' as const), at, bytes: fc.integer({ min: 1, max: 90 }) }),
  fc.record({ kind: fc.constant('stream' as const), ...place }),
  fc.record({ kind: fc.constant('tail' as const), at, bytes: few }),
  fc.record({ kind: fc.constant('stored' as const), at }),
  fc.record({ kind: fc.constant('zeros' as const), at, count: fc.constantFrom(1, 70_000, 300_000) }),
  fc.record({ kind: fc.constant('base' as const), ...place }),
  fc.record({
    kind: fc.constant('base at' as const),
    at,
    base: fc.uint8Array({ minLength: 1, maxLength: 20 }),
    code: fc.constantFrom(6 as const, 7 as const),
  }),
  fc.record({ kind: fc.constant('drop' as const), at }),
  fc.record({ kind: fc.constant('twice' as const), at }),
  fc.record({ kind: fc.constant('swap' as const), at, with: at }),
  fc.record({
    kind: fc.constant('count' as const),
    by: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(100_000, 2 ** 31)),
  }),
  fc.record({ kind: fc.constant('version' as const), version: fc.nat(5) }),
  fc.record({ kind: fc.constant('rest' as const), bytes: few }),
  fc.record({ kind: fc.constant('byte' as const), spot, byte }),
  fc.record({ kind: fc.constant('cut' as const), spot }),
  fc.record({ kind: fc.constant('line byte' as const), spot, byte }),
  fc.record({ kind: fc.constant('line cut' as const), spot }),
);

export const lyingAnswer: fc.Arbitrary<LyingAnswer> = fc.record({
  lies: fc.array(lie, { minLength: 1, maxLength: 4 }),
  sealed: fc.boolean(),
  lineBytes: fc.constantFrom(1, 7, 100, 1_000, 60_000),
  lying: fc.constantFrom(1, 2, 1_000, 1_000),
  known: fc.boolean(),
});

/** The answer to a fetch, framing included. */
export function lyingBody({ lies, sealed, lineBytes }: LyingAnswer): Buffer {
  let pack = packOf(lies, sealed);
  for (const one of lies) if (one.kind === 'cut') pack = cut(pack, one);
  let body = packAnswer(pack, lineBytes);
  for (const one of lies) if (one.kind === 'line byte') body = changed(body, one);
  for (const one of lies) if (one.kind === 'line cut') body = cut(body, one);
  return body;
}

const HONEST: readonly Entry[] = entriesOf(TRUE_PACK);

function packOf(lies: readonly Lie[], sealed: boolean): Buffer {
  const entries = HONEST.map((entry) => ({ ...entry }));
  const header = Buffer.from(TRUE_PACK.subarray(0, 12));
  for (const one of lies) if ('at' in one) tell(entries, one);
  const more = (kind: 'count') => lies.reduce((sum, one) => sum + (one.kind === kind ? one.by : 0), 0);
  header.writeUInt32BE((((entries.length + more('count')) % 2 ** 32) + 2 ** 32) % 2 ** 32, 8);
  for (const one of lies) if (one.kind === 'version') header.writeUInt32BE(one.version, 4);
  const rest = lies.flatMap((one) => (one.kind === 'rest' ? [one.bytes] : []));
  const honest = Buffer.concat([header, ...entries.map(written), ...rest]);
  const content = lies.reduce<Buffer>(
    (bytes, one) => (one.kind === 'byte' ? changed(bytes, one) : bytes),
    honest,
  );
  const trailer = sealed ? sha1(content) : TRUE_PACK.subarray(-20);
  return Buffer.concat([content, trailer]);
}

function tell(entries: Entry[], one: Extract<Lie, At>): void {
  if (entries.length === 0) return;
  const index = one.at % entries.length;
  const entry = entries[index];
  if (!entry) return;
  switch (one.kind) {
    case 'type':
      entry.code = one.code;
      return;
    case 'size':
      entry.size = Math.max(0, entry.size + one.by);
      return;
    case 'content':
      recode(entry, (data) => changed(data, one));
      return;
    case 'longer':
      recode(entry, (data) => Buffer.concat([data, one.bytes]));
      return;
    case 'shorter':
      recode(entry, (data) => data.subarray(0, Math.max(0, data.length - one.bytes)));
      return;
    case 'zeros':
      recode(entry, (data) => Buffer.concat([data, Buffer.alloc(one.count)]));
      return;
    case 'stored':
      entry.stream = deflateSync(contentOf(entry), { level: 0 });
      return;
    case 'stream':
      entry.stream = changed(entry.stream, one);
      return;
    case 'tail':
      entry.stream = Buffer.concat([entry.stream, one.bytes]);
      return;
    case 'base':
      entry.base = changed(entry.base, one);
      return;
    case 'base at':
      entry.code = one.code;
      entry.base = one.code === 6 ? offsetOf(one.base) : Buffer.alloc(20, one.base);
      return;
    case 'drop':
      entries.splice(index, 1);
      return;
    case 'twice':
      entries.push({ ...entry });
      return;
    case 'swap': {
      const other = one.with % entries.length;
      [entries[index], entries[other]] = [entries[other] ?? entry, entry];
    }
  }
}

/** Content that is another, in a stream and a size that fit it. */
function recode(entry: Entry, change: (data: Buffer) => Buffer): void {
  const data = change(contentOf(entry));
  entry.size = data.length;
  entry.stream = deflateSync(data);
}

/** Empty when an earlier lie was about the stream itself. */
function contentOf({ stream }: Entry): Buffer {
  try {
    return inflateSync(stream);
  } catch {
    return Buffer.alloc(0);
  }
}

/** A distance of one to three bytes, the last without the bit that announces another. */
function offsetOf(bytes: Uint8Array): Buffer {
  const some = [...bytes.subarray(0, 3)];
  return Buffer.from(some.map((value, index) => (index === some.length - 1 ? value & 0x7f : value | 0x80)));
}

function written({ code, size, base, stream }: Entry): Buffer {
  const bytes = [(code << 4) | (size % 16)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest % 128);
  }
  return Buffer.concat([Buffer.from(bytes), base, stream]);
}

function changed(bytes: Buffer, { spot, byte }: { readonly spot: number; readonly byte: number }): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  copy[spot % bytes.length] = byte;
  return copy;
}

function cut(bytes: Buffer, { spot }: { readonly spot: number }): Buffer {
  return bytes.subarray(0, spot % (bytes.length + 1));
}

export function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

/** Takes the true pack apart again. */
function entriesOf(pack: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let at = 12; at < pack.length - 20; ) {
    const start = at;
    const code = ((pack[at] ?? 0) >> 4) & 7;
    while ((pack[at] ?? 0) & 0x80) at += 1;
    at += 1;
    const base = at;
    if (code === 6) {
      while ((pack[at] ?? 0) & 0x80) at += 1;
      at += 1;
    }
    if (code === 7) at += 20;
    const data = inflateSync(pack.subarray(at));
    // The writer makes the same stream of the same bytes.
    const stream = deflateSync(data);
    const entry = { code, size: data.length, base: pack.subarray(base, at), stream };
    if (!written(entry).equals(pack.subarray(start, at + stream.length)))
      throw new Error('not as it was written');
    entries.push(entry);
    at += stream.length;
  }
  return entries;
}
