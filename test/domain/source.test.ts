/** When a source is looked at next, and what its links are said to be. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link, LinkError } from '../../lib/domain/link.ts';
import {
  backOffSeconds,
  isAstray,
  lastSyncOf,
  linkStatus,
  nextDue,
  type Source,
  sourceId,
} from '../../lib/domain/source.ts';
import { delays } from '../../lib/pipeline/poll.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const interval = fc.integer({ min: 30, max: 86_400 });

describe('backing off', () => {
  it('begins within a minute, grows, ends at an hour or the interval, and is never before what the host asked', () => {
    fc.assert(
      fc.property(
        interval,
        fc.integer({ min: 1, max: 10_000 }),
        fc.option(fc.integer({ min: 0, max: 86_400 })),
        (seconds, failures, retryAfter) => {
          const wait = backOffSeconds(seconds, failures, retryAfter);
          const ceiling = Math.max(3600, seconds);
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(retryAfter ?? 1);
          if (retryAfter === null) expect(wait).toBeLessThanOrEqual(ceiling);
          if (retryAfter === null && failures === 1) expect(wait).toBeLessThanOrEqual(60);
          if (retryAfter === null && failures > 20) expect(wait).toBeGreaterThanOrEqual(ceiling * 0.75);
        },
      ),
    );
  });
});

describe('the next look', () => {
  it('keeps its phase when it is in time, and is one interval off when it is late or the time was no right one', () => {
    fc.assert(
      fc.property(interval, fc.integer({ min: -200_000, max: 200_000 }), (seconds, offset) => {
        const due = new Date(NOW.getTime() + offset * 1000).toISOString();
        const next = (Date.parse(nextDue(due, seconds, NOW)) - NOW.getTime()) / 1000;
        const late = offset + seconds <= 0;
        expect(next).toBe(late || offset > seconds ? seconds : offset + seconds);
      }),
    );
  });

  it('is astray beyond its interval, or beyond what a host may ask for once it failed', () => {
    const due = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();
    const source = { intervalSeconds: 300, failures: 0 };
    expect(isAstray({ ...source, dueAt: due(305) }, NOW)).toBe(false);
    expect(isAstray({ ...source, dueAt: due(361) }, NOW)).toBe(true);
    expect(isAstray({ ...source, failures: 1, dueAt: due(86_405) }, NOW)).toBe(false);
    expect(isAstray({ ...source, failures: 1, dueAt: due(86_461) }, NOW)).toBe(true);
  });

  it('comes as often as asked for, whatever the phase of the ticks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 600 }),
        fc.integer({ min: 0, max: 59_999 }),
        (seconds, phase) => {
          let dueAt = new Date(NOW.getTime() + phase).toISOString();
          const looks: number[] = [];
          for (let tick = NOW.getTime(); tick < NOW.getTime() + 3_600_000; tick += 60_000) {
            const source = { id: 'src', dueAt, intervalSeconds: seconds, outstanding: false };
            if (Date.parse(dueAt) >= tick + 60_000) continue;
            for (const delay of delays(source, new Date(tick))) {
              const at = tick + delay * 1000;
              if (Date.parse(dueAt) > at + 5000) continue;
              looks.push(at);
              dueAt = nextDue(dueAt, seconds, new Date(at));
            }
          }
          const expected = 3600 / seconds;
          expect(looks.length).toBeGreaterThanOrEqual(Math.floor(expected) - 2);
          expect(looks.length).toBeLessThanOrEqual(Math.ceil(expected) + 1);
        },
      ),
    );
  });
});

describe('a source', () => {
  it('is another one when anything of it is another, and no two parts run together', () => {
    const part = fc.string({ maxLength: 6 });
    const of = fc.record({
      team: part,
      repoUrl: part,
      branch: part,
      username: fc.option(part.filter((text) => text !== '')),
      credentialFingerprint: fc.option(part.filter((text) => text !== '')),
    });
    fc.assert(
      fc.property(of, of, (a, b) => {
        expect(sourceId(a) === sourceId(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});

describe('the status of a link', () => {
  const error: LinkError = { class: 'auth', message: '', since: '', findings: [] };
  const link = (more: Partial<Link>) =>
    ({ lastSync: '2026-03-01T12:00:00.000Z', error: null, ...more }) as Link;
  const source = (more: Partial<Source>) => ({ wanted: 1, done: 1, checkedAt: null, ...more }) as Source;

  it('is error, then pending, then synced', () => {
    expect(linkStatus(link({ error, lastSync: null }), source({ wanted: 2 }))).toBe('error');
    expect(linkStatus(link({ lastSync: null }), source({}))).toBe('pending');
    expect(linkStatus(link({}), source({ wanted: 2 }))).toBe('pending');
    expect(linkStatus(link({}), null)).toBe('pending');
    expect(linkStatus(link({}), source({}))).toBe('synced');
  });

  it('has the time of the last look that ended well, and never goes back', () => {
    const checkedAt = '2026-03-01T13:00:00.000Z';
    expect(lastSyncOf(link({}), source({ checkedAt }))).toBe(checkedAt);
    expect(lastSyncOf(link({ error }), source({ checkedAt }))).toBe('2026-03-01T12:00:00.000Z');
    expect(lastSyncOf(link({ lastSync: null }), source({ checkedAt }))).toBeNull();
    expect(lastSyncOf(link({}), source({ checkedAt: '2026-03-01T11:00:00.000Z' }))).toBe(
      '2026-03-01T12:00:00.000Z',
    );
  });
});
