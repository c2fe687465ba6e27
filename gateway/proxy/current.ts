/** The current version: what a request that begins now is served by. */
import type { Loaded } from './loaded.ts';

export class Current {
  #loaded: Loaded | null = null;
  #closed = false;

  get loaded(): Loaded | null {
    return this.#loaded;
  }

  /** What is enforced can no longer be vouched for: nothing is served until it can. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** From now on. Requests that have begun go on with what they took. */
  swap(loaded: Loaded): void {
    this.#loaded = loaded;
  }

  close(closed: boolean): void {
    this.#closed = closed;
  }
}
