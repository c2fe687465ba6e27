/** A clock that goes where a test sends it. */
import type { EngineClock } from '../../gateway/engine/state/clock.ts';

export interface TestClock extends EngineClock {
  pass(seconds: number): void;
  /** The time of day alone: what has passed stays as it is. */
  set(time: string): void;
}

export function testClock(start = '2026-03-01T12:00:00Z'): TestClock {
  let [now, elapsed] = [Date.parse(start), 1000];
  return {
    now: () => new Date(now),
    elapsed: () => elapsed,
    pass(seconds) {
      now += seconds * 1000;
      elapsed += seconds * 1000;
    },
    set(time) {
      now = Date.parse(time);
    },
  };
}
