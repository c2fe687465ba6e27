import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker } from '../../../gateway/proxy/upstreams/breaker.ts';

const SETTINGS = { failureThreshold: 3, cooldownMs: 1000, halfOpenProbes: 2 };

function breaker() {
  const clock = { now: 0 };
  const made = new Breaker(() => clock.now);
  /** A request that ends in this way; false when it was not let through. */
  const request = (end: 'succeeded' | 'failed' | 'dropped') => {
    if (!made.admits(SETTINGS)) return false;
    if (end === 'dropped') made.dropped();
    else made[end](SETTINGS);
    return true;
  };
  return { clock, made, request, state: () => made.state(SETTINGS) };
}

describe('a circuit', () => {
  it('opens after failures in a row, and not when one succeeds in between', () => {
    const { request, state } = breaker();
    for (const end of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) request(end);
    expect(state()).toBe('closed');
    request('failed');
    expect(state()).toBe('open');
    expect(request('succeeded')).toBe(false);
  });

  it('lets as many through as it may after a while, and closes when all of them succeed', () => {
    const { clock, made, request, state } = breaker();
    for (let i = 0; i < 3; i++) request('failed');
    clock.now = 1000;
    expect(state()).toBe('half_open');
    expect([made.admits(SETTINGS), made.admits(SETTINGS), made.admits(SETTINGS)]).toEqual([
      true,
      true,
      false,
    ]);
    made.succeeded(SETTINGS);
    expect(state()).toBe('half_open');
    made.succeeded(SETTINGS);
    expect(state()).toBe('closed');
  });

  it('opens anew when one that was let through fails', () => {
    const { clock, request, state } = breaker();
    for (let i = 0; i < 3; i++) request('failed');
    clock.now = 1500;
    expect(request('failed')).toBe(true);
    expect(state()).toBe('open');
    clock.now = 2400;
    expect(request('succeeded')).toBe(false);
    clock.now = 2500;
    expect(request('succeeded')).toBe(true);
  });

  it('gives the place of a request that came to nothing to another', () => {
    const { clock, request } = breaker();
    for (let i = 0; i < 3; i++) request('failed');
    clock.now = 1000;
    for (let i = 0; i < 10; i++) expect(request('dropped')).toBe(true);
  });

  it('is never closed to everybody for good, whatever happens to requests', () => {
    const ends = fc.constantFrom('succeeded', 'failed', 'dropped');
    fc.assert(
      fc.property(fc.array(fc.record({ end: ends, waits: fc.integer({ min: 0, max: 1500 }) })), (steps) => {
        const { clock, request, state } = breaker();
        for (const { end, waits } of steps) {
          clock.now += waits;
          request(end);
        }
        clock.now += SETTINGS.cooldownMs;
        while (state() !== 'closed') expect(request('succeeded')).toBe(true);
      }),
    );
  });
});
