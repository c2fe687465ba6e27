/** Events: one line each of the audit log. */
import { describe, expect, it } from 'vitest';
import { newEvent } from '../../lib/domain/event.ts';

describe('events', () => {
  it('of one moment sort in the order in which they were made', () => {
    const at = new Date('2026-03-01T12:00:00.000Z');
    const make = () =>
      newEvent(at, { type: 'version.published', actor: 'sync', team: 'default', detail: {} }).id;
    const ids = Array.from({ length: 1000 }, make);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
