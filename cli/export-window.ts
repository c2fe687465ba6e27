/** The time of an export, as it is asked for in four ways. */
import { usage } from './failure.ts';

interface WindowOptions {
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly window?: string;
}

export interface Window {
  /** As the API takes it: a time, or how far back. */
  readonly since: string;
  /** Not itself part of it; null for no end. */
  readonly before: Date | null;
}

const LENGTH = /^\d{1,6}[smhd]$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

export function exportWindow({ from, to, since, window }: WindowOptions): Window {
  const starts = Object.entries({ '--from': from, '--since': since, '--window': window }).filter(
    ([, value]) => value !== undefined,
  );
  if (starts.length > 1) throw usage(`${starts.map(([name]) => name).join(' and ')} say the same: give one`);
  const start =
    from === undefined
      ? startOf(since ?? window ?? '24h', since === undefined ? '--window' : '--since')
      : timeOf(from, '--from').toISOString();
  const before = to === undefined ? null : timeOf(to, '--to');
  if (before && !LENGTH.test(start) && before.getTime() <= Date.parse(start))
    throw usage('--to: is not after the time that it begins at');
  return { since: start, before };
}

function startOf(text: string, name: string): string {
  return LENGTH.test(text) ? text : timeOf(text, name, 'a time, or how far back: 5m, 24h, 7d').toISOString();
}

function timeOf(text: string, name: string, wanted = 'a time: 2026-01-31 or 2026-01-31T12:00:00Z'): Date {
  const time = new Date(text);
  if ((DAY.test(text) || TIME.test(text)) && !Number.isNaN(time.getTime())) return time;
  throw usage(`${name}: is not ${wanted}`);
}
