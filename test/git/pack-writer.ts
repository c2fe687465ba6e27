/** A pack writer for tests: makes what git would make, and what it never would. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { type ObjectType, objectId } from '../../lib/git/git-object.ts';

const CODES: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

export type Written =
  | { readonly type: ObjectType; readonly data: Buffer; readonly declaredSize?: number }
  /** `back` is the number of entries between the delta and its base, 1 for the one before. */
  | { readonly type: 'ofs-delta'; readonly back: number; readonly delta: Buffer }
  | { readonly type: 'ref-delta'; readonly base: string; readonly delta: Buffer };

export interface PackOptions {
  readonly declaredCount?: number;
  readonly version?: number;
  readonly trailer?: Buffer;
}

export function writePack(objects: readonly Written[], options: PackOptions = {}): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(options.version ?? 2, 4);
  header.writeUInt32BE(options.declaredCount ?? objects.length, 8);
  const parts: Buffer[] = [header];
  const offsets: number[] = [];
  let offset = header.length;
  for (const [index, object] of objects.entries()) {
    offsets.push(offset);
    const part = entry(object, offset, offsets, index);
    parts.push(part);
    offset += part.length;
  }
  const content = Buffer.concat(parts);
  return Buffer.concat([content, options.trailer ?? createHash('sha1').update(content).digest()]);
}

function entry(object: Written, offset: number, offsets: readonly number[], index: number): Buffer {
  if (object.type === 'ofs-delta') {
    const distance = offset - (offsets[index - object.back] ?? 0);
    return Buffer.concat([head(6, object.delta.length), baseDistance(distance), deflateSync(object.delta)]);
  }
  if (object.type === 'ref-delta') {
    const base = Buffer.from(object.base, 'hex');
    return Buffer.concat([head(7, object.delta.length), base, deflateSync(object.delta)]);
  }
  return Buffer.concat([
    head(CODES[object.type], object.declaredSize ?? object.data.length),
    deflateSync(object.data),
  ]);
}

function head(code: number, size: number): Buffer {
  const bytes = [(code << 4) | (size % 16)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes);
}

function baseDistance(distance: number): Buffer {
  const bytes = [distance % 128];
  for (let rest = Math.floor(distance / 128) - 1; rest >= 0; rest = Math.floor(rest / 128) - 1) {
    bytes.unshift(0x80 | (rest % 128));
  }
  return Buffer.from(bytes);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

/** Copies `size` bytes from `from`: offset in four bytes, size in three. */
export function copy(from: number, size: number): Buffer {
  const bytes = [from, from >>> 8, from >>> 16, from >>> 24, size, size >>> 8, size >>> 16];
  return Buffer.from([0xff, ...bytes.map((byte) => byte & 0xff)]);
}

export function insert(text: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
}

export function delta(baseSize: number, resultSize: number, ...steps: readonly Buffer[]): Buffer {
  return Buffer.concat([varint(baseSize), varint(resultSize), ...steps]);
}

export interface TreeLine {
  readonly mode?: string;
  readonly name: string | Buffer;
  readonly id: string;
}

export function treeData(lines: readonly TreeLine[]): Buffer {
  return Buffer.concat(
    lines.map(({ mode = '100644', name, id }) =>
      Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')]),
    ),
  );
}

export function commitData(tree: string, message = 'made by hand\n'): Buffer {
  const who = 'Mallory <mallory@example.com> 1700000000 +0000';
  return Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${message}`);
}

/** A commit with this root tree, and the other objects it needs, as one pack. */
export function commitOf(
  root: Buffer,
  others: readonly Written[] = [],
): { commit: string; pack: Buffer; tree: string } {
  const tree = objectId('tree', root);
  const data = commitData(tree);
  const pack = writePack([{ type: 'commit', data }, { type: 'tree', data: root }, ...others]);
  return { commit: objectId('commit', data), pack, tree };
}
