/** pkt-line: git's framing, four hex digits of length and the payload (gitprotocol-common). */
import { BOUNDS } from './bounds.ts';
import { damaged, OverLimit } from './trouble.ts';

export type Packet = Buffer | 'flush' | 'delimiter' | 'end';

/** Longest line the protocol allows, length included. */
const MAX_LINE = 65_520;

const SPECIAL: Readonly<Record<number, Packet>> = { 0: 'flush', 1: 'delimiter', 2: 'end' };

export const FLUSH = Buffer.from('0000');
export const DELIMITER = Buffer.from('0001');

export function pktLine(text: string): Buffer {
  const payload = Buffer.from(text, 'utf8');
  const length = payload.length + 4;
  if (length > MAX_LINE) throw new RangeError('a pkt-line cannot be longer than 65520 bytes');
  return Buffer.concat([Buffer.from(length.toString(16).padStart(4, '0')), payload]);
}

/** The packets of a body as they arrive; throws when the body ends within one, or cuts itself into too many. */
export async function* packets(chunks: AsyncIterable<Buffer>): AsyncGenerator<Packet> {
  let rest: Buffer = Buffer.alloc(0);
  let left: number = BOUNDS.lines;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let next = packetAt(bytes, at); next; next = packetAt(bytes, at)) {
      at = next.end;
      left -= 1;
      if (left < 0) throw new OverLimit(`the answer is cut into more than ${BOUNDS.lines} lines`);
      yield next.packet;
    }
    rest = bytes.subarray(at);
  }
  if (rest.length > 0) throw damaged('it ends within a line');
}

function packetAt(bytes: Buffer, at: number): { packet: Packet; end: number } | null {
  if (bytes.length - at < 4) return null;
  const digits = bytes.toString('latin1', at, at + 4);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw damaged('it is not in git’s line format');
  const length = Number.parseInt(digits, 16);
  const special = SPECIAL[length];
  if (special) return { packet: special, end: at + 4 };
  if (length < 4 || length > MAX_LINE) throw damaged('a line has an impossible length');
  if (bytes.length - at < length) return null;
  return { packet: bytes.subarray(at + 4, at + length), end: at + length };
}

/** A packet as text, without the optional line end. */
export function packetText(packet: Buffer): string {
  return packet.toString('utf8').replace(/\n$/, '');
}
