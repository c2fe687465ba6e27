/** Bombs: packs of few bytes that stand for very many. */
import { deflateRawSync, deflateSync } from 'node:zlib';
import { copy, delta, type Written, writePack } from '../../git/pack-writer.ts';
import { sha1 } from './lying-pack.ts';

const MIB = 1024 * 1024;

/** A zlib stream of so many MiB of zeros: one deflated MiB over and over, so that making it costs nothing. */
export function zeros(mebibytes: number): Buffer {
  // A full flush ends on a byte, without reference to what came before; the last block is an empty one.
  const part = deflateRawSync(Buffer.alloc(MIB), { finishFlush: 3 });
  const adler = Buffer.alloc(4);
  adler.writeUInt32BE(((mebibytes * MIB) % 65_521) * 65_536 + 1);
  const parts = Array.from({ length: mebibytes }, () => part);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...parts, Buffer.from([0x03, 0x00]), adler]);
}

/** A pack of one blob that says it is `declared` bytes long, whatever its stream makes. */
export function packOfStream(stream: Buffer, declared: number): Buffer {
  const head = [0x30 | (declared % 16)];
  for (let rest = Math.floor(declared / 16); rest > 0; rest = Math.floor(rest / 128)) {
    head[head.length - 1] = (head.at(-1) ?? 0) | 0x80;
    head.push(rest % 128);
  }
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\x01', 'latin1');
  const content = Buffer.concat([header, Buffer.from(head), stream]);
  return Buffer.concat([content, sha1(content)]);
}

/** Each delta copies all of a small object a thousand times over. */
export function copyBomb(deltas: number): Buffer {
  const base = 8_000;
  const steps = Array.from({ length: 1_000 }, () => copy(0, base));
  const amplified = delta(base, base * steps.length, ...steps);
  const objects: Written[] = [{ type: 'blob', data: Buffer.alloc(base, 'x') }];
  for (let back = 1; back <= deltas; back += 1) objects.push({ type: 'ofs-delta', back, delta: amplified });
  return writePack(objects);
}

/** One delta of eight million copies of a single byte. */
export function tinyCopies(): Buffer {
  const size = 8 * MIB;
  const steps = Buffer.alloc(2 * size, Buffer.from([0x90, 1]));
  return writePack([
    { type: 'blob', data: Buffer.from('x') },
    { type: 'ofs-delta', back: 1, delta: delta(1, size, steps) },
  ]);
}

export function chain(depth: number): Buffer {
  const objects: Written[] = [{ type: 'blob', data: Buffer.from('x') }];
  const same = delta(1, 1, copy(0, 1));
  for (let at = 0; at < depth; at += 1) objects.push({ type: 'ofs-delta', back: 1, delta: same });
  return writePack(objects);
}

/** So many different objects of a few bytes each, in a pack made of one template: writing it costs little. */
export function manyTiny(count: number, salt: string): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  header.writeUInt32BE(count, 8);
  const parts: Buffer[] = [header];
  for (let at = 0; at < count; at += 1) parts.push(stored(`${salt}${String(at).padStart(8, '0')}`));
  const content = Buffer.concat(parts);
  return Buffer.concat([content, sha1(content)]);
}

/** A short blob in a stream of one stored block: nothing to compress. */
function stored(text: string): Buffer {
  const size = text.length;
  const head = size < 16 ? [0x30 | size] : [0xb0 | (size % 16), size >> 4];
  let [low, high] = [1, 0];
  for (const byte of Buffer.from(text)) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  const block = [0x78, 0x01, 1, size & 0xff, size >> 8, ~size & 0xff, (~size >> 8) & 0xff];
  const adler = [high >> 8, high & 0xff, low >> 8, low & 0xff];
  return Buffer.concat([Buffer.from([...head, ...block]), Buffer.from(text), Buffer.from(adler)]);
}

/** Ends nowhere: a header that promises a few objects, one of which never stops. */
export const ENDLESS = Buffer.concat([
  Buffer.from('PACK\0\0\0\x02\0\0\0\x03', 'latin1'),
  deflateSync(Buffer.alloc(10)),
]);
