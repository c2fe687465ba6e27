/** Every operation of the OpenAPI document, for every kind of caller, on one's own, another's and nobody's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryGitHost } from '../fakes/memory-git-host.ts';
import type { Answer, Api } from '../support/api-over.ts';
import { memoryApi } from '../support/memory-api.ts';
import { tally } from '../support/soak.ts';
import { filled, type Operation, operationsOf } from './api-operations.ts';
import { HELD_BY, type PermissionName, ROLE_NAMES, type RoleName, RULES, type Rule } from './api-rules.ts';
import { furnish, inMemory, type Things } from './api-teams.ts';

interface Caller {
  readonly name: string;
  readonly token: string | null;
  readonly kind: 'role' | 'permission' | 'gateway' | 'nobody';
  readonly holds: readonly string[];
  /** Null for the whole organisation. */
  readonly team: string | null;
  readonly gateway: string | null;
}

const PERMISSION_NAMES = Object.keys(HELD_BY) as PermissionName[];
const permissionsOf = (role: RoleName) =>
  PERMISSION_NAMES.filter((permission) => (HELD_BY[permission] as readonly string[]).includes(role));

let api: Api;
let operations: readonly Operation[];
let callers: readonly Caller[];
let red: Things;
let blue: Things;
let asked = 0;
const counted = { allowed: 0, forbidden: 0, unauthenticated: 0, hidden: 0 };

beforeAll(async () => {
  const git = memoryGitHost();
  api = await memoryApi(git);
  red = await furnish(api, inMemory(git), 'red');
  blue = await furnish(api, inMemory(git), 'blue');
  operations = (await operationsOf(api)).operations;
  callers = [...(await known()), ...(await unknown())];
});
afterAll(async () => {
  tally('API: role × route × scope', {
    operations: operations.length,
    callers: callers.length,
    calls: asked,
    ...counted,
  });
});

async function known(): Promise<Caller[]> {
  const ofRoles = [null, 'red'].flatMap((team) =>
    ROLE_NAMES.map(
      async (role): Promise<Caller> => ({
        name: `${role} of ${team ?? 'all teams'}`,
        token: await api.tokenFor(role, team),
        kind: 'role',
        holds: permissionsOf(role),
        team,
        gateway: null,
      }),
    ),
  );
  const ofPermissions = PERMISSION_NAMES.map(
    async (permission): Promise<Caller> => ({
      name: `${permission} alone`,
      token: (await api.created('/v1/tokens', { name: 'x', permissions: [permission], team: 'red' })).token,
      kind: 'permission',
      holds: [permission],
      team: 'red',
      gateway: null,
    }),
  );
  const other = await api.created('/v1/gateways', {
    name: 'x',
    team: 'red',
    configuration_id: red.configuration,
  });
  const ofGateways = [
    { name: 'the gateway', token: red.gatewayToken, gateway: red.gateway },
    { name: 'another gateway of the team', token: other.token, gateway: other.id },
    { name: 'a gateway of another team', token: blue.gatewayToken, gateway: blue.gateway },
  ].map((gateway): Caller => ({ kind: 'gateway', holds: [], team: 'red', ...gateway }));
  return [...(await Promise.all([...ofRoles, ...ofPermissions])), ...ofGateways];
}

async function unknown(): Promise<Caller[]> {
  const WISH = { name: 'x', role: 'admin' };
  const expiring = await api.created('/v1/tokens', {
    ...WISH,
    expires_at: new Date(api.time.at + 1000).toISOString(),
  });
  const revoked = await api.created('/v1/tokens', WISH);
  expect((await api.call('DELETE', `/v1/tokens/${revoked.id}`)).status).toBe(204);
  const gone = await api.created('/v1/gateways', { name: 'x', team: 'red' });
  expect((await api.call('DELETE', `/v1/gateways/${gone.id}`)).status).toBe(204);
  api.time.at += 1000;
  const [, , id = '', secret = ''] = api.admin.split('_');
  return [
    ['nobody', null],
    ['a malformed token', 'kt_live_x'],
    ['an id with another secret', `kt_live_${id}_${secret.split('').reverse().join('')}`],
    ['an id that is not there', `kt_live_${id.split('').reverse().join('')}_${secret}`],
    ['an expired token', expiring.token],
    ['a revoked token', revoked.token],
    ['the token of a gateway that is gone', gone.token],
  ].map(([name = '', token = null]) => ({
    name: name ?? '',
    token,
    kind: 'nobody',
    holds: [],
    team: null,
    gateway: null,
  }));
}

const TARGETS = ['own', 'other', 'missing'] as const;
type Target = (typeof TARGETS)[number];

/** Ids that look like ours, and that nothing has. */
function missing(): Things {
  const id = 'zzzzzzzzzzzzzzzz';
  return {
    ...blue,
    team: 'green',
    link: `lnk_${id}`,
    configuration: 'no-such-configuration',
    version: '1',
    gateway: `gw_${id}`,
    token: id,
  };
}

const thingsOf = (target: Target): Things => ({ own: red, other: blue, missing: missing() })[target];

/** What must come of it, by the rules alone. */
function verdictOf(rule: Rule, caller: Caller, target: Target): keyof typeof counted {
  const { who } = rule;
  if (who === 'anybody') return 'allowed';
  if (caller.kind === 'nobody') return 'unauthenticated';
  if (who === 'any token') return 'allowed';
  const byGateway = who === 'gateway' || who.startsWith('gateway or ');
  if (caller.kind === 'gateway') {
    if (!byGateway) return 'forbidden';
    return rule.ids === null || thingsOf(target).gateway === caller.gateway ? 'allowed' : 'hidden';
  }
  if (who === 'gateway' || !caller.holds.includes(who.replace('gateway or ', ''))) return 'forbidden';
  if (rule.ids === null)
    return rule.team === 'body' && target !== 'own' && caller.team !== null ? 'forbidden' : 'allowed';
  if (target === 'missing') return 'hidden';
  return caller.team === null || target === 'own' ? 'allowed' : 'hidden';
}

const STATUS = { forbidden: 403, unauthenticated: 401, hidden: 404 } as const;

async function ask(operation: Operation, rule: Rule, caller: Caller, things: Things): Promise<Answer> {
  asked++;
  const path = filled(operation.path, rule.ids?.(things) ?? []);
  const query = rule.team === 'query' ? `?team=${things.team}` : '';
  const body = rule.body?.(things);
  const team = rule.team === 'body' ? { team: things.team } : {};
  return api.call(operation.method, `${path}${query}`, {
    token: caller.token,
    ...(body ? { body: { ...body, ...team } } : {}),
  });
}

/** One's own gateway is the one whose token it is. */
function targetsOf(caller: Caller, rule: Rule): readonly Target[] {
  if (rule.ids === null && rule.team === undefined) return ['own'];
  return caller.kind === 'nobody' || caller.kind === 'permission' ? ['own'] : TARGETS;
}

function casesOf(rule: Rule) {
  return callers.flatMap((caller) =>
    targetsOf(caller, rule).map((target) => ({ caller, target, verdict: verdictOf(rule, caller, target) })),
  );
}

describe('the rules', () => {
  it('are there for every operation of the document, and for no other', () => {
    expect(operations.map(({ name }) => name).sort()).toEqual(Object.keys(RULES).sort());
  });

  it('are what the document says of each operation', () => {
    for (const { name, described, status } of operations) {
      const rule = RULES[name];
      const [, permission = rule?.who] = /^gateway or (.*)$/.exec(rule?.who ?? '') ?? [];
      const wanted = {
        anybody: [],
        'any token': [{ token: [] }, { gateway: [] }],
        gateway: [{ gateway: [] }],
      }[rule?.who as 'anybody'] ?? [
        ...(rule?.who === permission ? [] : [{ gateway: [] }]),
        { token: [permission] },
      ];
      expect([name, described.security, status]).toEqual([name, wanted, rule?.status]);
    }
  });

  it('give each role the permissions that a token of it says it has', async () => {
    for (const role of ROLE_NAMES) {
      const made = await api.created('/v1/tokens', { name: 'x', role });
      expect([role, [...made.permissions].sort()]).toEqual([role, permissionsOf(role).sort()]);
    }
  });
});

describe('every operation', () => {
  const named = Object.entries(RULES);

  it.each(named)('refuses %s to whoever may not, without a trace', async (name, rule) => {
    const operation = operations.find((one) => one.name === name);
    if (!operation) throw new Error(`no route for ${name}`);
    const refused = casesOf(rule).filter(({ verdict }) => verdict !== 'allowed');
    if (refused.length === 0) return;
    const before = await traces();
    for (const { caller, target, verdict } of refused) {
      const answer = await ask(operation, rule, caller, thingsOf(target));
      counted[verdict]++;
      const expected = STATUS[verdict as keyof typeof STATUS];
      expect([name, caller.name, target, answer.status]).toEqual([name, caller.name, target, expected]);
      if (verdict === 'hidden')
        expect(answer.json).toEqual((await ask(operation, rule, caller, missing())).json);
      expect(answer.text).not.toContain(blue.mark);
    }
    expect(await traces()).toEqual(before);
  });

  it.each(named)('allows %s to whoever may', async (name, rule) => {
    const operation = operations.find((one) => one.name === name);
    if (!operation) throw new Error(`no route for ${name}`);
    for (const { caller, target, verdict } of casesOf(rule)) {
      if (verdict !== 'allowed') continue;
      const own = target === 'other' || caller.gateway === blue.gateway ? blue : red;
      const things = target === 'missing' ? { ...own, team: 'green' } : own;
      const answer = await ask(operation, rule, caller, (await rule.prepare?.(api, things)) ?? things);
      counted.allowed++;
      expect([name, caller.name, target, answer.status, answer.text]).toEqual([
        name,
        caller.name,
        target,
        rule.status,
        answer.text,
      ]);
      if (caller.team === 'red' && caller.gateway !== blue.gateway)
        expect(answer.text).not.toContain(blue.mark);
    }
  });

  it('reads nobody’s body before it knows that they may send it', async () => {
    const reader = await api.tokenFor('configurations_reader', 'red');
    for (const { name, method, path, described } of operations) {
      const rule = RULES[name];
      if (!described.requestBody || !rule) continue;
      for (const [token, status] of [
        [null, 401],
        [reader, 403],
      ] as const) {
        const pulled: string[] = [];
        const body = new ReadableStream(
          {
            pull: (stream) => {
              pulled.push(name);
              stream.error(new Error('was read'));
            },
          },
          { highWaterMark: 0 },
        );
        const answer = await api.app.request(filled(path, rule.ids?.(red) ?? []), {
          method,
          headers: {
            'content-type': 'application/json',
            ...(token ? { authorization: `Bearer ${token}` } : {}),
          },
          body,
          duplex: 'half',
        } as RequestInit);
        expect([name, answer.status, pulled]).toEqual([name, status, []]);
      }
    }
  });

  it('answers HEAD as it answers GET, to the same callers', async () => {
    const reader = await api.tokenFor('configurations_reader', 'red');
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      const rule = RULES[operation.name];
      if (!rule) continue;
      const path = filled(operation.path, rule.ids?.(red) ?? []);
      const head = await api.call('HEAD', path, { token: reader });
      const get = await api.call('GET', path, { token: reader });
      expect([operation.name, head.status, head.text]).toEqual([operation.name, get.status, '']);
      if (rule.who !== 'anybody') expect((await api.call('HEAD', path, { token: null })).status).toBe(401);
    }
  });
});

/** All that is kept or sent. */
async function traces() {
  return { rows: await api.rows(), hints: [...api.hints], announcements: [...api.announcements] };
}
