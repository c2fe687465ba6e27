/** Bounds and tokens: what is documented as a limit is one, and no token makes more of itself. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { memoryGitHost } from '../fakes/memory-git-host.ts';
import type { Api, Json } from '../support/api-over.ts';
import { decision } from '../support/decisions.ts';
import { memoryApi } from '../support/memory-api.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { filled, type Operation, operationsOf } from './api-operations.ts';
import { HELD_BY, type PermissionName, RULES } from './api-rules.ts';
import { furnish, inMemory, type Things } from './api-teams.ts';

let api: Api;
let red: Things;
let operations: readonly Operation[];
const seed = seedOf(20_260_303);
const counted = { 'wishes for a token': 0, granted: 0, refused: 0 };

beforeAll(async () => {
  const git = memoryGitHost();
  api = await memoryApi(git);
  red = await furnish(api, inMemory(git), 'red');
  ({ operations } = await operationsOf(api));
});
afterAll(() => tally('API: wishes for tokens', { ...counted, seed }));

const LINK = { repo_url: 'https://github.com/acme/bounds', auto_create_configuration: true };

describe('a bound', () => {
  it('of every number in a query is kept, at both ends', async () => {
    let bounds = 0;
    for (const { method, path, name, described } of operations) {
      const asked = filled(path, RULES[name]?.ids?.(red) ?? []);
      for (const { name: parameter, schema, in: place } of described.parameters ?? []) {
        if (place !== 'query' || schema.type !== 'integer') continue;
        const { minimum, maximum } = schema;
        const inside = parameter === 'wait' ? [minimum] : [minimum, maximum];
        for (const [value, status] of [
          ...inside.map((value) => [value, 200] as const),
          [minimum - 1, 400] as const,
          [maximum + 1, 400] as const,
        ]) {
          const answer = await api.call(method, `${asked}?${parameter}=${value}`);
          expect([name, parameter, value, answer.status]).toEqual([name, parameter, value, status]);
          bounds++;
        }
      }
    }
    expect(bounds).toBeGreaterThan(20);
  });

  it('of the interval is 30 seconds to a day', async () => {
    for (const [seconds, status] of [
      [29, 400],
      [30, 201],
      [86_400, 201],
      [86_401, 400],
    ] as const) {
      const body = { ...LINK, path: `${seconds}.yaml`, poll_interval_seconds: seconds };
      expect([seconds, (await api.call('POST', '/v1/git-repos', { body })).status]).toEqual([
        seconds,
        status,
      ]);
      const patched = await api.call('PATCH', `/v1/git-repos/${red.link}`, {
        body: { poll_interval_seconds: seconds },
      });
      expect([seconds, patched.status === 200]).toEqual([seconds, status === 201]);
    }
  });

  it('of the links of a source is kept by new ones, and by those that would move there', async () => {
    const first = await api.created('/v1/git-repos', { ...LINK, branch: 'full', path: 'a.yaml' });
    const other = await api.created('/v1/git-repos', {
      ...LINK,
      branch: 'full',
      path: 'b.yaml',
      access_token: 'x',
    });
    const full = (await api.linkNow(first.id)).source?.id ?? '';
    const { pk, sk } = keyOf.source(full);
    await api.table.client.send(
      new UpdateItemCommand({
        TableName: api.table.name,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'SET #links = :most',
        ExpressionAttributeNames: { '#links': 'links' },
        ExpressionAttributeValues: { ':most': { N: '2000' } },
      }),
    );
    const body = { ...LINK, branch: 'full', path: 'c.yaml' };
    expect((await api.refused(409, 'POST', '/v1/git-repos', { body })).code).toBe('too_many_links');
    const moving = { body: { access_token: null } };
    expect((await api.refused(409, 'PATCH', `/v1/git-repos/${other.id}`, moving)).code).toBe(
      'too_many_links',
    );
    // What is there may still be changed, and left.
    const slower = { body: { poll_interval_seconds: 90 } };
    expect((await api.call('PATCH', `/v1/git-repos/${first.id}`, slower)).status).toBe(200);
    await api.created('/v1/git-repos', { ...body, branch: 'another' });
  });

  it('of decisions at once, of labels and of a body is kept', async () => {
    const token = red.gatewayToken;
    const events = Array.from({ length: 501 }, () => decision());
    expect((await api.refused(400, 'POST', '/v1/events', { token, body: { events } })).details[0].field).toBe(
      'events',
    );
    const labels = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, 'x']));
    const body = { name: 'x', labels };
    expect((await api.refused(400, 'POST', '/v1/gateways', { body })).details[0].field).toBe('labels');
    const large = { body: JSON.stringify({ name: 'x'.repeat(1024 * 1024) }) };
    expect((await api.refused(413, 'POST', '/v1/configurations', large)).code).toBe('body_too_large');
  });
});

describe('a token', () => {
  const PERMISSIONS = Object.keys(HELD_BY) as PermissionName[];
  const some = fc.subarray(PERMISSIONS, { minLength: 1 });
  const team = fc.constantFrom(null, 'red', 'blue');

  it('is granted no permission and no team that its maker has not, whatever is wished for', async () => {
    const wishes = fc.record({
      has: some,
      of: team,
      wish: fc.oneof(
        some.map((permissions) => ({ permissions })),
        some.map((permissions) => ({ scope: permissions.join(',') })),
        fc.constantFrom(...Object.values(HELD_BY).flat()).map((role) => ({ role })),
      ),
      reach: fc.constantFrom({}, { scope: 'org' }, { team: 'red' }, { team: 'blue' }),
    });
    await fc.assert(
      fc.asyncProperty(wishes, async ({ has, of, wish, reach }) => {
        const held = [...new Set<PermissionName>([...has, 'tokens:write'])];
        const maker = { name: 'maker', permissions: held, ...(of === null ? {} : { team: of }) };
        const { token } = await api.created('/v1/tokens', maker);
        const body = { name: 'x', ...reach, ...wish };
        const answer = await api.call('POST', '/v1/tokens', { token, body });
        counted['wishes for a token']++;
        if (answer.status === 400) return;
        const wished = wishedBy(wish);
        const wide = 'scope' in body && body.scope === 'org';
        const elsewhere = of !== null && (wide || ('team' in body && body.team !== of));
        const isMore = wished.some((permission) => !held.includes(permission)) || elsewhere;
        expect([held, of, body, answer.status]).toEqual([held, of, body, isMore ? 403 : 201]);
        counted[isMore ? 'refused' : 'granted']++;
        if (isMore) return;
        expect(answer.json.permissions.toSorted()).toEqual([...wished].sort());
        expect(answer.json.team).toBe('team' in body ? body.team : of);
      }),
      { numRuns: times(80, 2000), seed },
    );
  });

  const wishedBy = (wish: Json): PermissionName[] =>
    wish.permissions ??
    wish.scope?.split(',') ??
    PERMISSIONS.filter((permission) => (HELD_BY[permission] as readonly string[]).includes(wish.role));

  it('that is revoked does nothing from then on, not even with a call that comes at the same moment', async () => {
    const { id, token } = await api.created('/v1/tokens', { name: 'x', role: 'admin' });
    expect((await api.call('DELETE', `/v1/tokens/${id}`)).status).toBe(204);
    const calls = Array.from({ length: 10 }, (_, n) =>
      api.call('POST', '/v1/configurations', { token, body: { name: `late ${n}` } }),
    );
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(10).fill(401));
  });

  it('that may link may not activate, and the other way round', async () => {
    const may = (permission: PermissionName) =>
      api.created('/v1/tokens', { name: 'x', permissions: [permission, 'configurations:read'] });
    const [linker, activator] = [
      (await may('configurations:write')).token,
      (await may('configurations:activate')).token,
    ];
    const activate = `/v1/configurations/${red.configuration}/versions/1/activate`;
    await api.refused(403, 'POST', activate, { token: linker, body: {} });
    await api.refused(403, 'POST', '/v1/git-repos', { token: activator, body: { ...LINK, path: 'z.yaml' } });
    expect((await api.call('POST', activate, { token: activator, body: {} })).status).toBe(200);
  });
});
