/** What to send, from the schemas of the OpenAPI document: requests that are as described, and ways to spoil them. */
import fc from 'fast-check';
import type { Json } from '../support/api-over.ts';
import type { Operation } from './api-operations.ts';

export interface Sent {
  readonly method: string;
  /** With what stands for its braces. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Null: none. */
  readonly body: string | Uint8Array | null;
  /** What was done to a request that was as described. */
  readonly spoiled: readonly string[];
}

/** Words that a field of that name takes more of than its schema says. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  repo_url: ['https://github.com/acme/policies', 'https://git.example.com/a/b.git', 'http://127.0.0.1:1/a/b'],
  url: ['https://github.com/acme/policies'],
  path: ['policy.yaml', 'prod/', 'a/b/c.yml', 'größe.yaml'],
  branch: ['main', 'release/1.x'],
  policy_yaml: [
    'pack: {name: a, version: 1.0.0, enabled: true}\npolicies: {chain: [audit-logger]}\n',
    'pack: [',
    '',
    '\uFEFFpack: {}',
  ],
  since: ['5m', '24h', '7d', '2026-03-01T00:00:00Z'],
  expires_at: ['2026-03-02T00:00:00Z', '9999-12-31T23:59:59Z', '9999-12-31T23:59:59-23:59'],
  scope: ['org', 'team', 'events:read', 'events:read, configurations:write', ','],
  role_id: ['admin', 'role_admin', 'role_'],
  team: ['red', 'blue', 'nobody', 'default'],
};

const TIMES = [
  '2026-03-01T12:00:00Z',
  '2026-03-01T12:00:00.123456789+14:00',
  '2024-02-29T23:59:59-12:00',
  '0000-01-01T00:00:00Z',
  '0000-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-23:59',
] as const;

/** Values that the schema describes. Fields that it forbids are left out. */
export function described(schema: Json, document: Json, name = ''): fc.Arbitrary<Json> {
  if (schema.$ref)
    return described(document.components.schemas[schema.$ref.split('/').at(-1)], document, name);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one: Json) => described(one, document, name)));
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const { minimum = -1e9, maximum = 1e9 } = schema;
  // Seconds that it would wait.
  if (name === 'wait') return fc.constant(0);
  switch (schema.type) {
    case 'string':
      return text(schema, name);
    case 'integer':
      return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum));
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(described(schema.items, document), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case 'object':
      return record(schema, document);
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
}

function text(schema: Json, name: string): fc.Arbitrary<string> {
  if (schema.format === 'date-time') return fc.constantFrom(...TIMES);
  const words = WORDS[name];
  const { minLength = 0, maxLength = 60, pattern } = schema;
  const any = fc.string({
    unit: 'grapheme',
    minLength,
    maxLength: Math.max(minLength, Math.min(maxLength, 60)),
  });
  const made =
    pattern && !/\\p/i.test(pattern)
      ? fc.stringMatching(new RegExp(pattern)).filter((made) => made.length <= (schema.maxLength ?? 2048))
      : any.filter((made) => !pattern || new RegExp(pattern, 'u').test(made));
  return words ? fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 4 }, made) : made;
}

function record(schema: Json, document: Json): fc.Arbitrary<Json> {
  const properties = Object.entries<Json>(schema.properties ?? {}).filter(([, one]) => !one.not);
  if (schema.additionalProperties && typeof schema.additionalProperties === 'object')
    return fc.dictionary(
      described(schema.propertyNames, document),
      described(schema.additionalProperties, document),
      { maxKeys: 3 },
    );
  return fc.record(
    Object.fromEntries(properties.map(([name, one]) => [name, described(one, document, name)])),
    { requiredKeys: schema.required ?? [] },
  );
}

export interface Pools {
  /** For each name in braces: ids that are there, of both teams, and that are not. */
  readonly ids: readonly string[];
  readonly versions: readonly string[];
  /** Cursors of real listings, of both teams. */
  readonly cursors: readonly string[];
  readonly tokens: readonly string[];
}

/** A request as the document describes it. */
export function request(operation: Operation, document: Json, pools: Pools): fc.Arbitrary<Sent> {
  const { method, path, described: about } = operation;
  const schema = about.requestBody?.content['application/json'].schema;
  const parameters: readonly Json[] = (about.parameters ?? []).filter((one: Json) => one.in === 'query');
  const value = (one: Json) =>
    one.name === 'cursor' ? fc.constantFrom(...pools.cursors) : described(one.schema, document, one.name);
  return fc
    .record({
      ids: fc.array(fc.constantFrom(...pools.ids), { minLength: 2, maxLength: 2 }),
      version: fc.constantFrom(...pools.versions),
      query: fc.record(Object.fromEntries(parameters.map((one) => [one.name, value(one)])), {
        requiredKeys: [],
      }),
      body: schema ? described(schema, document) : fc.constant(null),
      token: fc.constantFrom(...pools.tokens),
    })
    .map(({ ids, version, query, body, token }) => ({
      method,
      path: path.replace('{v}', version).replaceAll(/\{\w+\}/g, () => ids[0] ?? ''),
      query: Object.entries(query).map(([name, one]) => [name, String(one)] as const),
      headers: {
        authorization: `Bearer ${token}`,
        ...(schema ? { 'content-type': 'application/json' } : {}),
      },
      body: schema ? JSON.stringify(body) : null,
      spoiled: [],
    }));
}

type Spoiler = fc.Arbitrary<Spoiled>;

const ODD_TEXT = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfffy',
  '\u202Egnp.exe',
  '\u2028',
  '\uFFFE',
  '👩‍👩‍👧‍👦'.repeat(50),
  'e\u0301'.repeat(100),
  '\r\nx-injected: 1',
  '{{7*7}}<%= 7*7 %>',
  "' OR 1=1 --",
  '../../etc/passwd',
  'NaN',
  '1e999',
  'x'.repeat(5000),
  'x'.repeat(300_000),
  '9'.repeat(400),
] as const;

/** Names of what a caller must not set. */
export const ASSIGNED = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'team_id',
  'tenant',
  'id',
  'pk',
  'sk',
  'lpk',
  'status',
  'active_version',
  'activeVersion',
  'sequence',
  'hash',
  'role',
  'permissions',
  'gatewayId',
  'createdBy',
  'deletedAt',
  'hasToken',
  'sourceId',
  '$ref',
  '',
] as const;

/** The value of whatever was added: it must be stored nowhere. */
export const POLLUTION = 'polluted-7q9x';

const VALUES: readonly Json[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  [],
  {},
  [null],
  [[[[]]]],
  { a: { b: [1] } },
  ...ODD_TEXT,
];

/** Somewhere in the body, at `at` of all its places. */
function replaced(body: string, at: number, change: (holder: Json, key: string) => void): string {
  const value: Json = JSON.parse(body);
  const places: [Json, string][] = [];
  const walk = (one: Json) => {
    if (typeof one !== 'object' || one === null) return;
    for (const key of Object.keys(one)) {
      places.push([one, key]);
      walk(one[key]);
    }
  };
  walk(value);
  const place = places[Math.floor(at * places.length)];
  if (place) change(...place);
  return JSON.stringify(value);
}

const inBody = (sent: Sent, change: (body: string) => string | Uint8Array): Partial<Sent> =>
  isJsonObject(sent.body) ? { body: change(sent.body) } : {};

/** Another spoiler may have been here before. */
function isJsonObject(body: Sent['body']): body is string {
  try {
    return typeof body === 'string' && body.startsWith('{') && typeof JSON.parse(body) === 'object';
  } catch {
    return false;
  }
}

const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const wrongValue: Spoiler = fc.tuple(at, fc.constantFrom(...VALUES)).map(([where, value]) => [
  `value ${String(JSON.stringify(value)).slice(0, 20)}`,
  (sent) =>
    inBody(sent, (body) =>
      replaced(body, where, (holder, key) => {
        holder[key] = value;
      }),
    ),
]);

const extraKey: Spoiler = fc.constantFrom(...ASSIGNED).map((key) => [
  `key ${key}`,
  (sent) =>
    inBody(sent, (body) => {
      const rest = body.slice(1);
      return `{${JSON.stringify(key)}:{"x":${JSON.stringify(POLLUTION)}}${rest === '}' ? '' : ','}${rest}`;
    }),
]);

const BROKEN: readonly ((body: string) => string | Uint8Array)[] = [
  (body) => body.slice(0, -1),
  (body) => `${body},`,
  (body) => `[${body}]`,
  (body) => `\uFEFF${body}`,
  (body) => Buffer.concat([Buffer.from(body), Buffer.from([0xff, 0xfe])]),
  (body) => Buffer.from(body, 'utf16le'),
  (body) => `${'['.repeat(70_000)}${body}`,
  () => `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
  (body) => body.replace(/:(\d+)/, ':1e999'),
  (body) => body.replace(/:(\d+)/, ':-0'),
  (body) => body.replace(/:(\d+)/, ':9007199254740993'),
  (body) => body.replace('{', '{"name":"first","name":"second",'),
  () => 'null',
  () => '"text"',
  () => '1',
  () => '',
  () => ' ',
  () => new Uint8Array(1024 * 1024 + 1).fill(0x20),
  (body) => `${body.slice(0, -1)}${body.length > 2 ? ',' : ''}"x":"${'y'.repeat(900_000)}"}`,
];

const brokenBody: Spoiler = fc
  .nat(BROKEN.length - 1)
  .map((which) => [`broken body ${which}`, (sent) => inBody(sent, (body) => BROKEN[which]?.(body) ?? body)]);

const CONTENT_TYPES = [
  '',
  'text/plain',
  'application/JSON',
  'application/json; charset=utf-16',
  'application/json;;;',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json, text/html',
  'x'.repeat(10_000),
] as const;

const contentType: Spoiler = fc
  .constantFrom(...CONTENT_TYPES)
  .map((type) => [
    `content-type ${type.slice(0, 30)}`,
    ({ headers }) => ({ headers: { ...headers, 'content-type': type } }),
  ]);

const HEADERS: readonly (readonly [string, string])[] = [
  ['if-none-match', '*'],
  ['if-none-match', 'W/"x", "y", ,,, "'],
  ['if-none-match', '"x",'.repeat(5000)],
  ['if-match', '"x"'],
  ['if-modified-since', 'never'],
  ['range', 'bytes=0-0,99999999999999999999-'],
  ['content-length', '99999999999'],
  ['content-length', '-1'],
  ['content-encoding', 'gzip'],
  ['transfer-encoding', 'chunked'],
  ['expect', '100-continue'],
  ['x-http-method-override', 'DELETE'],
  ['x-forwarded-host', 'evil.example'],
  ['x-request-id', 'x\ty'.repeat(100)],
  ['accept', 'text/html;q=9'],
  ['accept-language', 'x'.repeat(60_000)],
  ['cookie', 'a=b;'.repeat(10_000)],
  ['authorization', ''],
  ['authorization', 'Bearer'],
  ['authorization', `Bearer ${'x'.repeat(100_000)}`],
  ['authorization', 'Basic Og=='],
  ['authorization', 'Bearer kt_live_0000000000000000_\u00e9'],
];

const header: Spoiler = fc
  .constantFrom(...HEADERS)
  .map(([name, value]) => [
    `header ${name}: ${value.slice(0, 20)}`,
    ({ headers }) => ({ headers: { ...headers, [name]: value } }),
  ]);

const QUERY_VALUES = [
  ...ODD_TEXT.filter((text) => text.length < 10_000),
  '-1',
  '0',
  '1.5',
  '0x10',
  '٣',
  'null',
  'true',
  '[]',
];

const queryValue: Spoiler = fc.tuple(fc.nat(9), fc.constantFrom(...QUERY_VALUES)).map(([which, value]) => [
  `query value ${value.slice(0, 20)}`,
  ({ query }) => ({
    query: query.map((one, index) => (index === which % query.length ? [one[0], value] : one)),
  }),
]);

const repeatedQuery: Spoiler = fc.constant([
  'a parameter twice',
  ({ query }) => ({ query: [...query, ...query.slice(0, 1)] }),
]);

const unknownQuery: Spoiler = fc
  .constantFrom('x', '__proto__', 'constructor', 'toString', 'cursor', 'team', 'limit[]', 'limit')
  .map((name) => [`query ${name}`, ({ query }) => ({ query: [...query, [name, POLLUTION] as const] })]);

/** Values that a cursor of ours may be made to hold by whoever takes it apart. */
const IN_CURSOR: readonly string[] = [
  '1e999',
  '-1e999',
  '9007199254740993',
  'null',
  '""',
  '"x"',
  'true',
  '{}',
  '[]',
  '{"a":[1,null,{"b":1e400}]}',
  `"${'x'.repeat(1000)}"`,
  '"9"',
  '"2026-3-1 1"',
  '"2026-02-30T00:00:00Z"',
  '"+010000-01-01T00:00:00.000Z"',
  '"9999-12-31T23:59:59-23:59"',
  '"\\ud800"',
  '"\\u0000"',
];

const cursor: Spoiler = fc
  .tuple(
    fc.constantFrom(...IN_CURSOR),
    at,
    fc.constantFrom('pk', 'sk', 'lsk', 'id', 'at', 'team', 'shard', 'after', 'ends'),
  )
  .map(([value, where, extra]) => [
    `cursor ${extra} ${value.slice(0, 20)}`,
    ({ query }) => ({
      query: query.map(([name, one]) =>
        name === 'cursor' ? [name, spoiledCursor(one, value, where, extra)] : [name, one],
      ),
    }),
  ]);

function spoiledCursor(whole: string, value: string, where: number, extra: string): string {
  const text = Buffer.from(whole, 'base64url').toString('utf8');
  const spoiled = where < 0.1 ? value : spoiledObject(text, value, where, extra);
  return Buffer.from(spoiled).toString('base64url') || 'x';
}

function spoiledObject(text: string, value: string, where: number, extra: string): string {
  try {
    const entries = Object.entries<Json>(JSON.parse(text)).map(
      ([name, one]) => [name, JSON.stringify(one)] as const,
    );
    const which = Math.floor(where * (entries.length + 1));
    const changed = entries.map(([name, one], index) => [name, index === which ? value : one] as const);
    const all = which === entries.length ? [...entries, [extra, value] as const] : changed;
    return `{${all.map(([name, one]) => `${JSON.stringify(name)}:${one}`).join(',')}}`;
  } catch {
    return value;
  }
}

const PATHS: readonly ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => path.replace('/v1', '//v1'),
  (path) => path.replace('/v1', '/V1'),
  (path) => path.replace('/v1/', '/v1/./'),
  (path) => path.replace('/v1', '/%76%31'),
  (path) => `${path}%00`,
  (path) => `${path}%2f..`,
  (path) => `${path}/%2e%2e/tokens`,
  (path) => `${path};x=y`,
  (path) => `${path}%`,
  (path) => `${path}%zz`,
  (path) => `${path}%ff%fe`,
  (path) => `${path}%E0%A4%A`,
  (path) => `${path}é`,
  (path) => `${path}${'x'.repeat(8000)}`,
  (path) => path.replace(/[^/]+$/, '__proto__'),
  (path) => path.replace(/[^/]+$/, '%5f_proto__'),
  (path) => path.replace(/[^/]+$/, '..'),
  (path) => path.replace(/[^/]+$/, '*'),
  (path) => path.replace(/[^/]+$/, ':id'),
  (path) => path.replace(/[^/]+$/, '%7Bid%7D'),
  (path) => `${path}\\..\\x`,
  (path) => `${path}#x`,
];

const pathGame: Spoiler = fc
  .nat(PATHS.length - 1)
  .map((which) => [`path ${which}`, ({ path }) => ({ path: PATHS[which]?.(path) ?? path })]);

const otherMethod: Spoiler = fc
  .constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'X'.repeat(100))
  .map((method) => [
    `method ${method.slice(0, 10)}`,
    ({ body }) => ({ method, body: method === 'GET' || method === 'HEAD' ? null : body }),
  ]);

type Spoiled = readonly [string, (sent: Sent) => Partial<Sent>];

export const SPOILERS: fc.Arbitrary<readonly Spoiled[]> = fc.array(
  fc.oneof(
    { arbitrary: wrongValue, weight: 5 },
    { arbitrary: extraKey, weight: 3 },
    { arbitrary: brokenBody, weight: 2 },
    { arbitrary: queryValue, weight: 3 },
    { arbitrary: cursor, weight: 4 },
    contentType,
    header,
    repeatedQuery,
    unknownQuery,
    pathGame,
    otherMethod,
  ),
  { maxLength: 2 },
);

export function spoil(plain: Sent, spoilers: readonly Spoiled[]): Sent {
  let sent = plain;
  for (const [, change] of spoilers) sent = { ...sent, ...change(sent) };
  return { ...sent, spoiled: spoilers.map(([name]) => name) };
}
