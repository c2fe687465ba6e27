/** Durations as options: `30s`, `5m`, `2h`, `1d`, or seconds. */
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 86_400_000;

/** Milliseconds, from `least` to a year. */
export function duration(least: number) {
  return (text: string): number => {
    const [, digits, unit = 's'] = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text) ?? [];
    const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
    if (ms >= least && ms <= 365 * DAY_MS) return ms;
    throw new InvalidArgumentError(`It is a duration such as 30s, 5m, 2h or 1d, from ${least} ms to a year.`);
  };
}
