/** The API: every route of the table behind one router, with the same manners. */
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { anonymous, authenticate, authorize, type Session } from './auth.ts';
import { readJson } from './body.ts';
import { internalError, notFound, REFUSALS, Refusal, refusalOf } from './errors.ts';
import { faultFacts } from './fault.ts';
import type { ApiPorts } from './ports.ts';
import type { Reply, Route } from './route.ts';
import { ROUTES } from './routes/table.ts';

/** What the Lambda adapter passes on; there is nothing of it in a test or on a plain server. */
export interface ApiEnv {
  Bindings: { readonly requestContext?: { readonly requestId?: string } };
}

export function apiApp(ports: ApiPorts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  for (const route of ROUTES) {
    app.on(route.method.toUpperCase(), toPattern(route.path), (c) => answer(c, route, ports));
  }
  for (const [path, methods] of methodsByPath()) {
    app.all(toPattern(path), (c) => finish(c, path, ports, async () => refuseMethod(methods)));
  }
  app.notFound((c) => finish(c, null, ports, async () => Promise.reject(notFound('path'))));
  return app;
}

async function answer(c: Context<ApiEnv>, route: Route, ports: ApiPorts): Promise<Response> {
  return finish(c, route.path, ports, async (requestId, know, heard) => {
    const session = await sessionFor(c, route, ports, requestId);
    know(session);
    authorize(session, route.needs);
    const reply = await route.answer(
      {
        params: parseIds(c.req.param()),
        query: parseQuery(c.req.url),
        body: async () => {
          const body = await readJson(c.req.raw);
          heard.push(body);
          return body;
        },
        session,
        requestId,
        ifNoneMatch: c.req.header('if-none-match') ?? null,
      },
      ports,
    );
    return toResponse(route, reply);
  });
}

async function sessionFor(c: Context<ApiEnv>, route: Route, ports: ApiPorts, requestId: string) {
  if (route.needs === 'public') return anonymous(requestId);
  return authenticate(c.req.header('authorization') ?? null, ports, requestId);
}

/** `heard`: what was read of the request, which must not be told to the log. */
type Work = (requestId: string, know: (session: Session) => void, heard: unknown[]) => Promise<Response>;

/** What every answer has in common: an id, safe headers, one line in the log. */
async function finish(
  c: Context<ApiEnv>,
  path: string | null,
  ports: ApiPorts,
  work: Work,
): Promise<Response> {
  const started = performance.now();
  const requestId = requestIdOf(c);
  let token: string | null = null;
  let trouble: object = {};
  const heard: unknown[] = [];
  const know = (session: Session) => {
    token = session.token?.id ?? null;
  };
  const response = await work(requestId, know, heard).catch((error: unknown) => {
    const refusal = refusalOf(error);
    const asked = [secretOf(c.req.header('authorization')), parseQuery(c.req.url)];
    if (!refusal) trouble = faultFacts(error, [...asked, ...heard]);
    return refuse(refusal ?? internalError(requestId));
  });
  for (const [name, value] of Object.entries(headersFor(requestId, ports.settings.publicUrl))) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  const ms = Math.round((performance.now() - started) * 10) / 10;
  const about = { request_id: requestId, method: c.req.method, route: path, token };
  ports.log.fact('api.answered', { ...about, status: response.status, ms, ...trouble });
  return response;
}

function requestIdOf(c: Context<ApiEnv>): string {
  const given = c.env?.requestContext?.requestId;
  return given !== undefined && /^[\w=-]{1,64}$/.test(given) ? given : randomUUID();
}

function headersFor(requestId: string, publicUrl: string): Record<string, string> {
  return {
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...(publicUrl.startsWith('https:')
      ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
      : {}),
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';

function toResponse(route: Route, { status, body, headers = {} }: Reply<unknown>): Response {
  if (status === 304 || body === null) return new Response(null, { status: status ?? route.status, headers });
  const media = route.response !== null && 'mediaType' in route.response ? route.response.mediaType : null;
  const content =
    body instanceof Uint8Array ? new Uint8Array(body) : media ? String(body) : JSON.stringify(body);
  return new Response(content, {
    status: route.status,
    headers: { 'content-type': media ?? JSON_TYPE, ...headers },
  });
}

function refuse(refusal: Refusal): Response {
  return new Response(JSON.stringify(refusal.body), {
    status: REFUSALS[refusal.type],
    headers: { 'content-type': JSON_TYPE, ...refusal.headers },
  });
}

function refuseMethod(methods: readonly string[]): never {
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
  const message = `this path takes ${allow}`;
  throw new Refusal('method_not_allowed', 'method_not_allowed', message, { headers: { allow } });
}

function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of ROUTES) {
    methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  }
  return methods;
}

const toPattern = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1');

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Ids go into keys as they are: what cannot be one names nothing. */
function parseIds(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (!Object.values(params).every((id) => ID.test(id))) throw notFound('thing');
  return params;
}

/** A parameter given twice becomes a list, which no schema takes. */
function parseQuery(url: string): Record<string, string | string[]> {
  const { searchParams } = new URL(url);
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

/** What follows the last `_` or blank: the rest of a token says which one it is. */
const secretOf = (authorization: string | undefined) => authorization?.split(/[\s_]/).at(-1);
