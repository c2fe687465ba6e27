/** Retry: when asking again can help and cannot do a thing twice, and how long to wait before. */

export const MOST_RETRIES = 4;
const BASE_MS = 250;
const CAP_MS = 8000;
/** A server that wants us to stay away for longer gets its wish, and the caller an answer. */
const LONGEST_WAIT_MS = 60_000;

interface Attempt {
  /** Counted from 0. */
  readonly number: number;
  /** Sent twice, it does what it does once. */
  readonly repeatable: boolean;
}

export type Ending =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null }
  /** Nobody took the connection: nothing was sent. */
  | { readonly kind: 'not sent' }
  /** It broke on the way: it may have been done. */
  | { readonly kind: 'broken' };

/** Milliseconds to wait before the next attempt, null when this was the last. Full jitter: callers spread out. */
export function waitBefore(
  { number, repeatable }: Attempt,
  ending: Ending,
  random: () => number,
  now: Date,
): number | null {
  if (number >= MOST_RETRIES || !mayRepeat(ending, repeatable)) return null;
  const jitter = random() * Math.min(CAP_MS, BASE_MS * 2 ** number);
  if (ending.kind !== 'answered') return jitter;
  const asked = parseRetryAfter(ending.retryAfter, now);
  if (asked === null) return jitter;
  return asked > LONGEST_WAIT_MS ? null : asked + jitter;
}

function mayRepeat(ending: Ending, repeatable: boolean): boolean {
  if (ending.kind === 'not sent') return true;
  if (ending.kind === 'broken') return repeatable;
  if (ending.status === 429) return true;
  return repeatable && [502, 503, 504].includes(ending.status);
}

/** In milliseconds; null when it says nothing. RFC 9110 §10.2.3: seconds, or a date. */
export function parseRetryAfter(text: string | null, now: Date): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}
