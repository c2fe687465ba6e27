import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../lib/domain/fault.ts';
import { DELIMITER, FLUSH, type Packet, packets, packetText, pktLine } from '../../lib/git/pkt-line.ts';

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Promise<Packet[]> {
  const found: Packet[] = [];
  for await (const packet of packets(inChunks(bytes, sizes))) found.push(packet);
  return found;
}

const texts = (found: readonly Packet[]) =>
  found.map((each) => (typeof each === 'string' ? each : packetText(each)));

describe('pkt-line', () => {
  it('writes as git documents it', () => {
    expect(pktLine('a\n').toString()).toBe('0006a\n');
    expect(pktLine('foobar\n').toString()).toBe('000bfoobar\n');
    expect(pktLine('').toString()).toBe('0004');
    expect(pktLine('ü').toString()).toBe('0006ü');
  });

  it('cannot write more than a line may hold', () => {
    expect(pktLine('x'.repeat(65_516)).length).toBe(65_520);
    expect(() => pktLine('x'.repeat(65_517))).toThrow(RangeError);
  });

  it('reads lines and the three special packets', async () => {
    const bytes = Buffer.concat([
      pktLine('one\n'),
      DELIMITER,
      pktLine('two'),
      Buffer.from('0002'),
      pktLine(''),
      FLUSH,
    ]);
    expect(texts(await read(bytes))).toEqual(['one', 'delimiter', 'two', 'end', '', 'flush']);
  });

  it('reads upper-case lengths', async () => {
    expect(texts(await read(Buffer.from('000Afoobar')))).toEqual(['foobar']);
  });

  it('reads what it wrote, however it is cut into chunks', async () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.string({ minLength: 1_000, maxLength: 5_000 })), {
      maxLength: 20,
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lines, sizes, async (written, cut) => {
        const bytes = Buffer.concat([...written.map(pktLine), FLUSH]);
        const found = await read(bytes, cut);
        expect(found.map((each) => (typeof each === 'string' ? each : each.toString()))).toEqual([
          ...written.map((line) => Buffer.from(line).toString()),
          'flush',
        ]);
      }),
    );
  });

  it.each(['0003', '00zz', 'fff1', 'ffff', '-001', '+001', ' 005a', '00', '0005', '000aabc', '<htm'])(
    'refuses %j',
    async (text) => {
      await expect(read(Buffer.from(text))).rejects.toBeInstanceOf(Fault);
    },
  );

  it('throws nothing but faults, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await read(Buffer.from(bytes), [7]).catch((error) => expect(error).toBeInstanceOf(Fault));
      }),
    );
  });
});
