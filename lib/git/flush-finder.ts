/** Flush finder: where an answer ends in a stream that goes on (gitprotocol-v2: every response ends in a flush). */

/** Judges nothing else: what is not in git's line format goes to whoever reads the lines. */
export class FlushFinder {
  #header = '';
  /** Bytes until the next line begins. */
  #skip = 0;

  /** Where the flush packet ends in this chunk; null when it is not in it. */
  find(chunk: Buffer): number | null {
    let at = 0;
    while (at < chunk.length) {
      const step = Math.min(this.#skip, chunk.length - at);
      this.#skip -= step;
      at += step;
      if (this.#skip > 0 || at >= chunk.length) return null;
      const taken = Math.min(4 - this.#header.length, chunk.length - at);
      this.#header += chunk.toString('latin1', at, at + taken);
      at += taken;
      if (this.#header.length < 4) return null;
      const length = Number.parseInt(this.#header, 16);
      this.#header = '';
      if (length === 0) return at;
      this.#skip = length > 4 ? length - 4 : 0;
    }
    return null;
  }
}
