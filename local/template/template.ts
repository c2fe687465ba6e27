/** A synthesized CloudFormation template: its resources, and the values of its intrinsic functions. */
import * as z from 'zod';

const RESOURCE = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
});
const PARAMETER = z.object({
  Type: z.string(),
  Default: z.union([z.string(), z.number()]).transform(String).optional(),
});
const TEMPLATE = z.object({
  Parameters: z.record(z.string(), PARAMETER).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), RESOURCE),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});

type Content = z.output<typeof TEMPLATE>;
type Values = Readonly<Record<string, string>>;

export interface Resource {
  readonly id: string;
  readonly type: string;
  /** As written: pass through `resolve` before reading. */
  readonly properties: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Template {
  /** Resources whose condition holds, in template order. */
  readonly resources: readonly Resource[];
  /** What `Ref` and `Fn::GetAtt` on this resource answer from now on. */
  know(id: string, ref: string, attributes?: Values): void;
  /** The value with every intrinsic function worked out. Throws on one that is not supported, or not known yet. */
  resolve(value: unknown): unknown;
  outputs(): Record<string, string>;
}

export interface Surroundings {
  readonly region: string;
  readonly parameters: Values;
}

export const ACCOUNT = '000000000000';
const ABSENT = Symbol('AWS::NoValue');

/** Throws when a parameter has neither a default nor a value, or a value names no parameter. */
export function readTemplate(json: unknown, { region, parameters }: Surroundings): Template {
  const content = TEMPLATE.parse(json);
  const scope: Scope = {
    content,
    known: new Map(Object.entries({ ...pseudo(region), ...chosen(content, parameters) })),
    ids: new Set(Object.keys(content.Resources)),
  };
  const resources = Object.entries(content.Resources)
    .filter(([, resource]) => resource.Condition === undefined || condition(resource.Condition, scope))
    .map(([id, resource]) => ({
      id,
      type: resource.Type,
      properties: resource.Properties,
      metadata: resource.Metadata,
    }));
  const known = (value: unknown) => {
    const found = resolve(value, scope);
    return found === ABSENT ? undefined : found;
  };
  return {
    resources,
    know: (id, ref, attributes = {}) => {
      scope.known.set(id, ref);
      for (const [name, value] of Object.entries(attributes)) scope.known.set(`${id}.${name}`, value);
    },
    resolve: known,
    outputs: () =>
      Object.fromEntries(
        Object.entries(content.Outputs).map(([name, { Value }]) => [name, String(known(Value))]),
      ),
  };
}

interface Scope {
  readonly content: Content;
  /** `Name` for what `Ref` answers, `Name.Attribute` for `Fn::GetAtt`. */
  readonly known: Map<string, string>;
  readonly ids: ReadonlySet<string>;
}

function pseudo(region: string): Values {
  return {
    'AWS::Region': region,
    'AWS::AccountId': ACCOUNT,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': 'local',
    'AWS::StackId': `arn:aws:cloudformation:${region}:${ACCOUNT}:stack/local/local`,
  };
}

function chosen(content: Content, given: Values): Values {
  const strangers = Object.keys(given).filter((name) => !(name in content.Parameters));
  if (strangers.length > 0) throw new Error(`the template has no parameter ${strangers.join(', ')}`);
  const values = Object.entries(content.Parameters).map(([name, { Default }]) => [
    name,
    given[name] ?? Default,
  ]);
  const missing = values.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0) throw new Error(`the template needs a value for parameter ${missing.join(', ')}`);
  return Object.fromEntries(values);
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => (name === 'AWS::NoValue' ? ABSENT : lookUp(text(name), scope)),
  'Fn::GetAtt': (argument, scope) =>
    lookUp(
      Array.isArray(argument) ? argument.map((part) => text(resolve(part, scope))).join('.') : text(argument),
      scope,
    ),
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list(argument, scope);
    return list(parts, scope).map(text).join(text(separator));
  },
  'Fn::Select': (argument, scope) => {
    const [index, from] = list(argument, scope);
    return list(from, scope)[Number(index)];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, whole] = list(argument, scope);
    return text(whole).split(text(separator));
  },
  'Fn::Sub': (argument, scope) => {
    const [format, local] = Array.isArray(argument) ? argument : [argument, {}];
    const values = resolve(local, scope);
    const own = typeof values === 'object' && values !== null ? new Map(Object.entries(values)) : new Map();
    return text(format).replace(/\$\{(!?)([^}]+)\}/g, (_, literal, name) =>
      literal ? `\${${name}}` : text(own.get(name) ?? lookUp(name, scope)),
    );
  },
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = Array.isArray(argument) ? argument : [];
    return resolve(condition(text(name), scope) ? yes : no, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, scope);
    return text(left) === text(right);
  },
  'Fn::And': (argument, scope) => list(argument, scope).every((value) => value === true),
  'Fn::Or': (argument, scope) => list(argument, scope).some((value) => value === true),
  'Fn::Not': (argument, scope) => list(argument, scope)[0] !== true,
};

function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value))
    return value.map((item) => resolve(item, scope)).filter((item) => item !== ABSENT);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries.length === 1 && entries[0] ? entries[0] : ['', undefined];
  const intrinsic = INTRINSICS[name];
  if (intrinsic) return intrinsic(argument, scope);
  if (name === 'Condition' && typeof argument === 'string') return condition(argument, scope);
  if (name.startsWith('Fn::')) throw new Error(`${name} is not supported`);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, resolve(item, scope)]).filter(([, item]) => item !== ABSENT),
  );
}

function condition(name: string, scope: Scope): boolean {
  const rule = scope.content.Conditions[name];
  if (rule === undefined) throw new Error(`the template has no condition ${name}`);
  return resolve(rule, scope) === true;
}

function lookUp(name: string, { known, ids }: Scope): string {
  const value = known.get(name);
  if (value !== undefined) return value;
  const id = name.split('.')[0] ?? name;
  throw new Error(ids.has(id) ? `${name} has no value on this machine` : `${name} is not in the template`);
}

function list(value: unknown, scope: Scope): unknown[] {
  const found = resolve(value, scope);
  return Array.isArray(found) ? found : [found];
}

function text(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error(`expected text in the template, found ${JSON.stringify(value)}`);
}
