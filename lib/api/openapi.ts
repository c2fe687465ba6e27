/** OpenAPI 3.1: the table of routes, in the form that other tools read. */
import * as z from 'zod';
import type { Needs, Route } from './route.ts';
import { ERROR } from './schemas/error.ts';
import { REQUESTS, RESPONSES } from './schemas/registry.ts';

/** Without `servers`: where it is deployed is not the table's affair. */
export function openApiDocument(routes: readonly Route[]) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0' as const,
    info: {
      title: 'kt-gitops',
      version: '1',
      description: 'Git as the source of truth for gateway policies.',
    },
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'kt_live_<id>_<secret>' },
        gateway: { type: 'http', scheme: 'bearer', description: 'The token of the gateway itself.' },
      },
    },
  };
}

function operation(route: Route): object {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return {
    summary: route.summary,
    operationId: `${route.method} ${route.path}`.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/_$/, ''),
    security: securityOf(route.needs),
    ...(route.needs === 'public' ? {} : { description: neededBy(route.needs) }),
    ...(names.length > 0 || route.query ? { parameters: [...names.map(inPath), ...inQuery(route)] } : {}),
    ...(route.body ? { requestBody: requestBody(route.body) } : {}),
    responses: {
      [route.status]: { description: route.summary, ...content(route) },
      default: {
        description: 'Refused, or failed',
        content: { 'application/json': { schema: refTo(RESPONSES, ERROR) } },
      },
    },
  };
}

/** Any one of these will do. What is listed of a token are the permissions it must have (OpenAPI 3.1, Security Requirement Object). */
function securityOf(needs: Needs): object[] {
  if (needs === 'public') return [];
  if (needs === 'token') return [{ token: [] }, { gateway: [] }];
  if (needs === 'gateway') return [{ gateway: [] }, { token: ['gateways:read'] }];
  return needs === 'own gateway' ? [{ gateway: [] }] : [{ token: [needs] }];
}

function neededBy(needs: Exclude<Needs, 'public'>): string {
  if (needs === 'token') return 'Any token.';
  if (needs === 'gateway') return "The gateway's own token, or the permission gateways:read.";
  if (needs === 'own gateway') return "The gateway's own token, and no other.";
  return `Needs the permission ${needs}.`;
}

const inPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } });

function inQuery({ query }: Route): object[] {
  if (!query) return [];
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    schema: plain(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
  }));
}

function requestBody(body: z.ZodType): object {
  const required = !body.safeParse({}).success;
  return { required, content: { 'application/json': { schema: refTo(REQUESTS, body) } } };
}

function content({ response }: Route): object {
  if (response === null) return {};
  if ('mediaType' in response) {
    const [type = ''] = response.mediaType.split(';');
    return { content: { [type]: { schema: { type: 'string' } } } };
  }
  return { content: { 'application/json': { schema: refTo(RESPONSES, response) } } };
}

type Registry = typeof REQUESTS;
const locate = (id: string) => `#/components/schemas/${id}`;

/** Throws for a schema without a name: every body is in the table of components. */
function refTo(registry: Registry, schema: z.ZodType): object {
  const id = registry.get(schema)?.id;
  if (id === undefined) throw new Error('a schema of a body has no name');
  return { $ref: locate(id) };
}

function components(): Record<string, object> {
  const requests = z.toJSONSchema(REQUESTS, { io: 'input', uri: locate });
  const responses = z.toJSONSchema(RESPONSES, { io: 'output', uri: locate });
  const all = { ...responses.schemas, ...requests.schemas };
  return Object.fromEntries(Object.entries(all).map(([id, schema]) => [id, plain(schema)]));
}

/** In an OpenAPI document the dialect is given once, and a component is found by its place. */
function plain(schema: object): object {
  return Object.fromEntries(
    Object.entries(schema).filter(([name]) => !['$schema', '$id', '~standard'].includes(name)),
  );
}
