/** A moment as people write it: a time of today, a time with its date, or how far back. */
import { usage } from '../failure.ts';

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const BACK = /^(\d{1,6})([smhd])$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Throws for what is no time, and for a time of today that is still to come. */
export function momentOf(text: string, name: string, now: Date): Date {
  const [, hours, minutes, seconds = '0'] = CLOCK.exec(text) ?? [];
  if (hours !== undefined && minutes !== undefined) {
    const at = new Date(now);
    at.setHours(Number(hours), Number(minutes), Number(seconds), 0);
    if (at <= now) return at;
    throw usage(`${name}: ${text} is still to come today; give it with its date: 2026-01-31T14:20:00Z`);
  }
  const [, count, unit] = BACK.exec(text) ?? [];
  if (unit !== undefined) return new Date(now.getTime() - Number(count) * (SECONDS[unit] ?? 0) * 1000);
  const at = new Date(text);
  if (TIME.test(text) && !Number.isNaN(at.getTime())) return at;
  throw usage(`${name}: is not a time: 14:20 (today, here), 2026-01-31T14:20:00Z, or how far back: 24h`);
}
