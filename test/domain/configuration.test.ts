/** How git, people and time move what is in force: as a model, over any history. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activateByHand,
  CONFIGURATION_ID,
  type Course,
  configurationIdFrom,
  followGit,
  isSettled,
} from '../../lib/domain/configuration.ts';
import { holdStands } from '../../lib/domain/hold.ts';
import type { VersionRef } from '../../lib/domain/version.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const EMPTY: Course = { head: null, active: null, sequence: 0, hold: null };

/** Versions 1 to 6 have three contents between them. */
const version = (number: number): VersionRef => ({
  id: `ver_${number}`,
  number,
  contentHash: `hash_${number % 3}`,
  commit: `commit_${number}`,
});

const step = fc.oneof(
  fc.record({ do: fc.constant('git' as const), number: fc.integer({ min: 1, max: 6 }) }),
  fc.record({
    do: fc.constant('hand' as const),
    number: fc.integer({ min: 1, max: 6 }),
    holdMinutes: fc.option(fc.integer({ min: 1, max: 5 })),
  }),
  fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('lift' as const) }),
);

const history = fc.array(step, { maxLength: 30 });

function play(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  let now = START;
  let course = EMPTY;
  let git: VersionRef | null = null;
  const changes: {
    before: Course;
    after: Course;
    activated: boolean;
    reload: boolean;
    by: string;
    at: Date;
  }[] = [];
  for (const one of steps) {
    const at = new Date(now);
    const before: Course = course;
    if (one.do === 'wait') now += one.minutes * 60_000;
    else if (one.do === 'lift') course = { ...course, hold: null };
    else {
      const minutes = one.do === 'hand' ? one.holdMinutes : null;
      const until = new Date(now + (minutes ?? 0) * 60_000).toISOString();
      const hold = minutes === null ? null : { until, reason: '', actor: '', at: at.toISOString() };
      if (one.do === 'git') git = version(one.number);
      const change =
        one.do === 'git'
          ? followGit(course, version(one.number), at)
          : activateByHand(course, version(one.number), hold);
      course = change.course;
      changes.push({
        before,
        after: course,
        activated: change.activated,
        reload: change.reload,
        by: one.do,
        at,
      });
    }
  }
  return { course, changes, git, now: new Date(now) };
}

describe('what is in force', () => {
  it('moves exactly when it is said to, and then the sequence rises by one', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { before, after, activated } of play(steps).changes) {
          expect(activated).toBe(before.active?.id !== after.active?.id);
          expect(after.sequence).toBe(before.sequence + (activated ? 1 : 0));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('asks for a reload exactly when other bytes are in force', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { before, after, reload } of play(steps).changes)
          expect(reload).toBe(before.active?.contentHash !== after.active?.contentHash);
      }),
      { numRuns: 500 },
    );
  });

  it('never moves by git while a hold stands, unless git holds the very same bytes', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { before, after, by, reload, at } of play(steps).changes) {
          if (by !== 'git' || before.hold === null || !holdStands(before.hold, at)) continue;
          expect(reload).toBe(false);
          if (after.hold !== null) expect(after.active).toEqual(before.active);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is what git holds once nothing holds it and git is followed, and stays so', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { course, git, now } = play(steps);
        fc.pre(git !== null);
        if (!git) return;
        const later = new Date(now.getTime() + 3_600_000);
        const once = followGit(course, git, later);
        expect(once.course.active?.contentHash).toBe(git.contentHash);
        expect(once.course.hold).toBeNull();
        expect(isSettled(once.course, later)).toBe(true);
        const again = followGit(once.course, git, later);
        expect(again).toMatchObject({
          course: once.course,
          activated: false,
          reload: false,
          holdReleased: null,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('that is settled is left alone by git', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { course, now } = play(steps);
        fc.pre(course.head !== null && isSettled(course, now));
        if (course.head)
          expect(followGit(course, course.head, now)).toMatchObject({ course, activated: false });
      }),
      { numRuns: 500 },
    );
  });
});

describe('the id of a configuration', () => {
  it('made from any text is one, or there is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
        const id = configurationIdFrom(text);
        if (id !== null) {
          expect(id).toMatch(CONFIGURATION_ID);
          expect(configurationIdFrom(id)).toBe(id);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('reads like the name', () => {
    expect(configurationIdFrom('Payments (EU)')).toBe('payments-eu');
    expect(configurationIdFrom('policies/team a/policy.yaml')).toBe('policies-team-a-policy.yaml');
    expect(configurationIdFrom('Zahlungen für Köln')).toBe('zahlungen-fu-r-ko-ln');
    expect(configurationIdFrom('支払い')).toBeNull();
    expect(configurationIdFrom('..')).toBeNull();
  });
});
