/** Requests out of the bytes of one HTTP/1.1 connection: as much of the protocol as the SDK's clients speak. */

export interface Frame {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** All of it, to be passed on. */
  readonly bytes: Buffer;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const MAX_HEAD = 64 * 1024;
/** The largest request that DynamoDB takes. */
const MAX_BODY = 16 * 1024 * 1024;

/** Takes bytes as they come and gives back the requests that are whole. Throws on what it cannot follow. */
export function frameReader(): (chunk: Buffer) => Frame[] {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const frames: Frame[] = [];
    for (let frame = firstOf(held); frame; frame = firstOf(held)) {
      frames.push(frame);
      held = held.subarray(frame.bytes.length);
    }
    return frames;
  };
}

function firstOf(bytes: Buffer): Frame | null {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) {
    if (bytes.length > MAX_HEAD) throw new Error('the head of the request does not end');
    return null;
  }
  const [, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  if (headers.has('transfer-encoding')) throw new Error('the length of the request is not known beforehand');
  const length = Number(headers.get('content-length') ?? 0);
  if (!Number.isInteger(length) || length < 0 || length > MAX_BODY)
    throw new Error(`a body of ${headers.get('content-length')} bytes`);
  const start = end + END_OF_HEAD.length;
  if (bytes.length < start + length) return null;
  return {
    headers,
    body: bytes.subarray(start, start + length),
    bytes: bytes.subarray(0, start + length),
  };
}
