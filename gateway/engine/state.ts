/** State: what outlives a version, and what one request cannot know of the others. Bounded, and in memory. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type EngineClock, systemClock } from './state/clock.ts';
import { DailyTotal, TOTAL_SNAPSHOT } from './state/daily-total.ts';
import { SESSIONS_SNAPSHOT, Sessions } from './state/sessions.ts';
import { WINDOWS_SNAPSHOT, Windows } from './state/windows.ts';

export interface State {
  readonly clock: EngineClock;
  /** US dollars that went to providers. */
  readonly spend: DailyTotal;
  /** Amounts in calls of tools that were let through, in whatever currency they are. */
  readonly transactions: DailyTotal;
  readonly windows: Windows;
  readonly sessions: Sessions;
  /** Plain JSON for `restoreState`. Holds no name of a user, an address or a session: those are hashes. */
  snapshot(): z.input<typeof SNAPSHOT>;
}

const SNAPSHOT = z.strictObject({
  format: z.literal(1),
  takenAt: z.iso.datetime(),
  spend: TOTAL_SNAPSHOT,
  transactions: TOTAL_SNAPSHOT,
  windows: WINDOWS_SNAPSHOT,
  sessions: SESSIONS_SNAPSHOT,
});

export function newState(clock: EngineClock = systemClock): State {
  const spend = new DailyTotal(clock);
  const transactions = new DailyTotal(clock);
  const windows = new Windows(clock);
  const sessions = new Sessions(clock);
  const snapshot = () => ({
    format: 1 as const,
    takenAt: clock.now().toISOString(),
    spend: spend.snapshot(),
    transactions: transactions.snapshot(),
    windows: windows.snapshot(),
    sessions: sessions.snapshot(),
  });
  return { clock, spend, transactions, windows, sessions, snapshot };
}

/** `value`: what `snapshot` gave, by way of a file. Null when it is anything else: the caller says what that means. */
export function restoreState(value: unknown, clock: EngineClock = systemClock): State | null {
  const parsed = SNAPSHOT.safeParse(value);
  if (!parsed.success) return null;
  const { takenAt, spend, transactions, windows, sessions } = parsed.data;
  // A clock that was set back made no window younger.
  const agedMs = Math.max(0, clock.now().getTime() - Date.parse(takenAt));
  const state = newState(clock);
  state.spend.restore(spend);
  state.transactions.restore(transactions);
  state.windows.restore(windows, agedMs);
  state.sessions.restore(sessions, agedMs);
  return state;
}

/** A name under which something is counted: of bounded length, and not what the caller wrote. */
export function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}
