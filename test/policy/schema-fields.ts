/** The fields of the document schemas, by the patterns of the stances: `policy.rbac.roles.*.allowed_tools`. */
import * as z from 'zod';
import { BLOCKS } from '../../lib/policy/schema/kinds/registry.ts';
import { LIMIT_SECTIONS } from '../../lib/policy/schema/limits.ts';
import { NETWORK_SECTIONS } from '../../lib/policy/schema/network.ts';
import { PACK } from '../../lib/policy/schema/pack.ts';
import { PROVIDERS_SECTION } from '../../lib/policy/schema/providers.ts';
import { RUNTIME_SECTIONS } from '../../lib/policy/schema/runtime.ts';
import { TESTING } from '../../lib/policy/schema/testing.ts';

/** As JSON Schema writes it: easier to walk than what zod keeps inside. */
export interface Field {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: boolean | Field;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
}

/** Every field that holds no further known fields; a list of single values is one field. */
export function schemaFields(): ReadonlyMap<string, Field> {
  const found = new Map<string, Field>();
  const sections = { pack: PACK, providers: PROVIDERS_SECTION, testing: TESTING };
  const all = { ...sections, ...LIMIT_SECTIONS, ...NETWORK_SECTIONS, ...RUNTIME_SECTIONS };
  for (const [name, schema] of Object.entries(all)) collect(jsonOf(schema), name, found);
  for (const [kind, forms] of Object.entries(BLOCKS))
    for (const form of forms) collect(jsonOf(form), `policy.${kind}`, found);
  return found;
}

function jsonOf(schema: z.ZodType): Field {
  // The two describe fields with other words for the same things.
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Field;
}

function collect(field: Field, path: string, found: Map<string, Field>): void {
  const { properties = {}, additionalProperties: rest, items, anyOf } = field;
  if (anyOf?.some(isDeep)) for (const form of anyOf.filter(isDeep)) collect(form, path, found);
  else if (!isDeep(field)) found.set(path, field);
  else if (items) collect(items, `${path}[]`, found);
  else {
    for (const [name, child] of Object.entries(properties)) collect(child, `${path}.${name}`, found);
    if (typeof rest === 'object' && Object.keys(rest).length > 0) collect(rest, `${path}.*`, found);
  }
}

function isDeep({ properties, additionalProperties: rest, items, anyOf }: Field): boolean {
  if (items) return isDeep(items);
  if (anyOf?.some(isDeep)) return true;
  if (Object.keys(properties ?? {}).length > 0) return true;
  return typeof rest === 'object' && Object.keys(rest).length > 0;
}
