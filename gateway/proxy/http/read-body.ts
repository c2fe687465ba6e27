/** Reads the body of a request, no further than it may go. */
import type { IncomingMessage } from 'node:http';

export type BodyRead =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  /** Too much is being read at once, of all clients together. */
  | { readonly kind: 'no_room' }
  /** The client broke off. */
  | { readonly kind: 'broken' };

/** Bodies that are being read or worked on, of all clients together. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;

export class BodyReader {
  #held = 0;

  /** Whoever read one says when it is done with. The connection stays open for an answer in any case. */
  async read(request: IncomingMessage, maxBytes: number): Promise<BodyRead> {
    const pieces: Buffer[] = [];
    let length = 0;
    let outcome: BodyRead['kind'] = 'read';
    try {
      for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        length += piece.length;
        this.#held += piece.length;
        if (length > maxBytes) outcome = 'too_large';
        else if (this.#held > MAX_HELD_BYTES) outcome = 'no_room';
        if (outcome !== 'read') break;
        pieces.push(piece);
      }
    } catch {
      outcome = 'broken';
    }
    if (outcome === 'read') return { kind: 'read', bytes: Buffer.concat(pieces) };
    this.release(length);
    return { kind: outcome };
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
