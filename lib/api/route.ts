/** A route: one row of the table that validation, types, permissions and OpenAPI all come from. */
import * as z from 'zod';
import type { Permission } from '../domain/token.ts';
import type { Session } from './auth.ts';
import { invalidShape } from './errors.ts';
import type { ApiPorts } from './ports.ts';

/**
 * `public`: nobody need say who they are. `token`: any token. `gateway`: `gateways:read`, or the gateway's own token.
 * `own gateway`: that token and no other, for what only the gateway itself can know.
 */
export type Needs = Permission | 'public' | 'token' | 'gateway' | 'own gateway';

export type Method = 'get' | 'post' | 'patch' | 'delete';

/** What a route answers with when it is not JSON. */
export interface Media {
  readonly mediaType: string;
}
export type ResponseShape = z.ZodType | Media | null;

export interface Reply<T> {
  readonly body: T;
  /** Without a body: what the caller has is current. */
  readonly status?: 304;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiRequest<Name extends string, Query, Body> {
  readonly params: Readonly<Record<Name, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly session: Session;
  readonly requestId: string;
  readonly ifNoneMatch: string | null;
}

export interface RawRequest extends Omit<ApiRequest<string, unknown, unknown>, 'query' | 'body'> {
  readonly query: unknown;
  /** Reads the body on demand: nobody's body is read before they may send it. */
  readonly body: () => Promise<unknown>;
}

export interface Route {
  readonly method: Method;
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly needs: Needs;
  readonly summary: string;
  readonly query: z.ZodObject | null;
  readonly body: z.ZodType | null;
  readonly status: number;
  readonly response: ResponseShape;
  answer(request: RawRequest, ports: ApiPorts): Promise<Reply<unknown>>;
}

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type BodyOf<R extends ResponseShape> = R extends z.ZodType
  ? z.input<R>
  : R extends Media
    ? string | Uint8Array
    : null;

const NO_QUERY = z.strictObject({});
const NO_BODY = z.undefined();

interface Definition<
  Path extends string,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Response extends ResponseShape,
> {
  readonly method: Method;
  readonly path: Path;
  readonly needs: Needs;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly status: number;
  readonly response: Response;
  readonly handle: (
    request: ApiRequest<NamesIn<Path>, z.output<Query>, z.output<Body>>,
    ports: ApiPorts,
  ) => Promise<Reply<BodyOf<Response> | null>>;
}

/** Ties a handler to its schemas: it is called with what they let through, and nothing else. */
export function route<
  Path extends string,
  Response extends ResponseShape,
  Query extends z.ZodObject = typeof NO_QUERY,
  Body extends z.ZodType = typeof NO_BODY,
>(definition: Definition<Path, Query, Body, Response>): Route {
  const { query = null, body = null, handle, ...rest } = definition;
  return {
    ...rest,
    query,
    body,
    async answer(raw, ports) {
      const parsed = {
        ...raw,
        params: parseParams<Path>(raw.params),
        query: parse<z.output<Query>>(query ?? NO_QUERY, raw.query),
        body: parse<z.output<Body>>(body ?? NO_BODY, body ? await raw.body() : undefined),
      };
      return handle(parsed, ports);
    },
  };
}

function parse<T>(schema: z.ZodType, value: unknown): T {
  // With the input, only so that a field that is missing can be told from one of another type.
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) throw invalidShape(parsed.error.issues);
  return parsed.data as T;
}

/** The router only matches a path with all its parameters in it. */
function parseParams<Path extends string>(params: Readonly<Record<string, string>>) {
  return params as Readonly<Record<NamesIn<Path>, string>>;
}
