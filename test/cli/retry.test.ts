/** Retry: when a request is repeated, and after how long. */
import { describe, expect, it } from 'vitest';
import { type Ending, MOST_RETRIES, parseRetryAfter, waitBefore } from '../../cli/retry.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const answered = (status: number, retryAfter: string | null = null): Ending => ({
  kind: 'answered',
  status,
  retryAfter,
});
const wait = (ending: Ending, repeatable: boolean, number = 0, random = 1) =>
  waitBefore({ number, repeatable }, ending, () => random, NOW);

describe('retry', () => {
  it.each<[string, Ending, boolean, boolean]>([
    ['a question that nobody took', { kind: 'not sent' }, true, true],
    ['an order that nobody took', { kind: 'not sent' }, false, true],
    ['a question that broke', { kind: 'broken' }, true, true],
    ['an order that broke, and may have been done', { kind: 'broken' }, false, false],
    ['an order that was too much', answered(429), false, true],
    ['a question of 503', answered(503), true, true],
    ['a question of 502', answered(502), true, true],
    ['a question of 504', answered(504), true, true],
    ['an order of 503', answered(503), false, false],
    ['a question of 500', answered(500), true, false],
    ['what was answered', answered(200), true, false],
    ['what was refused', answered(404), true, false],
  ])('%s', (_, ending, repeatable, again) => {
    expect(wait(ending, repeatable) !== null).toBe(again);
  });

  it('waits longer each time, up to a bound, and anywhere below that', () => {
    const waits = Array.from({ length: MOST_RETRIES }, (_, number) => wait(answered(503), true, number));
    expect(waits).toEqual([250, 500, 1000, 2000]);
    expect(wait(answered(503), true, 3, 0)).toBe(0);
    expect(wait(answered(503), true, MOST_RETRIES)).toBeNull();
  });

  it('waits at least as long as it was asked to, unless nobody would wait that long', () => {
    expect(wait(answered(429, '7'), false, 0, 0)).toBe(7000);
    expect(wait(answered(503, 'Sun, 01 Mar 2026 12:00:09 GMT'), true, 0, 0)).toBe(9000);
    expect(wait(answered(429, '61'), false)).toBeNull();
    expect(wait(answered(429, 'soon'), false, 0, 0.5)).toBe(125);
  });

  it('does not wait for a time that is over', () => {
    expect(parseRetryAfter('Sun, 01 Mar 2026 11:00:00 GMT', NOW)).toBe(0);
  });
});
