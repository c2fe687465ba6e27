/** Properties of a resource, resolved and read by a schema. */
import * as z from 'zod';
import type { Resource, Template } from './template.ts';

export const name = z.string().min(1);
export const tally = z.coerce.number().int().nonnegative();
export const flag = z.union([z.boolean(), z.stringbool()]);

export function kind(template: Template, type: string): Resource[] {
  return template.resources.filter((resource) => resource.type === type);
}

/** Reads only `properties` when given: the rest may name resources that do not exist here. */
export function shaped<S extends z.ZodType>(
  schema: S,
  { id, type, properties }: Resource,
  template: Template,
  only?: readonly string[],
): z.output<S> {
  const all = typeof properties === 'object' && properties !== null ? Object.entries(properties) : [];
  const read = Object.fromEntries(only ? all.filter(([property]) => only.includes(property)) : all);
  const parsed = schema.safeParse(template.resolve(read));
  if (parsed.success) return parsed.data;
  throw new Error(`${id} (${type}) cannot be run here: ${z.prettifyError(parsed.error)}`);
}
