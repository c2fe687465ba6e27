/** Durations as options: `500ms`, `30s`, `5m`, `2h`, `1d`, or seconds. */
import { InvalidArgumentError, Option } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const LEAST_MS = 100;
const MOST_MS = 365 * 86_400_000;

/** Milliseconds. */
export function parseDuration(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new InvalidArgumentError('It is a duration from 100ms to a year, such as 30s, 5m, 2h or 1d.');
}

export function durationOption(flag: string, description: string, otherwise?: string): Option {
  const option = new Option(`${flag} <duration>`, description).argParser(parseDuration);
  return otherwise === undefined ? option : option.default(parseDuration(otherwise), otherwise);
}
