/** Delta: an object written as copies from another one and new bytes (gitformat-pack). */
import { damaged } from './trouble.ts';

/** The sizes a delta declares: of the object it starts from, and of the one it makes. */
export function deltaSizes(delta: Buffer): { base: number; result: number; start: number } {
  const base = varint(delta, 0);
  const result = varint(delta, base.end);
  return { base: base.value, result: result.value, start: result.end };
}

/** Checks every copy and the declared sizes; the caller has bounded the declared result. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const sizes = deltaSizes(delta);
  if (sizes.base !== base.length) throw damaged('a delta is for another object');
  const result = Buffer.alloc(sizes.result);
  let written = 0;
  for (let at = sizes.start; at < delta.length; ) {
    const opcode = delta.readUInt8(at);
    if (opcode === 0) throw damaged('a delta holds an unknown instruction');
    const step = opcode & 0x80 ? copyStep(delta, at) : { from: at + 1, size: opcode, end: at + 1 + opcode };
    const source = opcode & 0x80 ? base : delta;
    const fits = step.from + step.size <= source.length && written + step.size <= result.length;
    if (!fits) throw damaged('a delta reaches outside its objects');
    source.copy(result, written, step.from, step.from + step.size);
    written += step.size;
    at = step.end;
  }
  if (written !== result.length) throw damaged('a delta makes less than it declares');
  return result;
}

const DEFAULT_COPY = 0x10000;

/** Four optional offset bytes, then three optional size bytes; bits of the opcode say which are there. */
function copyStep(delta: Buffer, start: number): { from: number; size: number; end: number } {
  const opcode = delta.readUInt8(start);
  let at = start + 1;
  const field = (bits: readonly number[]) => {
    let value = 0;
    for (const [index, bit] of bits.entries()) {
      if (!(opcode & bit)) continue;
      if (at >= delta.length) throw damaged('a delta is cut off');
      value += delta.readUInt8(at) * 2 ** (8 * index);
      at += 1;
    }
    return value;
  };
  const from = field([0x01, 0x02, 0x04, 0x08]);
  const size = field([0x10, 0x20, 0x40]) || DEFAULT_COPY;
  return { from, size, end: at };
}

/** Seven bits a byte, least significant first. */
function varint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, scale = 1; at < bytes.length && at < start + 7; at += 1, scale *= 128) {
    const byte = bytes.readUInt8(at);
    value += (byte & 0x7f) * scale;
    if (!(byte & 0x80)) return { value, end: at + 1 };
  }
  throw damaged('a delta has an impossible size');
}
