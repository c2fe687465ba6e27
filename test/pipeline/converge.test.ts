/** Converge, for fleets of a size that no test stores: everybody is counted, and the work has a bound. */
import { describe, expect, it } from 'vitest';
import { type Configuration, newConfiguration } from '../../lib/domain/configuration.ts';
import type { Standing } from '../../lib/domain/convergence.ts';
import type { Gateway } from '../../lib/domain/gateway.ts';
import { converge } from '../../lib/pipeline/converge.ts';

const AT = '2026-03-01T12:00:00.000Z';
const HASH = 'a'.repeat(64);
const PAGE = 1000;

const active = { id: 'ver_1', number: 1, contentHash: HASH, commit: null };
const manifest = {
  configuration_id: 'fleet',
  version_id: 'ver_1',
  number: 1,
  sequence: 1,
  content_hash: HASH,
  commit: null,
  issued_at: AT,
};
const configuration: Configuration = {
  ...newConfiguration('fleet', 'default', { name: 'fleet', description: '', labels: {} }, AT),
  active,
  sequence: 1,
  announced: { manifest, signature: { kid: 'k', alg: 'ES256', value: 's' } },
};

function standing(index: number): Standing {
  const id = `gw_${String(index).padStart(6, '0')}`;
  const gateway: Gateway = {
    id,
    team: 'default',
    name: id,
    configurationId: 'fleet',
    boundAt: AT,
    publicKey: null,
    labels: {},
    queueName: id,
    tokenId: id,
    createdAt: AT,
  };
  const said = { sequence: 1, versionId: null, health: null, reason: null, uptimeSeconds: null };
  const times = { since: AT, at: AT, heartbeatAt: AT };
  const report = { gatewayId: id, contentHash: HASH, ...said, ...times, drift: null, driftClearedAt: null };
  return { id, gateway, report, receipt: null };
}

/** That many gateways, all of which run Active; and how many of them were looked at. */
function fleet(size: number) {
  const looked = { at: 0 };
  const page = <T>(after: string | null, make: (index: number) => T) => {
    const from = Number(after ?? 0);
    const to = Math.min(from + PAGE, size);
    const items = Array.from({ length: to - from }, (_, i) => make(from + i));
    return { items, next: to < size ? String(to) : null };
  };
  const gateways = {
    standings: async (_id: string, after: string | null) => {
      const found = page(after, standing);
      looked.at += found.items.length;
      return found;
    },
    bound: async (_id: string, after: string | null) => page(after, (i) => ({ id: `${i}`, queueName: '' })),
  };
  const ports = { gateways, announcements: { at: async () => null }, clock: { now: () => new Date(AT) } };
  return { ports, looked };
}

const ALL = { limit: 1, state: null, after: null } as const;

describe('converge', () => {
  it('looks at every gateway of a large fleet', async () => {
    const { ports, looked } = fleet(20_000);
    const { converged, counts } = await converge(configuration, ALL, ports);
    expect([converged, looked.at]).toEqual([true, 20_000]);
    expect(counts).toMatchObject({ bound: 20_000, converged: 20_000, unknown: 0 });
  });

  it('counts those of a larger one, and claims nothing of what it did not look at', async () => {
    const { ports, looked } = fleet(23_456);
    const { converged, counts } = await converge(configuration, ALL, ports);
    expect([converged, looked.at]).toEqual([false, 20_000]);
    expect(counts).toMatchObject({ bound: 23_456, converged: 20_000, unknown: 3_456 });
  });

  it('lists from behind a gateway on, across pages', async () => {
    const { ports } = fleet(2500);
    const { gateways, next } = await converge(configuration, { ...ALL, limit: 3, after: 'gw_000998' }, ports);
    expect(gateways.map(({ standing: { id } }) => id)).toEqual(['gw_000999', 'gw_001000', 'gw_001001']);
    expect(next).toBe('gw_001001');
    const end = await converge(configuration, { ...ALL, limit: 3, after: 'gw_002497' }, ports);
    expect([end.gateways.length, end.next]).toEqual([2, null]);
  });
});
