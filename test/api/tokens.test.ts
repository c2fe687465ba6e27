/** Tokens: who may make which, and that a token is what it says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PERMISSIONS, ROLES } from '../../lib/domain/token.ts';
import { type Api, startApi } from '../support/api.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
/** For the rows of a table of cases: each leaves nothing that the next one could meet. */
let shared: Api;
beforeAll(async () => {
  server = await startApi();
  shared = await server.fresh();
});
afterAll(() => server.close());
beforeEach(async ({ task }) => {
  api = task.each ? shared : await server.fresh();
});

const TOKENS = '/v1/tokens';
const WRITER = { name: 'ci', role: 'configurations_writer' };

describe('creating a token', () => {
  it('shows it once', async () => {
    const { token, ...rest } = await api.created(TOKENS, WRITER);
    expect(rest).toEqual({
      id: token.split('_')[2],
      name: 'ci',
      role: 'configurations_writer',
      permissions: ROLES.configurations_writer,
      scope: 'org',
      team: null,
      gateway_id: null,
      created_at: '2026-03-01T12:00:00.000Z',
      created_by: expect.stringMatching(/^token:/),
      expires_at: null,
    });
    api.canaries.push(token.slice(25));
    expect((await api.call('GET', '/v1/whoami', { token })).json).toEqual(rest);
    const listed = (await api.call('GET', TOKENS)).json.data;
    expect(listed).toContainEqual(rest);
    expect(JSON.stringify(listed)).not.toMatch(/hash|[0-9a-f]{64}/);
    expect(JSON.stringify(await api.rows())).not.toContain(token.slice(25));
  });

  it.each([
    [{ role_id: 'role_configurations_writer' }, { role: 'configurations_writer', scope: 'org' }],
    [{ role_id: 'admin' }, { role: 'admin', permissions: [...PERMISSIONS] }],
    [
      { scope: 'configurations:write, gateways:read' },
      { role: null, permissions: ['configurations:write', 'gateways:read'], scope: 'org' },
    ],
    [{ permissions: ['events:read', 'events:read'] }, { role: null, permissions: ['events:read'] }],
    [
      { role: 'admin', scope: 'team', team: 'red' },
      { scope: 'team', team: 'red' },
    ],
    [
      { role: 'admin', team: 'red' },
      { scope: 'team', team: 'red' },
    ],
    [
      { role: 'admin', scope: 'org' },
      { scope: 'org', team: null },
    ],
    [{ role: 'admin', expires_in_days: 1 }, { expires_at: '2026-03-02T12:00:00.000Z' }],
    [{ role: 'admin', expires_at: '2026-03-01T14:00:00+01:00' }, { expires_at: '2026-03-01T13:00:00.000Z' }],
  ])('%j makes %j', async (wish, made) => {
    expect(await api.created(TOKENS, { name: 'x', ...wish })).toMatchObject(made);
  });

  it.each([
    [{}, 'role'],
    [{ role: 'owner' }, 'role'],
    [{ role_id: 'role_owner' }, 'role_id'],
    [{ role: 'admin', role_id: 'role_configurations_reader' }, 'role_id'],
    [{ role: 'admin', permissions: ['events:read'] }, 'role'],
    [{ role: 'admin', scope: 'events:read' }, 'role'],
    [{ permissions: ['events:read'], scope: 'events:read' }, 'permissions'],
    [{ permissions: [] }, 'permissions'],
    [{ permissions: ['secrets:read'] }, 'permissions.0'],
    [{ scope: 'configurations:write,secrets:read' }, 'scope'],
    [{ scope: 'team', role: 'admin' }, 'team'],
    [{ scope: 'org', role: 'admin', team: 'red' }, 'team'],
    [{ role: 'admin', expires_at: '2026-03-01T12:00:00Z' }, 'expires_at'],
    [{ role: 'admin', expires_at: '2027-01-01T00:00:00Z', expires_in_days: 3 }, 'expires_in_days'],
    [{ role: 'admin', expires_in_days: 0 }, 'expires_in_days'],
    [{ role: 'admin', gateway_id: 'gw_1' }, 'gateway_id'],
    [{ role: 'admin', hash: 'x' }, 'hash'],
  ])('refuses %j', async (wish, field) => {
    const error = await api.refused(400, 'POST', TOKENS, { body: { name: 'x', ...wish } });
    expect(error.details[0].field).toBe(field);
  });

  it('grants no permission and no team that its maker lacks', async () => {
    const limited = await api.created(TOKENS, { name: 'l', scope: 'tokens:write,tokens:read,events:read' });
    const token = limited.token;
    const error = await api.refused(403, 'POST', TOKENS, { token, body: WRITER });
    expect(error.message).toContain('configurations:write');
    await api.created(TOKENS, { name: 'x', scope: 'events:read' }, token);

    const red = await api.tokenFor('admin', 'red');
    for (const wish of [{ scope: 'org' }, { team: 'blue' }, { scope: 'team', team: 'blue' }])
      await api.refused(403, 'POST', TOKENS, { token: red, body: { ...WRITER, ...wish } });
    expect(await api.created(TOKENS, WRITER, red)).toMatchObject({ team: 'red' });
    expect(await api.created(TOKENS, { ...WRITER, scope: 'team' }, red)).toMatchObject({ team: 'red' });
  });
});

describe('listing and revoking tokens', () => {
  it('a team sees and revokes its own only', async () => {
    const red = await api.tokenFor('admin', 'red');
    const blue = await api.created(TOKENS, { ...WRITER, team: 'blue' });
    const whole = await api.created(TOKENS, WRITER);
    const own = await api.created(TOKENS, { ...WRITER, team: 'red' });
    const listed = (await api.call('GET', TOKENS, { token: red })).json.data;
    expect(listed.map(({ team }: { team: string }) => team)).toEqual(['red', 'red']);
    for (const { id } of [blue, whole]) await api.refused(404, 'DELETE', `${TOKENS}/${id}`, { token: red });
    expect((await api.call('DELETE', `${TOKENS}/${own.id}`, { token: red })).status).toBe(204);
    await api.refused(401, 'GET', '/v1/whoami', { token: own.token });
    await api.refused(404, 'DELETE', `${TOKENS}/${own.id}`);
  });

  it('an expired one is not there any more, whenever its row is deleted', async () => {
    const { id, token } = await api.created(TOKENS, { ...WRITER, expires_at: '2026-03-01T12:00:01Z' });
    expect((await api.call('GET', '/v1/whoami', { token })).status).toBe(200);
    api.time.at += 1000;
    expect((await api.refused(401, 'GET', '/v1/whoami', { token })).code).toBe('token_expired');
    const listed = (await api.call('GET', TOKENS)).json.data;
    expect(listed.some((other: { id: string }) => other.id === id)).toBe(false);
    await api.refused(404, 'DELETE', `${TOKENS}/${id}`);
  });
});

describe('presenting a token', () => {
  it('is needed, in the form the standard gives it', async () => {
    const bare = await api.call('GET', '/v1/whoami', { token: null });
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="keeptrusts"']);
    const lower = await api.call('GET', '/v1/whoami', {
      token: null,
      headers: { authorization: `bearer ${api.admin}` },
    });
    expect(lower.status).toBe(200);
  });

  it('refuses what is not one, or not the right one', async () => {
    const flipped = api.admin.slice(0, -2) + (api.admin.endsWith('00') ? '11' : '00');
    const wrong = [
      '',
      'x',
      'kt_live_',
      flipped,
      api.admin.slice(0, -1),
      `${api.admin}0`,
      api.admin.toUpperCase(),
    ];
    for (const token of wrong) {
      const answer = await api.call('GET', '/v1/whoami', { token });
      expect([token.length, answer.status]).toEqual([token.length, 401]);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    const basic = Buffer.from(`x:${api.admin}`).toString('base64');
    for (const authorization of [api.admin, `Basic ${basic}`, `Bearer ${api.admin}, Bearer ${api.admin}`])
      expect((await api.call('GET', '/v1/whoami', { token: null, headers: { authorization } })).status).toBe(
        401,
      );
    expect((await api.call('GET', `/v1/whoami?token=${api.admin}`, { token: null })).status).toBe(401);
  });
});
