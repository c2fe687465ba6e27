/** What each standing of a gateway, a configuration or a link means for drift. */
import { describe, expect, it } from 'vitest';
import type { Configuration, Link } from '../../../cli/answers.ts';
import { driftOfConfiguration, driftOfGateways, driftOfLink } from '../../../cli/drift/drift.ts';
import type { Standing } from '../../../cli/publish/answers.ts';

const WANTED = 'a'.repeat(64);
const AT = '2026-03-01T12:00:00.000Z';

function gateways(standing: Partial<Standing>, wanted: string | null = WANTED) {
  const gateway: Standing = {
    id: 'gw',
    name: 'gw',
    state: 'lagging',
    content_hash: null,
    sequence: null,
    reason: null,
    since: null,
    last_heartbeat: null,
    proof: null,
    ...standing,
  };
  const counts = { bound: 1, converged: 0, refused: 0, lagging: 1, offline: 0 };
  const about = { configuration_id: 'c', version_id: 'v', number: 1, sequence: 1, converged: false, counts };
  return driftOfGateways({ ...about, content_hash: wanted, gateways: [gateway] }, false);
}

describe('a gateway', () => {
  it.each([
    [{ state: 'offline' }, 'never reported'],
    [{ state: 'offline', since: AT, content_hash: WANTED, last_heartbeat: AT }, 'silent'],
    [{ state: 'offline', since: AT }, 'silent'],
    [{ state: 'lagging' }, 'runs nothing'],
    [{ state: 'lagging', content_hash: 'b'.repeat(64) }, 'runs something else'],
    [{ state: 'lagging', content_hash: WANTED }, 'not proven'],
    [{ state: 'refused', content_hash: 'b'.repeat(64), reason: 'why' }, 'refused'],
  ] as const)('%j: %s', (standing, state) => {
    expect(gateways(standing)).toMatchObject([
      { who: 'gateway', which: 'gw', state, wanted: WANTED, drift: true },
    ]);
  });

  it('that was tampered with, missed a message or failed to apply it is told apart', () => {
    const drift = { kind: 'tampered', since: AT };
    expect(gateways({ content_hash: 'b'.repeat(64), drift })).toMatchObject([{ reason: 'tampered' }]);
  });

  it('that converged, or has nothing to run, is no drift', () => {
    expect(gateways({ state: 'converged', content_hash: WANTED })).toEqual([]);
    expect(gateways({ state: 'offline' }, null)).toEqual([]);
  });
});

describe('a configuration', () => {
  const version = (number: number, hash: string) => ({
    id: `v${number}`,
    number,
    content_hash: hash,
    commit: null,
  });
  const configuration = (more: Partial<Configuration>): Configuration => ({
    id: 'c',
    name: 'c',
    description: '',
    team: 'org',
    content_hash: WANTED,
    active_version: version(2, WANTED),
    head_version: version(2, WANTED),
    hold: null,
    source: 'git',
    git: null,
    updated_at: AT,
    ...more,
  });
  const hold = { until: AT, reason: 'incident', actor: 'ada', at: AT };
  const behind = { active_version: version(1, 'b'.repeat(64)) };

  it('is no drift when Active is Head, or holds the same bytes', () => {
    expect(driftOfConfiguration(configuration({}), false)).toEqual([]);
    expect(driftOfConfiguration(configuration({ active_version: version(1, WANTED) }), false)).toEqual([]);
  });

  it('is drift when Active is not Head, and told when that is meant', () => {
    expect(driftOfConfiguration(configuration(behind), false)).toMatchObject([
      { state: 'active is not head', drift: true },
    ]);
    expect(driftOfConfiguration(configuration({ ...behind, hold }), false)).toMatchObject([
      { state: 'held', drift: false },
    ]);
    expect(driftOfConfiguration(configuration({ ...behind, hold }), true)).toMatchObject([
      { state: 'held', drift: true },
    ]);
  });

  it('without a version has nothing to differ', () => {
    const empty = configuration({ active_version: null, head_version: null, content_hash: null });
    expect(driftOfConfiguration(empty, true)).toMatchObject([{ state: 'no version', drift: false }]);
  });
});

describe('a link', () => {
  const link = (more: Partial<Link>): Link => ({
    id: 'lnk',
    team: 'org',
    repo_url: 'https://git.example/a/b',
    branch: 'main',
    path: 'policy-config.yaml',
    provider: 'generic',
    poll_interval_seconds: 60,
    status: 'synced',
    last_sync: AT,
    current_version: WANTED,
    configuration_ids: ['c'],
    error: null,
    webhook: null,
    ...more,
  });
  const error = { class: 'validation', message: 'E001', since: AT, next_try: null };

  it('is drift in error, told before its first sync, and quiet when it is looked at again', () => {
    expect(driftOfLink(link({ status: 'error', error }), 'c', false)).toMatchObject([
      { who: 'link', state: 'link in error', since: AT, reason: 'validation: E001', drift: true },
    ]);
    expect(driftOfLink(link({ status: 'pending', last_sync: null }), null, false)).toMatchObject([
      { state: 'pending', drift: false },
    ]);
    expect(driftOfLink(link({ status: 'pending' }), 'c', false)).toEqual([]);
  });
});
