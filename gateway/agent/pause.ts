/** Pauses: how long to wait, so that a fleet does not ask all at once, and the waiting, which ends early when told. */

const BASE_MS = 1000;
const LEAST_MS = 50;
/** An API that was away for hours is not met by everybody in the same second, and found again within a minute. */
const CAP_MS = 60_000;

/** A timer that is set for longer goes off at once. */
export const timerMs = (ms: number): number => Math.min(ms, 2 ** 31 - 1);

/** Up to a fifth earlier or later. */
export const jittered = (ms: number, random: () => number): number => ms * (0.8 + 0.4 * random());

/** After so many failures in a row, from 1: any time up to a bound that doubles, so that callers spread out. */
export function backOff(failures: number, random: () => number, cap = CAP_MS): number {
  const bound = Math.min(cap, BASE_MS * 2 ** Math.min(failures - 1, 30));
  return Math.max(LEAST_MS, bound * random());
}

/** Returns early, and never throws, when the signal is given. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timerMs(ms));
    signal.addEventListener('abort', done);
  });
}
