/**
 * Who may do what, written by hand from docs/api.md and from nothing in `lib/api`: a route that is not in here fails
 * the matrix, and so does a rule without a route.
 */
import type { Api } from '../support/api-over.ts';
import { decision } from '../support/decisions.ts';
import { applied } from '../support/signing-gateway.ts';
import { policy } from '../support/world.ts';
import type { Things } from './api-teams.ts';

export const ROLE_NAMES = [
  'configurations_reader',
  'configurations_writer',
  'configurations_activator',
  'admin',
] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** Each permission, and the roles that have it. */
export const HELD_BY = {
  'configurations:read': ROLE_NAMES,
  'configurations:write': ['configurations_writer', 'admin'],
  'configurations:activate': ['configurations_activator', 'admin'],
  'gateways:read': ROLE_NAMES,
  'gateways:write': ['admin'],
  'events:read': ROLE_NAMES,
  'tokens:read': ['admin'],
  'tokens:write': ['admin'],
} as const satisfies Record<string, readonly RoleName[]>;
export type PermissionName = keyof typeof HELD_BY;

export interface Rule {
  /** `anybody`: without a token. `gateway`: the gateway of the path. */
  readonly who: 'anybody' | 'any token' | 'gateway' | PermissionName | `gateway or ${PermissionName}`;
  readonly status: number;
  /** What stands in the path for its braces; null: the path has none. */
  readonly ids: ((things: Things) => readonly string[]) | null;
  readonly body?: (things: Things) => object;
  /** Where a team may be named. */
  readonly team?: 'query' | 'body';
  /** Before a call that is to go well: makes what it uses up. Answers the things to call it with. */
  readonly prepare?: (api: Api, things: Things) => Promise<Things>;
}

let made = 0;
const fresh = (word: string) => `${word}-${++made}`;

const link = (t: Things) => [t.link];
const configuration = (t: Things) => [t.configuration];
const version = (t: Things) => [t.configuration, t.version];
const gateway = (t: Things) => [t.gateway];

const wishOfLink = () => ({
  repo_url: 'https://github.com/acme/policies',
  path: `${fresh('policies')}.yaml`,
  auto_create_configuration: true,
});

const read = (who: Rule['who'], ids: Rule['ids'], more: Partial<Rule> = {}): Rule => ({
  who,
  status: 200,
  ids,
  ...more,
});

async function withLink(api: Api, things: Things): Promise<Things> {
  const { id } = await api.created('/v1/git-repos', { ...wishOfLink(), team: things.team });
  return { ...things, link: id };
}

async function withConfiguration(api: Api, things: Things): Promise<Things> {
  const body = { id: fresh('cfg'), name: 'x', team: things.team };
  return { ...things, configuration: (await api.created('/v1/configurations', body)).id };
}

async function withGateway(api: Api, things: Things): Promise<Things> {
  return {
    ...things,
    gateway: (await api.created('/v1/gateways', { name: 'x', team: things.team })).id,
  };
}

async function withToken(api: Api, things: Things): Promise<Things> {
  const body = { name: 'x', role: 'configurations_reader', team: things.team };
  return { ...things, token: (await api.created('/v1/tokens', body)).id };
}

async function withHold(api: Api, things: Things): Promise<Things> {
  const path = `/v1/configurations/${things.configuration}/versions/${things.version}/activate`;
  const answer = await api.call('POST', path, { body: { reason: 'x', hold: { minutes: 5 } } });
  if (answer.status !== 200) throw new Error(answer.text);
  return things;
}

export const RULES: Readonly<Record<string, Rule>> = {
  'GET /healthz': read('anybody', null),
  'GET /readyz': read('anybody', null),
  'GET /openapi.json': read('anybody', null),
  'GET /schemas/policy-config.json': read('anybody', null),
  'GET /v1/keys': read('anybody', null),
  'GET /v1/proof-keys': read('anybody', null),

  'GET /v1/whoami': read('any token', null),
  'GET /metrics': read('configurations:read', null),
  'GET /v1/events': read('events:read', null, { team: 'query' }),

  'GET /v1/git-repos': read('configurations:read', null, { team: 'query' }),
  'POST /v1/git-repos': {
    who: 'configurations:write',
    status: 201,
    ids: null,
    body: wishOfLink,
    team: 'body',
  },
  'GET /v1/git-repos/{id}': read('configurations:read', link),
  'PATCH /v1/git-repos/{id}': read('configurations:write', link, {
    body: () => ({ poll_interval_seconds: 90 }),
  }),
  'DELETE /v1/git-repos/{id}': {
    who: 'configurations:write',
    status: 204,
    ids: link,
    prepare: withLink,
  },
  'POST /v1/git-repos/{id}/sync': { who: 'configurations:write', status: 202, ids: link, body: () => ({}) },
  'POST /v1/git-repos/{id}/hook-secret': read('configurations:write', link, { body: () => ({}) }),

  'GET /v1/configurations': read('configurations:read', null, { team: 'query' }),
  'POST /v1/configurations': {
    who: 'configurations:write',
    status: 201,
    ids: null,
    body: () => ({ id: fresh('cfg'), name: 'x', policy_yaml: policy() }),
    team: 'body',
  },
  'GET /v1/configurations/{id}': read('configurations:read', configuration),
  'PATCH /v1/configurations/{id}': read('configurations:write', configuration, {
    body: () => ({ description: 'x' }),
  }),
  'DELETE /v1/configurations/{id}': {
    who: 'configurations:write',
    status: 204,
    ids: configuration,
    prepare: withConfiguration,
  },
  'GET /v1/configurations/{id}/versions': read('configurations:read', configuration),
  'GET /v1/configurations/{id}/versions/{v}': read('configurations:read', version),
  'GET /v1/configurations/{id}/versions/{v}/content': read('configurations:read', version),
  'GET /v1/configurations/{id}/versions/{v}/diff': read('configurations:read', version),
  'POST /v1/configurations/{id}/versions/{v}/activate': read('configurations:activate', version, {
    body: () => ({ reason: 'x' }),
  }),
  'DELETE /v1/configurations/{id}/hold': {
    who: 'configurations:activate',
    status: 204,
    ids: configuration,
    prepare: withHold,
  },
  'GET /v1/configurations/{id}/convergence': read('gateways:read', configuration),
  'GET /v1/configurations/{id}/versions/{v}/proof': read('gateways:read', version),
  'GET /v1/configurations/{id}/versions/{v}/receipts': read('gateways:read', version),

  'GET /v1/gateways': read('gateways:read', null, { team: 'query' }),
  'POST /v1/gateways': {
    who: 'gateways:write',
    status: 201,
    ids: null,
    body: () => ({ name: 'x' }),
    team: 'body',
  },
  'GET /v1/gateways/{id}': read('gateways:read', gateway),
  'PATCH /v1/gateways/{id}': read('gateways:write', gateway, { body: () => ({ labels: { x: 'y' } }) }),
  'DELETE /v1/gateways/{id}': { who: 'gateways:write', status: 204, ids: gateway, prepare: withGateway },
  'POST /v1/gateways/{id}/reload': { who: 'gateways:write', status: 202, ids: gateway },
  'GET /v1/gateways/{id}/configuration': read('gateway or gateways:read', gateway),
  'GET /v1/gateways/{id}/receipts': read('gateways:read', gateway),
  'GET /v1/gateways/{id}/history': read('gateways:read', gateway),
  'POST /v1/gateways/{id}/receipts': {
    who: 'gateway',
    status: 201,
    ids: gateway,
    body: (t) => t.gatewayKey.signed(applied(t.gateway, t.manifest)),
  },
  'POST /v1/gateways/{id}/heartbeat': {
    who: 'gateway',
    status: 204,
    ids: gateway,
    body: (t) => ({ content_hash: t.contentHash }),
  },
  'POST /v1/gateways/{id}/queue-credentials': { who: 'gateway', status: 200, ids: gateway },
  'POST /v1/events': {
    who: 'gateway',
    status: 202,
    ids: null,
    body: () => ({ events: [decision()] }),
  },

  'GET /v1/tokens': read('tokens:read', null),
  'POST /v1/tokens': {
    who: 'tokens:write',
    status: 201,
    ids: null,
    body: () => ({ name: 'x', permissions: ['tokens:write'] }),
    team: 'body',
  },
  'DELETE /v1/tokens/{id}': { who: 'tokens:write', status: 204, ids: (t) => [t.token], prepare: withToken },
};
