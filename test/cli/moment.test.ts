/** A moment as people write it. */
import { describe, expect, it } from 'vitest';
import { momentOf } from '../../cli/history/moment.ts';

/** Half past three in the afternoon, wherever the tests run. */
const now = new Date(2026, 2, 1, 15, 30);
const at = (text: string) => momentOf(text, '--at', now);

describe('a moment', () => {
  it('is a time of today, here, or one with its date, or how far back', () => {
    expect(at('14:20')).toEqual(new Date(2026, 2, 1, 14, 20));
    expect(at('9:05:07')).toEqual(new Date(2026, 2, 1, 9, 5, 7));
    expect(at('2026-02-01T14:20:00+02:00')).toEqual(new Date('2026-02-01T12:20:00Z'));
    expect(at('90m')).toEqual(new Date(2026, 2, 1, 14, 0));
  });

  it('is not one of today that is still to come: yesterday is meant, or nothing', () => {
    expect(() => at('15:31')).toThrow('--at: 15:31 is still to come today');
  });

  it.each(['25:00', '12:60', 'yesterday', '2026-03-01', '2026-03-01T12:00', '2026-02-31T25:00:00Z', ''])(
    'is not %o',
    (text) => {
      expect(() => at(text)).toThrow('--at: is not a time');
    },
  );
});
