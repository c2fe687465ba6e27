/** State: windows, days and sessions; what is bounded, what is kept, and nobody gains by filling it. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WindowName } from '../../gateway/engine/state/windows.ts';
import { keyOf, newState, restoreState, type State } from '../../gateway/engine/state.ts';
import { type TestClock, testClock } from './clock.ts';

let clock: TestClock;
let state: State;
beforeEach(() => {
  clock = testClock();
  state = newState(clock);
});

const window = (key: string, seconds = 60): WindowName => ({ scope: 'ip', key, seconds });

describe('a window', () => {
  it('begins at the first use, and forgets at its end and not before', () => {
    state.windows.add(window('a'), 2);
    clock.pass(59.9);
    state.windows.add(window('a'), 1);
    expect(state.windows.used(window('a'))).toBe(3);
    expect(state.windows.endsIn(window('a'))).toBe(1);
    clock.pass(0.1);
    expect(state.windows.used(window('a'))).toBe(0);
    expect(state.windows.endsIn(window('a'))).toBe(60);
  });

  it('is of one name and one scope', () => {
    state.windows.add(window('a'), 1);
    expect(state.windows.used(window('b'))).toBe(0);
    expect(state.windows.used({ ...window('a'), scope: 'user' })).toBe(0);
  });

  it('does not end because somebody sets the clock of the machine', () => {
    state.windows.add(window('a'), 1);
    clock.set('2036-01-01T00:00:00Z');
    expect(state.windows.used(window('a'))).toBe(1);
  });

  it('keeps what was used when a new version makes it longer', () => {
    state.windows.add(window('a'), 1);
    clock.pass(50);
    expect(state.windows.used(window('a', 3600))).toBe(1);
    expect(state.windows.endsIn(window('a', 3600))).toBe(3550);
  });

  it('forgets nobody when many come: newcomers share one window, also after others have ended', () => {
    state.windows.add(window('first'), 7);
    clock.pass(1);
    for (let i = 1; i < 50_000; i++) state.windows.add(window(`k${i}`), 1);
    clock.pass(58);
    state.windows.add(window('late'), 5);
    expect(state.windows.used(window('first'))).toBe(7);
    expect(state.windows.used(window('another'))).toBe(5);
    clock.pass(2);
    expect(state.windows.used(window('first'))).toBe(5);
    expect(state.windows.used(window('late'))).toBe(5);
    clock.pass(60);
    expect(state.windows.used(window('late'))).toBe(0);
  });
});

describe('a daily total', () => {
  it('is of a UTC day', () => {
    clock.set('2026-03-01T23:59:59Z');
    state.spend.add(3);
    clock.set('2026-03-02T00:00:00Z');
    expect(state.spend.today()).toBe(0);
    clock.set('2026-03-01T10:00:00Z');
    expect(state.spend.today()).toBe(3);
  });

  it('remembers a week', () => {
    for (let day = 1; day <= 20; day++) {
      clock.set(`2026-03-${String(day).padStart(2, '0')}T00:00:00Z`);
      state.spend.add(1);
    }
    expect(state.spend.snapshot()).toHaveLength(7);
    clock.set('2026-03-14T00:00:00Z');
    expect(state.spend.today()).toBe(1);
    clock.set('2026-03-13T00:00:00Z');
    state.spend.add(1);
    expect(state.spend.today()).toBe(1);
  });

  it('is reached by what is promised, and released or settled once', () => {
    const first = state.spend.reserve(6, 10);
    expect(state.spend.reserve(6, 10)).toBeNull();
    first?.release();
    first?.settle(100);
    const second = state.spend.reserve(6, 10);
    second?.settle(2);
    second?.settle(2);
    expect([state.spend.today(), state.spend.reserved()]).toEqual([2, 0]);
    expect(state.spend.reserve(8, 10)).not.toBeNull();
  });

  it('lets nothing through at a limit of zero', () => {
    expect(state.spend.reserve(0, 0)).toBeNull();
  });

  it('never passes the limit while nobody uses more than was promised, in whatever order they end', () => {
    const request = fc.record({
      promised: fc.double({ min: 0, max: 5, noNaN: true }),
      used: fc.double({ min: 0, max: 1, noNaN: true }),
      waits: fc.nat(6),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
        const { spend } = newState(testClock());
        const open: { at: number; end: () => void }[] = [];
        for (const [i, { promised, used, waits, fails }] of requests.entries()) {
          for (const { end } of open.filter(({ at }) => at === i)) end();
          const held = spend.reserve(promised, 10);
          const end = () => (fails ? held?.release() : held?.settle(promised * used));
          open.push({ at: i + 1 + waits, end });
          expect(spend.today() + spend.reserved()).toBeLessThanOrEqual(10 + 1e-9);
        }
        for (const { end } of open) end();
        expect(spend.today()).toBeLessThanOrEqual(10 + 1e-9);
        expect(spend.reserved()).toBe(0);
      }),
    );
  });
});

describe('a session', () => {
  it('is remembered for six hours after it was last used', () => {
    state.sessions.change('a', (session) => {
      session.halted = true;
    });
    clock.pass(5 * 3600);
    state.sessions.change('a', () => {});
    clock.pass(5 * 3600);
    expect(state.sessions.of('a').halted).toBe(true);
    clock.pass(3600);
    expect(state.sessions.of('a').halted).toBe(false);
  });

  it('is not forgotten because many others begin: those share one', () => {
    const count = (key: string) =>
      state.sessions.change(key, (session) => {
        session.calls += 1;
      });
    for (let i = 0; i < 100_000; i++) count(`s${i}`);
    count('x');
    count('y');
    expect(['s0', 'x', 'z'].map((key) => state.sessions.of(key).calls)).toEqual([1, 2, 2]);
  });
});

describe('a snapshot', () => {
  it('brings everything back, older by what has passed, with what was promised as spent', () => {
    state.windows.add(window('a'), 4);
    state.spend.add(1);
    state.spend.reserve(2, 10);
    state.transactions.add(50);
    state.sessions.change('s', (session) => {
      session.calls = 9;
    });
    const written = JSON.parse(JSON.stringify(state.snapshot()));
    const later = testClock('2026-03-01T12:00:30Z');
    const restored = restoreState(written, later);
    if (!restored) throw new Error('not restored');
    expect([restored.spend.today(), restored.spend.reserved(), restored.transactions.today()]).toEqual([
      3, 0, 50,
    ]);
    expect(restored.sessions.of('s').calls).toBe(9);
    expect(restored.windows.used(window('a'))).toBe(4);
    later.pass(30);
    expect(restored.windows.used(window('a'))).toBe(0);
  });

  it('is not made younger by a clock that was set back', () => {
    state.windows.add(window('a'), 4);
    clock.pass(20);
    const restored = restoreState(state.snapshot(), testClock('2020-01-01T00:00:00Z'));
    expect(restored?.windows.endsIn(window('a'))).toBe(40);
  });

  it.each([[null], [{}], [{ format: 2 }], ['x']])('is not taken for one when it is %j', (value) => {
    expect(restoreState(value, clock)).toBeNull();
  });

  it('is not taken when an amount in it is negative', () => {
    state.spend.add(1);
    const { spend: _spend, ...rest } = state.snapshot();
    expect(restoreState({ ...rest, spend: [{ day: '2026-03-01', amount: -1 }] }, clock)).toBeNull();
  });
});

describe('a key', () => {
  it('holds nothing of what it was made from, and parts do not run into each other', () => {
    expect(keyOf('jane@example.com')).toMatch(/^[\w-]{22}$/);
    expect(keyOf('a', 'bc')).not.toBe(keyOf('ab', 'c'));
  });
});
