/** Which schemas have a name in the OpenAPI document: what is sent, and what is answered. */
import * as z from 'zod';

export const REQUESTS = z.registry<{ id: string }>();
export const RESPONSES = z.registry<{ id: string }>();

export function request<S extends z.ZodType>(id: string, schema: S): S {
  REQUESTS.add(schema, { id });
  return schema;
}

export function response<S extends z.ZodType>(id: string, schema: S): S {
  RESPONSES.add(schema, { id });
  return schema;
}
