/** What is known of a target from having used it. It outlives the version that names the target. */
import { Breaker } from './breaker.ts';

/** Samples that a latency is averaged over when the document does not say. */
const DEFAULT_WINDOW = 20;
const MAX_WINDOW = 1000;

export class TargetState {
  readonly breaker: Breaker;
  requests = 0;
  failures = 0;
  lastFailure: string | null = null;
  #latencies: number[] = [];

  constructor(now: () => number) {
    this.breaker = new Breaker(now);
  }

  took(ms: number, window = DEFAULT_WINDOW): void {
    this.#latencies.push(ms);
    if (this.#latencies.length > Math.min(window, MAX_WINDOW)) this.#latencies.shift();
  }

  /** Milliseconds to the first byte, of late; null when nothing came back yet. */
  latency(): number | null {
    const { length } = this.#latencies;
    return length === 0 ? null : this.#latencies.reduce((sum, ms) => sum + ms, 0) / length;
  }
}

export class TargetStates {
  readonly #states = new Map<string, TargetState>();
  readonly #now: () => number;
  #turns = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  of(identity: string): TargetState {
    const state = this.#states.get(identity) ?? new TargetState(this.#now);
    this.#states.set(identity, state);
    return state;
  }

  /** Forgets the targets that the running version does not have. */
  keepOnly(identities: ReadonlySet<string>): void {
    for (const identity of this.#states.keys()) if (!identities.has(identity)) this.#states.delete(identity);
  }

  /** 0, 1, 2, …: whose turn it is when targets take turns. */
  turn(): number {
    return this.#turns++;
  }
}
