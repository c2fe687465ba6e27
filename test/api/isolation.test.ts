/** Who may do what to whose: every route, for every role, for one's own team and for another. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../lib/api/route.ts';
import { ROUTES } from '../../lib/api/routes/table.ts';
import { PERMISSIONS, ROLES, type Role } from '../../lib/domain/token.ts';
import { type Api, type Json, LINK, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
const things: Record<string, Things> = {};
const tokens = new Map<string, string>();
beforeAll(async () => {
  server = await startApi();
  api = await server.fresh();
  for (const team of ['red', 'blue']) things[team] = await furnish(team);
  for (const role of ROLE_NAMES) {
    tokens.set(`${role} org`, await api.tokenFor(role));
    tokens.set(`${role} red`, await api.tokenFor(role, 'red'));
  }
});
afterAll(() => server.close());

const ROLE_NAMES = Object.keys(ROLES) as Role[];

interface Things {
  readonly link: string;
  readonly configuration: string;
  readonly gateway: string;
  readonly gatewayToken: string;
  readonly token: string;
}

/** One of everything, marked with the team's name wherever a name can be. */
async function furnish(team: string): Promise<Things> {
  const mark = `${team}-only`;
  const document = policy({ name: mark });
  const wish = { id: `${mark}-cfg`, name: mark, description: mark, labels: { mark }, policy_yaml: document };
  const configuration = await api.created('/v1/configurations', { ...wish, team });
  const gateway = await api.created('/v1/gateways', { name: mark, team, configuration_id: configuration.id });
  const link = await api.created('/v1/git-repos', {
    ...LINK,
    repo_url: `https://github.com/${mark}/r`,
    team,
  });
  const token = await api.created('/v1/tokens', { name: mark, role: 'configurations_reader', team });
  await api.deliver();
  return {
    link: link.id,
    configuration: configuration.id,
    gateway: gateway.id,
    gatewayToken: gateway.token,
    token: token.id,
  };
}

/** A body that would do something; a route with a parameter and a body must be in here. */
const BODIES: Readonly<Record<string, object>> = {
  'patch /v1/git-repos/{id}': { poll_interval_seconds: 90 },
  'post /v1/git-repos/{id}/sync': {},
  'post /v1/git-repos/{id}/hook-secret': {},
  'patch /v1/configurations/{id}': { name: 'mine' },
  'post /v1/configurations/{id}/versions/{v}/activate': { reason: 'mine' },
  'patch /v1/gateways/{id}': { name: 'mine' },
};

const idFor = (path: string, of: Things): string => {
  if (path.startsWith('/v1/git-repos')) return of.link;
  if (path.startsWith('/v1/gateways')) return of.gateway;
  return path.startsWith('/v1/tokens') ? of.token : of.configuration;
};
const pathFor = (path: string, id: string) => path.replace('{id}', id).replace('{v}', '1');
const of = (team: string): Things => {
  const found = things[team];
  if (!found) throw new Error(`no team ${team}`);
  return found;
};

const guarded = ROUTES.filter(({ needs }) => needs !== 'public');
const onOne = guarded.filter(({ path }) => path.includes('{'));
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

function allows(role: Role, { needs }: Route): boolean {
  if (needs === 'token') return true;
  const held: readonly string[] = ROLES[role];
  return held.includes(needs === 'gateway' ? 'gateways:read' : needs);
}

const ask = (route: Route, id: string, token: string | null, body?: object) =>
  api.call(route.method.toUpperCase(), pathFor(route.path, id), {
    token,
    ...(body || route.body ? { body: body ?? BODIES[nameOf(route)] ?? {} } : {}),
  });

describe('every route', () => {
  it('is guarded by a permission, or open for a reason', () => {
    const open = ROUTES.filter(({ needs }) => !PERMISSIONS.some((permission) => permission === needs));
    expect(open.map((route) => `${nameOf(route)}: ${route.needs}`)).toEqual([
      'get /v1/proof-keys: public',
      'get /v1/gateways/{id}/configuration: gateway',
      'post /v1/gateways/{id}/queue-credentials: own gateway',
      'post /v1/gateways/{id}/receipts: own gateway',
      'post /v1/gateways/{id}/heartbeat: own gateway',
      'get /v1/whoami: token',
      'post /v1/events: own gateway',
      'get /healthz: public',
      'get /readyz: public',
      'get /v1/keys: public',
      'get /schemas/policy-config.json: public',
      'get /openapi.json: public',
    ]);
    for (const route of ROUTES)
      if (route.method !== 'get') expect(route.needs).toMatch(/:(write|activate)$|^own gateway$/);
  });

  it('changes nothing for whoever may not ask, and hides what is another team’s', async () => {
    const before = await api.rows();
    for (const route of guarded) {
      const own = idFor(route.path, of('red'));
      expect([nameOf(route), (await ask(route, own, null)).status]).toEqual([nameOf(route), 401]);
      for (const role of ROLE_NAMES) {
        const red = tokens.get(`${role} red`) ?? '';
        if (!allows(role, route)) {
          for (const token of [red, tokens.get(`${role} org`) ?? '']) {
            const refused = await ask(route, own, token);
            expect([nameOf(route), role, refused.status]).toEqual([nameOf(route), role, 403]);
          }
        } else if (onOne.includes(route)) {
          const others = await ask(route, idFor(route.path, of('blue')), red);
          const missing = await ask(route, 'not-there', red);
          expect([nameOf(route), role, others.status]).toEqual([nameOf(route), role, 404]);
          expect(others.json).toEqual(missing.json);
        }
      }
    }
    expect(await api.rows()).toEqual(before);
  });

  it('is open to whoever has the permission, for the own team and for the whole organisation', async () => {
    for (const route of guarded.filter(({ method }) => method !== 'delete')) {
      for (const role of ROLE_NAMES.filter((name) => allows(name, route))) {
        for (const reach of ['red', 'org']) {
          // What would be written is nonsense: that it is read at all is what is asked here.
          const nonsense = route.body ? { nonsense: 1 } : undefined;
          const answer = await ask(
            route,
            idFor(route.path, of('red')),
            tokens.get(`${role} ${reach}`) ?? '',
            nonsense,
          );
          const expected = route.body ? 400 : route.status;
          expect([nameOf(route), role, reach, answer.status]).toEqual([nameOf(route), role, reach, expected]);
        }
      }
    }
  });

  it('lists nothing of another team', async () => {
    for (const route of guarded.filter(({ path, method }) => method === 'get' && !path.includes('{'))) {
      for (const query of ['', ...(route.query?.shape['team'] ? ['?team=blue'] : [])]) {
        const answer = await api.call('GET', `${route.path}${query}`, {
          token: tokens.get('admin red') ?? '',
        });
        expect([route.path, answer.status, answer.text.includes('blue-only')]).toEqual([
          route.path,
          200,
          false,
        ]);
      }
    }
  });

  it('makes nothing for another team', async () => {
    const bodies: readonly [string, object][] = [
      ['/v1/git-repos', LINK],
      ['/v1/configurations', { name: 'x' }],
      ['/v1/gateways', { name: 'x' }],
      ['/v1/tokens', { name: 'x', role: 'configurations_reader' }],
    ];
    for (const [path, body] of bodies) {
      const token = tokens.get('admin red') ?? '';
      await api.refused(403, 'POST', path, { token, body: { ...body, team: 'blue' } });
      await api.refused(400, 'POST', path, { token, body: { ...body, tenant: 'blue' } });
    }
    const other = { name: 'x', configuration_id: of('blue').configuration };
    await api.refused(400, 'POST', '/v1/gateways', { token: tokens.get('admin red') ?? '', body: other });
    const link = { ...LINK, configuration_id: of('blue').configuration };
    await api.refused(400, 'POST', '/v1/git-repos', { token: tokens.get('admin red') ?? '', body: link });
    const path = `/v1/gateways/${of('red').gateway}`;
    const body = { configuration_id: of('blue').configuration };
    await api.refused(400, 'PATCH', path, { token: tokens.get('admin red') ?? '', body });
  });
});

describe('a gateway’s token', () => {
  it('reads its own configuration and who it is, borrows its queue, reports on itself, and is good for nothing else', async () => {
    const before = await api.rows();
    const { gateway, gatewayToken } = of('red');
    for (const route of guarded) {
      const answer = await ask(route, idFor(route.path, of('red')), gatewayToken);
      const own = ['gateway', 'own gateway', 'token'].includes(route.needs);
      // A report of nothing is refused for what is missing in it.
      const expected = !own ? 403 : route.body ? 400 : 200;
      expect([nameOf(route), answer.status]).toEqual([nameOf(route), expected]);
    }
    const others = `/v1/gateways/${of('blue').gateway}`;
    await api.refused(404, 'GET', `${others}/configuration`, { token: gatewayToken });
    await api.refused(404, 'POST', `${others}/queue-credentials`, { token: gatewayToken });
    const heartbeat = { content_hash: null };
    await api.refused(404, 'POST', `${others}/heartbeat`, { token: gatewayToken, body: heartbeat });
    expect(
      (await api.call('GET', `/v1/gateways/${gateway}/configuration`, { token: gatewayToken })).status,
    ).toBe(200);
    expect(await api.rows()).toEqual(before);
  });
});

describe('whatever one team asks', () => {
  it('it sees and changes nothing of another', async () => {
    const ofBlue = async () => (await api.rows()).filter((row) => JSON.stringify(row).includes('blue-only'));
    const before = await ofBlue();
    const ids = [
      ...Object.values(of('blue')).filter((id) => !id.startsWith('kt_live_')),
      'blue-only-cfg',
      'not-there',
    ];
    const call = fc.record({
      route: fc.constantFrom(...guarded),
      id: fc.constantFrom(...ids),
      query: fc.constantFrom('', '?team=blue', '?cursor=eyJ0ZWFtIjoiYmx1ZSJ9', `?configuration_id=${ids[1]}`),
      body: fc.constantFrom<Json>({}, { team: 'blue' }, { name: 'x' }, { ...LINK, path: 'x/y.yaml' }),
      token: fc.constantFrom(...ROLE_NAMES.map((role) => `${role} red`)),
    });
    await fc.assert(
      fc.asyncProperty(call, async ({ route, id, query, body, token }) => {
        const path = `${pathFor(route.path, id)}${route.query ? query : ''}`;
        const answer = await api.call(route.method.toUpperCase(), path, {
          token: tokens.get(token) ?? '',
          ...(route.body ? { body } : {}),
        });
        expect(answer.text).not.toContain('blue-only');
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
    expect(await ofBlue()).toEqual(before);
  }, 30_000);

  it('deletes its own, and only its own', async () => {
    const token = tokens.get('admin red') ?? '';
    const red = of('red');
    for (const path of [
      `/v1/gateways/${red.gateway}`,
      `/v1/git-repos/${red.link}`,
      `/v1/configurations/${red.configuration}`,
      `/v1/tokens/${red.token}`,
    ])
      expect([path, (await api.call('DELETE', path, { token })).status]).toEqual([path, 204]);
    expect((await api.call('GET', `/v1/configurations/${of('blue').configuration}`)).status).toBe(200);
  });
});
