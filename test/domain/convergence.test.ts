/** Convergence: what is concluded from the last that was heard of a gateway. */
import { describe, expect, it } from 'vitest';
import { type Goal, judge, type Standing } from '../../lib/domain/convergence.ts';
import type { Gateway } from '../../lib/domain/gateway.ts';
import type { Receipt } from '../../lib/domain/receipt.ts';
import type { Report } from '../../lib/domain/report.ts';
import { applied, refused } from '../support/signing-gateway.ts';

const ACTIVE = 'a'.repeat(64);
const OLD = 'b'.repeat(64);
const ANNOUNCED_AT = '2026-03-01T12:00:00.000Z';
const HEARD_AT = '2026-03-01T12:00:10.000Z';
const NOW = new Date('2026-03-01T12:00:30.000Z');
const GOAL: Goal = { contentHash: ACTIVE, sequence: 7, since: 7, announcedAt: ANNOUNCED_AT };

const gateway: Gateway = {
  id: 'gw_1',
  team: 'default',
  name: 'edge',
  configurationId: 'cfg',
  boundAt: ANNOUNCED_AT,
  publicKey: 'a key',
  labels: {},
  queueName: 'q',
  tokenId: 't',
  createdAt: ANNOUNCED_AT,
};

const report = (contentHash: string | null, more: Partial<Report> = {}): Report => ({
  gatewayId: 'gw_1',
  contentHash,
  sequence: null,
  versionId: null,
  health: null,
  reason: null,
  uptimeSeconds: null,
  since: HEARD_AT,
  at: HEARD_AT,
  heartbeatAt: HEARD_AT,
  drift: null,
  driftClearedAt: null,
  ...more,
});

const receipt = (
  state: 'applied' | 'refused',
  sequence: number,
  content_hash = ACTIVE,
  storedAt = HEARD_AT,
): Receipt => {
  const told = { version_id: 'ver_1', content_hash, sequence };
  const statement = state === 'applied' ? applied('gw_1', told) : refused('gw_1', told, 'no room');
  return { id: 'rct_1', configurationId: 'cfg', statement, signature: 's', publicKey: 'k', storedAt };
};

const standing = (heard: Partial<Standing>): Standing => ({
  id: 'gw_1',
  gateway,
  report: null,
  receipt: null,
  ...heard,
});
const keyless = { ...gateway, publicKey: null };
const stateOf = (heard: Partial<Standing>, goal: Goal = GOAL) => judge(standing(heard), goal, NOW);

describe('a gateway with a key', () => {
  it('has converged when it signed for Active, and runs it', () => {
    expect(stateOf({ report: report(ACTIVE), receipt: receipt('applied', 7) })).toEqual({
      state: 'converged',
      since: HEARD_AT,
      reason: null,
      proof: 'receipt',
    });
  });

  it('lags until it signs: a heartbeat proves nothing', () => {
    expect(stateOf({ report: report(ACTIVE) })).toEqual({
      state: 'lagging',
      since: ANNOUNCED_AT,
      reason: null,
      proof: null,
    });
    const older = receipt('applied', 6, OLD);
    expect(stateOf({ report: report(ACTIVE), receipt: older })).toMatchObject({ state: 'lagging' });
  });

  it('lags when it says that it runs something else, or nothing, whatever it signed', () => {
    const later = '2026-03-01T12:00:20.000Z';
    for (const hash of [OLD, null]) {
      const heard = { report: report(hash, { since: later, at: later }), receipt: receipt('applied', 7) };
      expect(stateOf(heard)).toMatchObject({ state: 'lagging', since: later, proof: null });
    }
  });

  it('has refused when it signed that, and why; that it refused something older says nothing', () => {
    expect(stateOf({ report: report(OLD), receipt: receipt('refused', 7) })).toEqual({
      state: 'refused',
      since: HEARD_AT,
      reason: 'no room',
      proof: 'receipt',
    });
    expect(stateOf({ report: report(OLD), receipt: receipt('refused', 6, OLD) }).state).toBe('lagging');
  });

  it('is where it was when Active moved to the same bytes without a reload, and not when others were between', () => {
    const heard = { report: report(ACTIVE), receipt: receipt('applied', 5) };
    expect(stateOf(heard, { ...GOAL, since: 5 }).state).toBe('converged');
    expect(stateOf(heard, { ...GOAL, since: 6 }).state).toBe('lagging');
  });

  it('does not prove what is not announced yet', () => {
    const goal = { ...GOAL, since: null, announcedAt: null };
    const heard = { report: report(ACTIVE), receipt: receipt('applied', 7) };
    expect(stateOf(heard, goal)).toMatchObject({ state: 'lagging', since: null });
    expect(stateOf({ ...heard, gateway: keyless }, goal).state).toBe('lagging');
  });
});

describe('a gateway without a key', () => {
  it('has converged when it says that it runs Active', () => {
    expect(stateOf({ gateway: keyless, report: report(ACTIVE) })).toEqual({
      state: 'converged',
      since: HEARD_AT,
      reason: null,
      proof: 'heartbeat',
    });
    expect(stateOf({ gateway: keyless, report: report(OLD) }).state).toBe('lagging');
  });
});

describe('a silent gateway', () => {
  it('is offline after three intervals, whatever it said before', () => {
    const heard = { report: report(ACTIVE), receipt: receipt('applied', 7) };
    const once = (seconds: number) =>
      judge(standing(heard), GOAL, new Date(Date.parse(HEARD_AT) + seconds * 1000));
    expect(once(90).state).toBe('converged');
    expect(once(91)).toEqual({ state: 'offline', since: HEARD_AT, reason: null, proof: null });
  });

  it('is offline when it never said anything', () => {
    expect(stateOf({})).toEqual({ state: 'offline', since: null, reason: null, proof: null });
  });

  it('was heard of when it sent a receipt', () => {
    expect(stateOf({ receipt: receipt('refused', 7) }).state).toBe('refused');
    const old = report(OLD, { at: '2026-03-01T11:00:00.000Z' });
    expect(stateOf({ report: old, receipt: receipt('refused', 7) }).state).toBe('refused');
  });

  it('is one whose row cannot be read: nothing is known of it', () => {
    const heard = { gateway: null, report: report(ACTIVE), receipt: receipt('applied', 7) };
    expect(stateOf(heard)).toMatchObject({ state: 'offline', reason: 'its row cannot be read' });
  });
});
