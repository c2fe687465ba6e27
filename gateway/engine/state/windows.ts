/** Windows: how much was used under a name since its window began. They are fixed: one begins at the first use. */
import * as z from 'zod';
import type { EngineClock } from './clock.ts';

/** Of one scope. */
const MAX_KEYS = 50_000;
/** The newcomers of a scope that is full share this one, so that nobody wins by filling it. */
const SHARED = '';

interface Window {
  /** By the clock that never goes back. */
  readonly start: number;
  used: number;
}

/** `key` within `scope`, and how long a window is now: a new version may say otherwise, and what is used stays used. */
export interface WindowName {
  readonly scope: 'global' | 'ip' | 'user' | 'token' | 'tool';
  readonly key: string;
  readonly seconds: number;
}

export const WINDOWS_SNAPSHOT = z.array(
  z.strictObject({
    scope: z.enum(['global', 'ip', 'user', 'token', 'tool']),
    key: z.string().max(100),
    ageMs: z.number().min(0),
    used: z.number().min(0),
  }),
);

export class Windows {
  readonly #clock: EngineClock;
  readonly #scopes = new Map<WindowName['scope'], Map<string, Window>>();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  used(name: WindowName): number {
    return this.#live(name)?.used ?? 0;
  }

  /** Whole seconds until what is used counts no more, at least 1. */
  endsIn(name: WindowName): number {
    const start = this.#live(name)?.start ?? this.#clock.elapsed();
    return Math.max(1, Math.ceil((start - this.#clock.elapsed()) / 1000 + name.seconds));
  }

  add(name: WindowName, amount: number): void {
    const live = this.#live(name);
    if (live) {
      live.used += amount;
      return;
    }
    const windows = this.#windows(name);
    const key = this.#keyOf(name, windows);
    // Anew, so that the order of the map is that of the starts.
    windows.delete(key);
    windows.set(key, { start: this.#clock.elapsed(), used: amount });
  }

  snapshot(): z.output<typeof WINDOWS_SNAPSHOT> {
    const now = this.#clock.elapsed();
    return [...this.#scopes].flatMap(([scope, windows]) =>
      [...windows].map(([key, { start, used }]) => ({ scope, key, ageMs: now - start, used })),
    );
  }

  /** `agedMs`: what has passed since the snapshot. */
  restore(snapshot: z.output<typeof WINDOWS_SNAPSHOT>, agedMs: number): void {
    const now = this.#clock.elapsed();
    for (const { scope, key, ageMs, used } of snapshot.toSorted((a, b) => b.ageMs - a.ageMs))
      this.#scope(scope).set(key, { start: now - ageMs - agedMs, used });
  }

  #live(name: WindowName): Window | undefined {
    const windows = this.#windows(name);
    const window = windows.get(this.#keyOf(name, windows));
    return window && !this.#isOver(window, name.seconds) ? window : undefined;
  }

  /** While the shared window lasts newcomers stay in it: room that was made must not begin them anew. */
  #keyOf({ key, seconds }: WindowName, windows: Map<string, Window>): string {
    if (windows.has(key)) return key;
    const shared = windows.get(SHARED);
    const isShared = windows.size >= MAX_KEYS || (shared !== undefined && !this.#isOver(shared, seconds));
    return isShared ? SHARED : key;
  }

  /** Those of a scope, without the ones that are over: they stand in front. */
  #windows({ scope, seconds }: WindowName): Map<string, Window> {
    const windows = this.#scope(scope);
    for (const [key, window] of windows) {
      if (!this.#isOver(window, seconds)) break;
      windows.delete(key);
    }
    return windows;
  }

  #scope(scope: WindowName['scope']): Map<string, Window> {
    const windows = this.#scopes.get(scope) ?? new Map<string, Window>();
    this.#scopes.set(scope, windows);
    return windows;
  }

  #isOver({ start }: Window, seconds: number): boolean {
    return this.#clock.elapsed() - start >= seconds * 1000;
  }
}
