/** Retry-After: how long a host asks us to wait (RFC 9110, 10.2.3). */
import { LONGEST_RETRY_AFTER_SECONDS } from '../domain/source.ts';

/** Seconds from `now` (epoch milliseconds), at most a day; null when absent or unreadable. */
export function retryAfterSeconds(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text), LONGEST_RETRY_AFTER_SECONDS);
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const seconds = Math.ceil((Date.parse(text) - now) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 0), LONGEST_RETRY_AFTER_SECONDS);
}
