/** The body of an upstream's answer: piece by piece, within its bounds. */
import type { IncomingMessage } from 'node:http';
import { UpstreamFailure } from './failure.ts';
import { failureOf } from './send.ts';

export interface BodyBounds {
  readonly idleMs: number;
  readonly maxBytes: number;
}

/** Throws an `UpstreamFailure`; whoever stops early closes the connection. */
export async function* piecesOf(
  response: IncomingMessage,
  { idleMs, maxBytes }: BodyBounds,
): AsyncGenerator<Buffer, void, undefined> {
  const pieces = response[Symbol.asyncIterator]();
  let length = 0;
  try {
    for (;;) {
      // Only while something is waited for: a client that reads slowly is not the provider's fault.
      const timer = setTimeout(
        () => response.destroy(new UpstreamFailure('timeout', 'the provider stopped answering')),
        idleMs,
      );
      const { done, value } = await pieces.next().finally(() => clearTimeout(timer));
      if (done) break;
      const piece: Buffer = value;
      length += piece.length;
      if (length > maxBytes)
        throw new UpstreamFailure('server_error', `the provider's answer is longer than ${maxBytes} bytes`);
      yield piece;
    }
    if (!response.complete) throw new UpstreamFailure('server_error', 'the provider broke off its answer');
  } catch (error) {
    throw failureOf(error);
  } finally {
    response.destroy();
  }
}

export async function wholeBody(response: IncomingMessage, bounds: BodyBounds): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(response, bounds)) pieces.push(piece);
  return Buffer.concat(pieces);
}
