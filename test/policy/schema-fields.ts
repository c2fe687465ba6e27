/** The fields of the document schemas, by the patterns of the stances: `policy.rbac.roles.*.allowed_tools`. */
import { policyJsonSchema } from '../../lib/policy/json-schema.ts';

/** As JSON Schema writes it: easier to walk than what zod keeps inside. */
export interface Field {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: boolean | Field;
  readonly patternProperties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
}

/** Every field that holds no further known fields; a list of single values is one field. */
export function schemaFields(): ReadonlyMap<string, Field> {
  const found = new Map<string, Field>();
  // A configuration is what a document is when it is not one of a single policy.
  collect(policyJsonSchema()['else'] as Field, '', found);
  return found;
}

/** Every field that must stand where what it is part of stands. */
export function requiredFields(): readonly string[] {
  const found = new Set<string>();
  const visit = (field: Field, path: string): void => {
    for (const name of field.required ?? []) found.add(below(path, name));
    for (const [step, child] of childrenOf(field)) visit(child, below(path, step));
    for (const form of field.anyOf ?? []) visit(form, path);
  };
  visit(policyJsonSchema()['else'] as Field, '');
  return [...found];
}

function collect(field: Field, path: string, found: Map<string, Field>): void {
  const { anyOf } = field;
  if (anyOf?.some(isDeep)) for (const form of anyOf.filter(isDeep)) collect(form, path, found);
  else if (!isDeep(field)) found.set(path, field);
  else for (const [step, child] of childrenOf(field)) collect(child, below(path, step), found);
}

function isDeep(field: Field): boolean {
  if (field.items) return isDeep(field.items);
  return (field.anyOf?.some(isDeep) ?? false) || childrenOf(field).length > 0;
}

function childrenOf(field: Field): readonly (readonly [step: string, child: Field])[] {
  const { properties = {}, patternProperties = {}, additionalProperties: rest, items } = field;
  const others = typeof rest === 'object' && Object.keys(rest).length > 0 ? [rest] : [];
  return [
    ...(items ? [['[]', items] as const] : []),
    ...Object.entries(properties),
    ...[...Object.values(patternProperties), ...others].map((child) => ['*', child] as const),
  ];
}

function below(path: string, step: string): string {
  return path === '' || step === '[]' ? `${path}${step}` : `${path}.${step}`;
}
