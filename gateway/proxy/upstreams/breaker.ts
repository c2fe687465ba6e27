/** A circuit breaker: leaves a target alone that keeps failing, and asks now and then whether it is back. */

export interface BreakerSettings {
  /** Consecutive failures that open it. */
  readonly failureThreshold: number;
  readonly cooldownMs: number;
  /** Requests that are let through, and have to succeed, before it closes. */
  readonly halfOpenProbes: number;
}

export const DEFAULT_BREAKER: BreakerSettings = {
  failureThreshold: 5,
  cooldownMs: 30_000,
  halfOpenProbes: 1,
};

export type BreakerState = 'closed' | 'open' | 'half_open';

export class Breaker {
  #failures = 0;
  #openedAt: number | null = null;
  #probing = 0;
  #succeeded = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  state({ cooldownMs }: BreakerSettings): BreakerState {
    if (this.#openedAt === null) return 'closed';
    return this.#now() - this.#openedAt < cooldownMs ? 'open' : 'half_open';
  }

  /** Whether a request may go. Each that may has to be told of with `succeeded`, `failed` or `dropped`. */
  admits(settings: BreakerSettings): boolean {
    const state = this.state(settings);
    if (state !== 'half_open') return state === 'closed';
    if (this.#probing + this.#succeeded >= settings.halfOpenProbes) return false;
    this.#probing++;
    return true;
  }

  succeeded({ halfOpenProbes }: BreakerSettings): void {
    this.#failures = 0;
    if (this.#openedAt === null) return;
    this.#probing = Math.max(0, this.#probing - 1);
    this.#succeeded++;
    if (this.#succeeded >= halfOpenProbes) this.#close();
  }

  failed({ failureThreshold }: BreakerSettings): void {
    this.#failures++;
    if (this.#openedAt === null && this.#failures < failureThreshold) return;
    this.#openedAt = this.#now();
    this.#probing = 0;
    this.#succeeded = 0;
  }

  /** It came to nothing that says anything about the target, as when the client went away; or not for a while. */
  dropped(): void {
    this.#probing = Math.max(0, this.#probing - 1);
  }

  #close(): void {
    this.#openedAt = null;
    this.#probing = 0;
    this.#succeeded = 0;
  }
}
