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
  let chunks: Buffer[] = [];
  let size = 0;
  let wanted = 0;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    // A large body comes in many pieces: they are joined once they are all there, and not with each.
    if (size < wanted) return [];
    let held = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const frames: Frame[] = [];
    let next = firstOf(held);
    for (; typeof next !== 'number'; next = firstOf(held)) {
      frames.push(next);
      held = held.subarray(next.bytes.length);
    }
    chunks = held.length === 0 ? [] : [held];
    size = held.length;
    wanted = next;
    return frames;
  };
}

/** Or how many bytes there must be before it is worth another look. */
function firstOf(bytes: Buffer): Frame | number {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) {
    if (bytes.length > MAX_HEAD) throw new Error('the head of the request does not end');
    return bytes.length + 1;
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
  if (bytes.length < start + length) return start + length;
  return {
    headers,
    body: bytes.subarray(start, start + length),
    bytes: bytes.subarray(0, start + length),
  };
}
