/** Every operation, with requests made from its own description and then spoiled: no 5xx, no answer that is not described. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiHandler } from '../../functions/api/handler.ts';
import { memoryGitHost } from '../fakes/memory-git-host.ts';
import type { Api, Json } from '../support/api-over.ts';
import { memoryApi } from '../support/memory-api.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { POLLUTION, type Pools, request, type Sent, SPOILERS, spoil } from './api-arbitraries.ts';
import { type Operation, operationsOf } from './api-operations.ts';
import { furnish, inMemory, type Things } from './api-teams.ts';

let api: Api;
let document: Json;
let operations: readonly Operation[];
let red: Things;
let blue: Things;
let pools: Pools;
let schemas: (name: string, pointer: readonly string[]) => ValidateFunction | null;

const counted = { calls: 0, 'by way of Lambda': 0, succeeded: 0, refused: 0, 'looked at the table': 0 };
const seed = seedOf(20_260_301);
/** What a world has becomes less, since calls delete things. */
const CALLS_OF_A_WORLD = 250;

beforeAll(newWorld);
afterAll(() => {
  tally('API: requests made from schemas, and spoiled', { ...counted, operations: operations.length, seed });
});

async function newWorld(): Promise<void> {
  const git = memoryGitHost();
  api = await memoryApi(git);
  red = await furnish(api, inMemory(git), 'red');
  blue = await furnish(api, inMemory(git), 'blue');
  ({ operations, document } = await operationsOf(api));
  pools = await poolsOf();
  schemas = compiled(document);
}

async function poolsOf(): Promise<Pools> {
  const more = Array.from({ length: 3 }, (_, n) => ({ name: `spare ${n}`, team: 'red' }));
  for (const wish of more) await api.created('/v1/configurations', wish);
  for (let limit = 400; limit < 403; limit++) {
    const content = await api.call('GET', `/v1/configurations/${red.written}/versions/1/content`);
    const policy_yaml = content.text.replace(/max_daily_usd: \d+/, `max_daily_usd: ${limit}`);
    await api.call('PATCH', `/v1/configurations/${red.written}`, { body: { policy_yaml } });
  }
  const listings = [
    '/v1/events?limit=1',
    `/v1/events?limit=1&configuration_id=${red.written}`,
    `/v1/configurations/${red.written}/versions?limit=1`,
    `/v1/gateways/${red.gateway}/receipts?limit=1`,
    `/v1/configurations/${red.configuration}/convergence?limit=1`,
  ];
  const answers = await Promise.all(listings.map((path) => api.call('GET', path)));
  const real = answers.flatMap(({ headers }) => /cursor=([\w-]+)/.exec(headers.get('link') ?? '')?.[1] ?? []);
  const made = [
    { pk: `TOKEN#${red.token}`, sk: 'MAIN', lsk: `2026-03-01T12:00:00.000Z#${red.token}` },
    { team: 'blue', pk: `CONFIG#${blue.written}`, sk: 'MAIN', lsk: '2026' },
    { shard: 3, sk: 'x' },
    { id: 'evt_0', at: '2026-03-01T12:00:00.000Z' },
    {
      after: Buffer.from('{"pk":"x","sk":"y","lsk":"z"}').toString('base64url'),
      ends: '2026-03-01T12:00:00Z',
    },
  ].map((one) => Buffer.from(JSON.stringify(one)).toString('base64url'));
  const mine = [
    red.link,
    red.configuration,
    red.written,
    red.gateway,
    red.token,
    'spare-0',
    'spare-1',
    'spare-2',
  ];
  return {
    ids: [...mine, blue.link, blue.configuration, blue.gateway, blue.token, 'not-there'],
    versions: ['1', '2', red.version, blue.version, '0', '01', '9999999999', '99999999999', 'x'],
    cursors: [...real, ...made],
    tokens: [
      api.admin,
      api.admin,
      await api.tokenFor('admin', 'red'),
      await api.tokenFor('configurations_writer', 'red'),
      red.gatewayToken,
      'kt_live_x',
    ],
  };
}

/** Of the document itself, so that what is checked is what others read. */
function compiled(whole: Json) {
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
  ajv.addSchema({ $id: 'https://kt.example/openapi.json', ...whole });
  const made = new Map<string, ValidateFunction>();
  return (name: string, pointer: readonly string[]): ValidateFunction | null => {
    const found = pointer.reduce<Json>((at, part) => at?.[part], whole);
    if (!found) return null;
    const ref = pointer
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent);
    const validate =
      made.get(name) ?? ajv.compile({ $ref: `https://kt.example/openapi.json#/${ref.join('/')}` });
    made.set(name, validate);
    return validate;
  };
}

const queryText = ({ query }: Sent) =>
  query.map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('=')).join('&');

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(sent: Sent): Promise<Answered> {
  counted.calls++;
  const query = queryText(sent);
  const response = await api.app.request(`https://kt.example${sent.path}${query && `?${query}`}`, {
    method: sent.method,
    headers: sent.headers,
    ...(sent.body === null ? {} : { body: Buffer.from(sent.body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** As an HTTP API hands it to the function: nothing in between makes a URL or headers of it first. */
async function sendByLambda(sent: Sent): Promise<Answered> {
  counted['by way of Lambda']++;
  const body = sent.body === null ? undefined : Buffer.from(sent.body).toString('base64');
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey: '$default',
    rawPath: sent.path,
    rawQueryString: queryText(sent),
    headers: { host: 'kt.example', ...sent.headers },
    requestContext: {
      accountId: '1',
      apiId: 'a',
      domainName: 'kt.example',
      domainPrefix: 'kt',
      http: {
        method: sent.method,
        path: sent.path,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'x',
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '01/Mar/2026:12:00:00 +0000',
      timeEpoch: 0,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: body !== undefined,
  };
  const answer = await apiHandler(api.ports)(
    event as unknown as Parameters<ReturnType<typeof apiHandler>>[0],
  );
  const text = Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  return { status: answer.statusCode, headers: new Headers(answer.headers as Record<string, string>), text };
}

/** From docs/api.md. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  422: 'validation_error',
  429: 'rate_limit',
  503: 'unavailable',
};

/** What is true of every answer, whatever was sent. */
function check(sent: Sent, operation: Operation, { status, headers, text }: Answered): void {
  const said = `${status} ${text.slice(0, 300)}`;
  const about = [operation.name, sent.spoiled, said];
  // An answer that was not there yet is an answer: 503 says when to ask again.
  expect([...about, status < 500 || (status === 503 && headers.has('retry-after'))]).toEqual([
    ...about,
    true,
  ]);
  expect(headers.get('x-request-id')).toMatch(/^[\w=-]{1,64}$/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.has('x-injected')).toBe(false);
  if (sent.method === 'HEAD' || status === 304) expect([...about, text]).toEqual([...about, '']);
  else if (status >= 400) checkRefusal(about, status, headers, text);
  else checkSuccess(sent, operation, about, status, headers, text);
}

function checkRefusal(about: readonly unknown[], status: number, headers: Headers, text: string): void {
  expect([...about, headers.get('content-type')]).toEqual([...about, 'application/json; charset=utf-8']);
  const { error } = JSON.parse(text);
  const validate = schemas('Error', ['components', 'schemas', 'Error']);
  expect([...about, validate?.({ error }), validate?.errors]).toEqual([...about, true, null]);
  expect([...about, error.type]).toEqual([...about, TYPES[status]]);
  const namesField = ['invalid_field', 'unknown_field', 'invalid_policy'].includes(error.code);
  if (namesField)
    expect([...about, error.details?.[0]?.field]).toEqual([...about, expect.stringMatching(/./)]);
  if (status === 405) expect(headers.get('allow')).toMatch(/^[A-Z, ]+$/);
  if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
  // A message is for people: it does not carry back what it refused, however long.
  expect([...about, text.length < 20_000]).toEqual([...about, true]);
}

/** A path that was played with may be another operation's. */
function checkSuccess(
  sent: Sent,
  operation: Operation,
  about: readonly unknown[],
  status: number,
  headers: Headers,
  text: string,
): void {
  if (sent.spoiled.some((name) => /^(path|method)/.test(name))) return;
  const { content } = operation.described.responses[status] ?? {};
  expect([...about, status]).toEqual([...about, operation.status]);
  if (!content) expect([...about, text]).toEqual([...about, '']);
  if (!content) return;
  const [type = ''] = Object.keys(content);
  expect([...about, headers.get('content-type')?.split(';')[0]]).toEqual([...about, type]);
  if (type !== 'application/json') return;
  const pointer = [
    'paths',
    operation.path,
    operation.method.toLowerCase(),
    'responses',
    String(status),
    'content',
    type,
    'schema',
  ];
  const validate = schemas(operation.name, pointer);
  expect([...about, validate?.(JSON.parse(text)), validate?.errors]).toEqual([...about, true, null]);
}

/** What the document says is no request must not be taken for one. */
function isDescribed({ body }: Sent, { name, path, method }: Operation): boolean {
  const pointer = [
    'paths',
    path,
    method.toLowerCase(),
    'requestBody',
    'content',
    'application/json',
    'schema',
  ];
  const validate = schemas(`request of ${name}`, pointer);
  if (!validate || typeof body !== 'string') return true;
  try {
    return validate(JSON.parse(body.trim() === '' ? '{}' : body));
  } catch {
    return false;
  }
}

async function tableText(): Promise<string> {
  counted['looked at the table']++;
  return JSON.stringify(await api.rows());
}

describe('a request that is spoiled', () => {
  it(
    'is answered as described, with no 5xx, and leaves nothing of itself when it is refused',
    async () => {
      const worlds = Math.ceil(times(1500, 20_000) / CALLS_OF_A_WORLD);
      for (let world = 0; world < worlds; world++) {
        if (world > 0) await newWorld();
        const call = fc
          .constantFrom(...operations)
          .chain((operation) =>
            fc.tuple(
              fc.constant(operation),
              request(operation, document, pools),
              SPOILERS,
              fc.boolean(),
              fc.nat(9),
            ),
          );
        await fc.assert(
          fc.asyncProperty(call, async ([operation, plain, spoilers, byLambda, dice]) => {
            const sent = spoil(plain, spoilers);
            const before = dice < 1 ? await tableText() : null;
            const answer = await (byLambda ? sendByLambda(sent) : send(sent));
            check(sent, operation, answer);
            if (answer.status < 400) counted.succeeded++;
            else counted.refused++;
            if (answer.status >= 400 && before !== null) expect(await tableText()).toBe(before);
            if (answer.status < 300 && !sent.spoiled.some((name) => /^(path|method)/.test(name)))
              expect([operation.name, sent.body, isDescribed(sent, operation)]).toEqual([
                operation.name,
                sent.body,
                true,
              ]);
            expect(({} as Json).x).toBe(undefined);
          }),
          { numRuns: CALLS_OF_A_WORLD, seed: seed + world, endOnFailure: false },
        );
        expect(await tableText()).not.toContain(POLLUTION);
      }
    },
    times(120_000, 10_800_000),
  );
});

describe('every field of every body', () => {
  const WRONG = [null, true, 7, -1.5, 'x\u0000\u0001', [], {}, ['x'], { x: 1 }, 'x'.repeat(300_000)] as const;

  it('is named when its value is of another type, and nothing is stored', async () => {
    // Calls of other tests delete things.
    await newWorld();
    const before = await tableText();
    let named = 0;
    for (const operation of operations) {
      const schema = operation.described.requestBody?.content['application/json'].schema;
      if (!schema) continue;
      const own = document.components.schemas[schema.$ref.split('/').at(-1)];
      const token = operation.described.security.some((one: Json) => 'token' in one)
        ? api.admin
        : red.gatewayToken;
      const path = operation.path.replace('{id}', idFor(operation.path)).replace('{v}', '1');
      for (const [field, about] of Object.entries<Json>(own.properties)) {
        for (const value of WRONG) {
          const body = { [field]: value };
          const validate = schemas(`field ${operation.name} ${field}`, [
            'components',
            'schemas',
            schema.$ref.split('/').at(-1),
            'properties',
            field,
          ]);
          if (!about.not && validate?.(value)) continue;
          const { status, json } = await api.call(operation.method, path, { token, body });
          const fields = (json.error?.details ?? []).map((one: Json) => String(one.field));
          const says = fields.some((one: string) => one === field || one.startsWith(`${field}.`));
          expect([operation.name, field, JSON.stringify(value).slice(0, 20), status, says]).toEqual([
            operation.name,
            field,
            JSON.stringify(value).slice(0, 20),
            400,
            true,
          ]);
          named++;
        }
      }
    }
    expect(named).toBeGreaterThan(200);
    expect(await tableText()).toBe(before);
  });
});

const idFor = (path: string): string => {
  if (path.startsWith('/v1/git-repos')) return red.link;
  return path.startsWith('/v1/gateways') ? red.gateway : red.written;
};
