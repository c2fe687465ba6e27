/**
 * The API in process, over a world of any kind: tokens of every role and team, and a `call` that checks of every
 * answer what is true of all: it has the shape the table of routes promises, and holds no secret.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'vitest';
import { apiApp } from '../../lib/api/app.ts';
import type { ApiPorts } from '../../lib/api/ports.ts';
import { ROUTES } from '../../lib/api/routes/table.ts';
import { ERROR } from '../../lib/api/schemas/error.ts';
import { ROLES, type Role } from '../../lib/domain/token.ts';
import { createToken } from '../../lib/pipeline/manage/tokens.ts';
import { CALLER, type WorldOver } from './world-of.ts';

export const PUBLIC_URL = 'https://kt.example';

// biome-ignore lint/suspicious/noExplicitAny: what a test looks at in an answer is what it states.
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

export interface CallOptions {
  /** Null: none. Left out: one that may do everything, everywhere. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Api = Awaited<ReturnType<typeof apiOver>>;

type Outside = Pick<ApiPorts, 'queues' | 'queueAccess' | 'reloads'>;

/** An API over an empty table, but for what `override` says otherwise. */
export async function apiOver(inner: WorldOver, outside: Outside, override: Partial<ApiPorts> = {}) {
  const ports: ApiPorts = {
    ...inner.ports,
    ...outside,
    settings: {
      publicUrl: PUBLIC_URL,
      gatewayQueuePrefix: `${inner.ports.table.name}-gw-`,
      gitAllowedNetworks: ['127.0.0.0/8'],
    },
    ready: async () => {},
    ...override,
  };
  const app = apiApp(ports);
  /** Must not be seen in any answer but the one that gives it out. */
  const canaries: string[] = [];

  async function tokenFor(role: Role, team: string | null = null): Promise<string> {
    const wish = { name: `${role} of ${team}`, role, permissions: ROLES[role], team, expiresAt: null };
    const { text } = await createToken(wish, CALLER, ports);
    canaries.push(text.slice('kt_live_'.length + 17));
    return text;
  }
  const admin = await tokenFor('admin');

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { token = admin, body, headers = {} } = options;
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await app.request(path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' && JSON.parse(text),
    };
    checkAnswer(method, path, answer);
    for (const canary of canaries) expect(text.includes(canary)).toBe(false);
    return answer;
  }

  /** Every row there is. */
  async function rows(): Promise<readonly Record<string, unknown>[]> {
    const { client, name } = inner.ports.table;
    const { Items = [] } = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
    return Items.map((item) => unmarshall(item)).sort((a, b) => (rowName(a) < rowName(b) ? -1 : 1));
  }

  return {
    ...inner,
    table: inner.ports.table,
    ports,
    app,
    admin,
    tokenFor,
    canaries,
    call,
    rows,
    /** Expects a refusal that leaves no trace in the table; answers the error. */
    async refused(status: number, method: string, path: string, options: CallOptions = {}): Promise<Json> {
      const before = await rows();
      const answer = await call(method, path, options);
      expect([answer.status, answer.text]).toEqual([status, answer.text]);
      expect(await rows()).toEqual(before);
      return answer.json.error;
    },
    async created(path: string, body: unknown, token?: string): Promise<Json> {
      const answer = await call('POST', path, { body, ...(token ? { token } : {}) });
      expect([answer.status, answer.text]).toEqual([201, answer.text]);
      return answer.json;
    },
  };
}

const rowName = (row: Record<string, unknown>) => `${row['pk']}/${row['sk']}`;

/** True of every answer, whatever was asked. */
function checkAnswer(method: string, path: string, { status, headers, json, text }: Answer): void {
  expect(headers.get('x-request-id')).toMatch(/^[\w-]{1,64}$/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('strict-transport-security')).toBeTruthy();
  expect(headers.has('etag') || headers.get('cache-control') !== null).toBe(true);
  if (!headers.has('etag') && !headers.get('cache-control')?.startsWith('public'))
    expect(headers.get('cache-control')).toBe('no-store');
  if (status >= 400) {
    if (method !== 'HEAD') expect(ERROR.safeParse(json)).toMatchObject({ success: true });
    return;
  }
  const route = routeOf(method, path);
  const { response = null } = route ?? {};
  if (status !== 304) expect(status).toBe(route?.status);
  if (status === 304 || method === 'HEAD' || response === null) expect(text).toBe('');
  else if ('mediaType' in response) expect(headers.get('content-type')).toBe(response.mediaType);
  else expect(response.safeParse(json).error?.issues).toBeUndefined();
}

export function routeOf(method: string, path: string) {
  const plain = path.replace(/\?.*/s, '');
  const wanted = method === 'HEAD' ? 'GET' : method;
  return ROUTES.find(
    (route) =>
      route.method.toUpperCase() === wanted &&
      new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  );
}

/** As it would be sent for a repository that is there. */
export const LINK = {
  repo_url: 'https://github.com/acme/policies',
  path: 'prod/policy-config.yaml',
  auto_create_configuration: true,
};
