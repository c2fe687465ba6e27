/** Sessions: what an agent has done so far, by the name of its session. */
import * as z from 'zod';
import type { EngineClock } from './clock.ts';

const MAX_SESSIONS = 100_000;
/** A session in which nothing happens for so long is over, halted or not. */
const IDLE_MS = 6 * 3600 * 1000;
/** What begins when there is no room shares this one, so that nobody is forgotten by opening many. */
const SHARED = '';

export interface Session {
  /** Calls of tools that were let through. */
  calls: number;
  /** Calls that were refused. */
  refusals: number;
  /** The most results of tools that were errors which one request has shown. */
  toolErrors: number;
  halted: boolean;
}

export const SESSIONS_SNAPSHOT = z.array(
  z.strictObject({
    key: z.string().max(100),
    idleMs: z.number().min(0),
    calls: z.int().min(0),
    refusals: z.int().min(0),
    toolErrors: z.int().min(0),
    halted: z.boolean(),
  }),
);

const none = (): Session => ({ calls: 0, refusals: 0, toolErrors: 0, halted: false });

export class Sessions {
  readonly #clock: EngineClock;
  /** In the order of their last use. */
  readonly #sessions = new Map<string, { readonly session: Session; touched: number }>();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  /** What is known of it; nothing is remembered by asking. */
  of(key: string): Readonly<Session> {
    return this.#find(key)?.session ?? none();
  }

  change(key: string, change: (session: Session) => void): void {
    const found = this.#find(key);
    const at = this.#keyOf(key);
    const session = found?.session ?? none();
    change(session);
    this.#sessions.delete(at);
    this.#sessions.set(at, { session, touched: this.#clock.elapsed() });
  }

  snapshot(): z.output<typeof SESSIONS_SNAPSHOT> {
    const now = this.#clock.elapsed();
    return [...this.#sessions].map(([key, { session, touched }]) => ({
      key,
      idleMs: now - touched,
      ...session,
    }));
  }

  restore(snapshot: z.output<typeof SESSIONS_SNAPSHOT>, agedMs: number): void {
    const now = this.#clock.elapsed();
    for (const { key, idleMs, ...session } of snapshot.toSorted((a, b) => b.idleMs - a.idleMs))
      this.#sessions.set(key, { session, touched: now - idleMs - agedMs });
  }

  #find(key: string) {
    const oldest = this.#clock.elapsed() - IDLE_MS;
    for (const [each, { touched }] of this.#sessions) {
      if (touched > oldest) break;
      this.#sessions.delete(each);
    }
    return this.#sessions.get(this.#keyOf(key));
  }

  #keyOf(key: string): string {
    if (this.#sessions.has(key)) return key;
    return this.#sessions.size >= MAX_SESSIONS || this.#sessions.has(SHARED) ? SHARED : key;
  }
}
