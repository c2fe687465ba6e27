/** The body of an upstream's answer: piece by piece, within its bounds. */
import type { IncomingMessage } from 'node:http';
import { UpstreamFailure } from './failure.ts';
import { failureOf } from './send.ts';

export interface BodyBounds {
  readonly idleMs: number;
  readonly maxBytes: number;
}

/** What comes after the part that was wanted, as the end does after `[DONE]`: read, so that the connection can be kept. */
const DRAIN_MS = 250;

/** Throws an `UpstreamFailure`. Whoever stops early closes the connection, unless the answer ends in a moment. */
export async function* piecesOf(
  response: IncomingMessage,
  { idleMs, maxBytes }: BodyBounds,
): AsyncGenerator<Buffer, void, undefined> {
  const pieces = response[Symbol.asyncIterator]();
  let length = 0;
  let isOver = false;
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
    isOver = true;
    if (!response.complete) throw new UpstreamFailure('server_error', 'the provider broke off its answer');
  } catch (error) {
    isOver = true;
    throw failureOf(error) ?? error;
  } finally {
    if (isOver) response.destroy();
    else void drain(response, pieces);
  }
}

async function drain(response: IncomingMessage, pieces: AsyncIterator<unknown>): Promise<void> {
  const timer = setTimeout(() => response.destroy(), DRAIN_MS);
  try {
    while (!(await pieces.next()).done);
  } catch {
    // It was destroyed, or broke off: nobody wants the rest.
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}

export async function wholeBody(response: IncomingMessage, bounds: BodyBounds): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(response, bounds)) pieces.push(piece);
  return Buffer.concat(pieces);
}
