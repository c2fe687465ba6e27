/** Latency: what was between two steps, each pair of one clock. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../lib/domain/convergence.ts';
import { latencyOf, toldUnder } from '../../lib/domain/latency.ts';
import { but, MANIFEST, member } from '../support/proving.ts';

const goal = {
  contentHash: MANIFEST.content_hash,
  sequence: MANIFEST.sequence,
  since: 4,
  announcedAt: MANIFEST.issued_at,
};
const NOW = new Date('2026-03-01T12:00:10.000Z');
const activation = {
  actor: 'sync',
  requestId: null,
  reason: null,
  heldUntil: null,
  receivedAt: '2026-03-01T11:59:59.900Z',
  fetchedAt: '2026-03-01T11:59:59.930Z',
  publishedAt: '2026-03-01T11:59:59.950Z',
  at: '2026-03-01T11:59:59.950Z',
};
const announced = { sequence: 5, announcedAt: MANIFEST.issued_at, activation };

const of = (
  { standing }: ReturnType<typeof member>,
  what: typeof announced | Omit<typeof announced, 'activation'> = announced,
) => latencyOf(standing, goal, judge(standing, goal, NOW), { activation: null, ...what });

describe('the latency of a gateway', () => {
  it('is split by our clock up to its receipt, and by its own from the message to the applied version', () => {
    // A day behind: it makes no difference, because nothing of ours is subtracted from it.
    const [received_at, verified_at, applied_at] = ['00.000', '00.004', '00.015'].map(
      (time) => `2026-02-28T12:00:${time}Z`,
    ) as [string, string, string];
    const latency = of(member('gw_1', { received_at, verified_at, applied_at }));
    expect(latency.controlPlane).toMatchObject({
      receivedToFetched: 30,
      fetchedToPublished: 20,
      publishedToAnnounced: 50,
      announcedToHeard: 1000,
      receivedToHeard: 1100,
    });
    expect(latency.gateway).toMatchObject({
      receivedToVerified: 4,
      verifiedToApplied: 11,
      receivedToApplied: 15,
    });
  });

  it('knows nothing of steps that were not recorded', () => {
    const latency = of(member('gw_1'), { sequence: 5, announcedAt: MANIFEST.issued_at });
    expect(latency.controlPlane).toMatchObject({
      receivedAt: null,
      receivedToFetched: null,
      announcedToHeard: 1000,
    });
  });

  it('ends, without a key, with the first heartbeat that said so, and without either with the announcement', () => {
    const says = but(member('gw_1'), { gateway: { publicKey: null } });
    const silent = { ...says, standing: { ...says.standing, receipt: null } };
    expect(of(silent)).toMatchObject({ gateway: null, controlPlane: { announcedToHeard: 7000 } });
    const other = but(silent, { report: { contentHash: 'f'.repeat(64) } });
    expect(of(other)).toMatchObject({
      gateway: null,
      controlPlane: { heardAt: null, receivedToHeard: null },
    });
  });

  it('has no end, without a key, where the same bytes were run before: they were announced once more', () => {
    const says = but(member('gw_1'), {
      gateway: { publicKey: null },
      report: { since: '2026-03-01T11:00:00.000Z' },
    });
    const latency = of({ ...says, standing: { ...says.standing, receipt: null } });
    expect(latency.controlPlane).toMatchObject({
      heardAt: null,
      announcedToHeard: null,
      receivedToHeard: null,
    });
  });

  it('is of the sequence under which it was told: that of its receipt, if that still holds', () => {
    expect(toldUnder(member('gw_1', { sequence: 4 }).standing, goal)).toBe(4);
    expect(toldUnder(member('gw_1', { sequence: 3 }).standing, goal)).toBe(5);
  });
});
