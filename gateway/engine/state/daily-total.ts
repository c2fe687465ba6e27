/** A daily total: amounts of UTC days, some of them only promised. */
import * as z from 'zod';
import type { EngineClock } from './clock.ts';

/** A clock that is set back finds what was used on that day, and one that is set forward does not lose today. */
const MAX_DAYS = 7;

export const TOTAL_SNAPSHOT = z.array(
  z.strictObject({ day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/), amount: z.number().min(0) }),
);

/** Ends once, whichever way; what is called after that has no effect. */
interface Reservation {
  /** What it came to. Counts for the day on which it is known. */
  settle(amount: number): void;
  release(): void;
}

export class DailyTotal {
  readonly #clock: EngineClock;
  readonly #days = new Map<string, number>();
  readonly #open = new Set<number>();
  #nextId = 0;
  #reserved = 0;

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  today(): number {
    return this.#days.get(this.#day()) ?? 0;
  }

  /** Promised, and not settled: at most this much is added to today. */
  reserved(): number {
    return this.#reserved;
  }

  add(amount: number): void {
    const day = this.#day();
    this.#days.set(day, (this.#days.get(day) ?? 0) + amount);
    const oldest = [...this.#days.keys()].filter((each) => each !== day).toSorted();
    for (const each of oldest.slice(0, Math.max(0, this.#days.size - MAX_DAYS))) this.#days.delete(each);
  }

  /** Null when `limit` is reached, or would be passed by it and all that is promised. */
  reserve(amount: number, limit: number): Reservation | null {
    const before = this.today() + this.#reserved;
    // What is no number is no amount that fits.
    if (before >= limit || !(before + amount <= limit)) return null;
    const id = this.#nextId++;
    this.#open.add(id);
    this.#reserved += amount;
    const end = (spent: number) => {
      if (!this.#open.delete(id)) return;
      // Sums of fractions leave crumbs behind.
      this.#reserved = this.#open.size === 0 ? 0 : Math.max(0, this.#reserved - amount);
      if (spent > 0) this.add(spent);
    };
    return { settle: end, release: () => end(0) };
  }

  /** What is promised counts as used: after a restart nobody knows what became of it. */
  snapshot(): z.output<typeof TOTAL_SNAPSHOT> {
    const today = this.#day();
    const days = new Map(this.#days).set(today, this.today() + this.#reserved);
    return [...days].map(([day, amount]) => ({ day, amount }));
  }

  restore(snapshot: z.output<typeof TOTAL_SNAPSHOT>): void {
    for (const { day, amount } of snapshot) this.#days.set(day, amount);
  }

  #day(): string {
    return this.#clock.now().toISOString().slice(0, 10);
  }
}
