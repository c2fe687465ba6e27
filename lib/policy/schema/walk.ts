/** Walk: from a schema to the schemas of what it holds. */
import * as z from 'zod';

/** Without `optional`, `default` and their like. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodNullable)
    inner = inner.def.innerType;
  return inner;
}

/** The forms a value may have: those of a union, else the schema alone. */
export function formsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodUnion ? inner.def.options.flatMap(formsOf) : [inner];
}

/** What stands at one step into a form (never a union); undefined when it has no such place. */
export function stepInto(form: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  if (form instanceof z.ZodObject) return Object.hasOwn(form.shape, step) ? form.shape[step] : undefined;
  if (form instanceof z.ZodRecord) return form.def.valueType;
  return form instanceof z.ZodArray && typeof step === 'number' ? form.def.element : undefined;
}

/** The keys a strict object takes; empty for anything else. */
export function keysOf(form: z.core.$ZodType): readonly string[] {
  return form instanceof z.ZodObject ? Object.keys(form.shape) : [];
}
