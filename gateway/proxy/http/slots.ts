/** Slots: how many requests are worked on at once, and how many may wait for that. */

/** For each slot. A wait is shorter than what most clients wait for an answer. */
const WAITING_PER_SLOT = 16;
const MAX_WAIT_MS = 10_000;

export class Slots {
  readonly #size: number;
  readonly #waiting = new Set<(got: boolean) => void>();
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get used(): number {
    return this.#used;
  }

  /** False when there is none to be had, or the client has gone meanwhile. Whoever got one gives it back. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (this.#used < this.#size) {
      this.#used++;
      return true;
    }
    if (this.#waiting.size >= this.#size * WAITING_PER_SLOT || signal.aborted) return false;
    return new Promise((resolve) => {
      const settle = (got: boolean) => {
        this.#waiting.delete(settle);
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(got);
      };
      const giveUp = () => settle(false);
      const timer = setTimeout(giveUp, MAX_WAIT_MS);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(settle);
    });
  }

  /** The slot goes to whoever has waited longest. */
  giveBack(): void {
    const [next] = this.#waiting;
    if (next) next(true);
    else this.#used--;
  }
}
