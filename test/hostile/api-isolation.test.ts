/** One team among the things of another: their ids in every place, and no byte of theirs in any answer. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitHost } from '../../lib/git/git-host.ts';
import type { Answer, Api, Json } from '../support/api-over.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { memoryApi } from '../support/memory-api.ts';
import { applied } from '../support/signing-gateway.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { policy } from '../support/world.ts';
import { type Operation, operationsOf } from './api-operations.ts';
import { RULES } from './api-rules.ts';
import { furnish, marksOf, onServer, type Things } from './api-teams.ts';

let git: GitServer;
let host: ReturnType<typeof gitHost>;
let api: Api;
let red: Things;
let blue: Things;
let operations: readonly Operation[];
let tokens: Readonly<Record<string, string>>;
/** Of blue: everything that a name of theirs may be taken for. */
let theirs: readonly string[];
let marks: readonly string[];

const seed = seedOf(20_260_302);
const counted = { calls: 0, 'ids of the other team, each beside one that nobody has': 0, 'own things': 0 };

beforeAll(async () => {
  git = await startGitServer();
  host = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
  api = await memoryApi(host);
  red = await furnish(api, onServer(git), 'red');
  blue = await furnish(api, onServer(git), 'blue');
  ({ operations } = await operationsOf(api));
  tokens = {
    reader: await api.tokenFor('configurations_reader', 'red'),
    writer: await api.tokenFor('configurations_writer', 'red'),
    activator: await api.tokenFor('configurations_activator', 'red'),
    admin: await api.tokenFor('admin', 'red'),
    gateway: red.gatewayToken,
  };
  const events = (await api.call('GET', '/v1/events?team=blue&limit=500')).json.data as { id: string }[];
  expect(events.length).toBeGreaterThan(15);
  marks = [...marksOf(blue), ...events.map(({ id }) => id), blue.gatewayKey.pem.split('\n')[1] ?? ''];
  theirs = [
    blue.link,
    blue.brokenLink,
    blue.configuration,
    blue.written,
    blue.version,
    blue.gateway,
    blue.token,
    blue.hook,
    blue.source,
    blue.contentHash,
    'blue',
    ...events.slice(0, 3).map(({ id }) => id),
    ...(await cursorsOfBlue()),
  ];
});
afterAll(async () => {
  tally('API: one team among the ids of another', { ...counted, seed });
  host.close();
  await git.close();
});

/** Real ones where a page is short enough, and the same made of their rows. */
async function cursorsOfBlue(): Promise<string[]> {
  const real = await Promise.all(
    [
      '/v1/events?team=blue&limit=1',
      `/v1/events?configuration_id=${blue.configuration}&limit=1`,
      `/v1/configurations/${blue.configuration}/versions?limit=1`,
    ].map(
      async (path) => /cursor=([\w-]+)/.exec((await api.call('GET', path)).headers.get('link') ?? '')?.[1],
    ),
  );
  const rows = (await api.rows()).filter((row) => row['team'] === 'blue' && typeof row['lpk'] === 'string');
  const made = rows.map(({ pk, sk, lpk, lsk }) => [
    { pk, sk, lsk },
    { team: 'blue', pk, sk, lsk },
    { pk, sk, lpk, lsk },
  ]);
  const all = made.flat().map((place) => Buffer.from(JSON.stringify(place)).toString('base64url'));
  return [...real.flatMap((one) => one ?? []), ...all.slice(0, 30)];
}

/** The same shape, and nobody's. A cursor has no such thing: whose it is must not matter. */
function nobodys(id: string): string {
  if (id === 'blue') return 'grey';
  const isCursor = Buffer.from(id, 'base64url').toString('utf8').startsWith('{');
  return isCursor ? id : `${id.slice(0, -5)}${/^[0-9a-f]{64}$/.test(id) ? '00000' : 'zzzzz'}`;
}

interface Call {
  readonly operation: Operation;
  readonly as: string;
  /** With `ID` where the id of the other team goes. */
  readonly path: string;
  readonly body: Json;
  readonly headers: Readonly<Record<string, string>>;
}

const ID = '\u0001ID\u0001';
const put = <T>(value: T, id: string): T =>
  JSON.parse(JSON.stringify(value).replaceAll(JSON.stringify(ID).slice(1, -1), id));

/** Every place of an operation that an id may stand in. */
function placesIn(operation: Operation): Omit<Call, 'as'>[] {
  const rule = RULES[operation.name];
  const own = rule?.ids?.(red) ?? [];
  const body = rule?.body?.(red) ?? null;
  const fill = (ids: readonly string[], query = '') => {
    let next = 0;
    return `${operation.path.replaceAll(/\{\w+\}/g, () => ids[next++] ?? '1')}${query}`;
  };
  const base = { operation, body, headers: {} };
  const inPath = own.map((_, at) => ({ ...base, path: fill(own.with(at, ID)) }));
  const inQuery = (operation.described.parameters ?? [])
    .filter((one: Json) => one.in === 'query' && one.name !== 'wait' && one.name !== 'limit')
    .map((one: Json) => ({ ...base, path: fill(own, `?${one.name}=${ID}`) }));
  const inBody = (BODIES[operation.name] ?? []).map((more) => ({
    ...base,
    path: fill(own),
    body: { ...body, ...more },
  }));
  const inHeader =
    operation.method === 'GET'
      ? [
          {
            ...base,
            path: fill(own),
            headers: { 'if-none-match': `"${ID}", "${blue.manifest.sequence}.${ID}"` },
          },
        ]
      : [];
  return [...inPath, ...inQuery, ...inBody, ...inHeader];
}

/** A configuration's id may be taken by anybody, which a refusal to make it says (docs/decisions/0015); these make none. */
const BODIES: Readonly<Record<string, readonly object[]>> = {
  'POST /v1/git-repos': [
    { configuration_id: ID, auto_create_configuration: false },
    { team: ID },
    { id: ID },
    { hook_id: ID },
  ],
  'PATCH /v1/git-repos/{id}': [
    { configuration_id: ID, auto_create_configuration: false },
    { id: ID },
    { team: ID },
  ],
  'POST /v1/git-repos/{id}/hook-secret': [{ hook: ID }],
  'POST /v1/configurations': [{ team: ID }, { version_id: ID }],
  'PATCH /v1/configurations/{id}': [{ id: ID }, { team: ID }, { active_version: ID }],
  'POST /v1/gateways': [{ configuration_id: ID }, { team: ID }, { id: ID }],
  'PATCH /v1/gateways/{id}': [{ configuration_id: ID }, { id: ID }, { team: ID }],
  'POST /v1/tokens': [{ team: ID }, { gateway_id: ID }, { id: ID }],
  'POST /v1/gateways/{id}/receipts': [{ gateway_id: ID }, { version_id: ID }, { content_hash: ID }],
  'POST /v1/gateways/{id}/heartbeat': [{ gateway_id: ID }],
  'POST /v1/configurations/{id}/versions/{v}/activate': [{ version_id: ID }, { configuration_id: ID }],
};

async function ask({ operation, as, path, body, headers }: Call): Promise<Answer> {
  counted.calls++;
  const token = tokens[as] ?? '';
  return api.call(operation.method, path, { token, headers, ...(body === null ? {} : { body }) });
}

/** What must not depend on whose the id is: all but the id of the request, and what was sent. */
function comparable({ status, headers, text }: Answer, id: string): unknown {
  // What is signed anew has another signature each time.
  const signed = text.replaceAll(/"[\w-]{86}"/g, '"signature"');
  const all = JSON.stringify([status, [...headers].filter(([name]) => name !== 'x-request-id'), signed]);
  return [id, encodeURIComponent(id)].reduce((said, one) => said.replaceAll(one, 'ID'), all);
}

function checkMarks(call: Call, answer: Answer): void {
  const sent = `${JSON.stringify(call)}${decoded(call.path)}`;
  const said = `${JSON.stringify([...answer.headers])}${answer.text}`;
  const opened = said + decoded(said);
  const seen = marks.filter((mark) => opened.includes(mark) && !sent.includes(mark));
  expect([call.operation.name, call.as, call.path, seen]).toEqual([
    call.operation.name,
    call.as,
    call.path,
    [],
  ]);
}

/** Cursors are opaque, and no envelope: what is in them is said. */
function decoded(text: string): string {
  const found = text.match(/[A-Za-z0-9_-]{40,}/g) ?? [];
  return found.map((one) => Buffer.from(one, 'base64url').toString('utf8')).join();
}

/** Rows that tell of blue. */
const ofBlue = async () => (await api.rows()).filter((row) => /blue/.test(JSON.stringify(row)));

/** The same answer for an id that the other team has and for one that nobody has. */
async function besideNobodys(place: Omit<Call, 'as'>, as: string, id: string): Promise<void> {
  const other = nobodys(id);
  const one = put({ ...place, as }, id);
  const answer = await ask(one);
  checkMarks(one, answer);
  const beside = await ask(put({ ...place, as }, other));
  const about = [place.operation.name, place.path, JSON.stringify(place.body), as, id];
  expect([...about, answer.status < 500]).toEqual([...about, true]);
  if (place.operation.method === 'GET' || answer.status >= 400)
    expect([...about, comparable(answer, id)]).toEqual([...about, comparable(beside, other)]);
  if (JSON.stringify(place.body).includes('ID\\u0001'))
    expect([...about, answer.status >= 400]).toEqual([...about, true]);
  if (place.path.split('?')[0]?.includes(ID))
    expect([...about, [401, 403, 404].includes(answer.status)]).toEqual([...about, true]);
  counted['ids of the other team, each beside one that nobody has']++;
}

describe('whatever one team asks', () => {
  it(
    'the things of another are as if they were not there',
    async () => {
      const before = await ofBlue();
      expect(before.length).toBeGreaterThan(30);
      const places = operations.flatMap(placesIn);
      expect(places.length).toBeGreaterThan(90);
      // Every place with an id of every kind, by who may most; then anything anywhere, by anybody.
      const { configuration, version, gateway, link, token } = blue;
      for (const place of places)
        for (const id of [configuration, version, gateway, link, token])
          await besideNobodys(place, 'admin', id);
      const call = fc.record({
        place: fc.constantFrom(...places),
        as: fc.constantFrom(...Object.keys(tokens)),
        id: fc.constantFrom(...theirs),
      });
      await fc.assert(
        fc.asyncProperty(call, ({ place, as, id }) => besideNobodys(place, as, id)),
        { numRuns: times(150, 2500), seed },
      );
      expect(await ofBlue()).toEqual(before);
    },
    times(120_000, 10_800_000),
  );

  it('its own lists, metrics and events are of its own, whatever it did before', async () => {
    const before = await ofBlue();
    const own = operations.filter(({ method, path }) => method !== 'DELETE' && path !== '/v1/keys');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...own),
        fc.constantFrom(...Object.keys(tokens)),
        async (operation, as) => {
          const rule = RULES[operation.name];
          const path = operation.path.replaceAll(/\{\w+\}/g, (name) =>
            name === '{v}' ? '1' : (rule?.ids?.(red)[0] ?? ''),
          );
          const one = { operation, as, path, body: rule?.body?.(red) ?? null, headers: {} };
          checkMarks(one, await ask(one));
          counted['own things']++;
        },
      ),
      { numRuns: times(100, 500), seed },
    );
    expect(await ofBlue()).toEqual(before);
  });
});

describe('what two teams share', () => {
  it('is the namespace of configuration ids: a taken one reveals that somebody has it, and nothing more', async () => {
    const token = tokens['admin'] ?? '';
    const taken = await api.call('POST', '/v1/configurations', {
      token,
      body: { id: blue.written, name: 'x' },
    });
    expect([taken.status, taken.json.error.code]).toEqual([409, 'id_taken']);
    expect(taken.text).not.toContain('blue');
    const link = { repo_url: 'https://github.com/acme/x', path: 'x.yaml', auto_create_configuration: true };
    const fed = await api.call('POST', '/v1/git-repos', {
      token,
      body: { ...link, configuration_id: blue.written },
    });
    expect([fed.status, fed.json.error.code]).toEqual([400, 'configuration_not_found']);
  });

  it('is no hook, no source and no credential of one repository', async () => {
    const { json } = await api.call('GET', `/v1/git-repos/${blue.link}`);
    const mine = await api.created(
      '/v1/git-repos',
      { repo_url: json.repo_url, path: json.path, provider: 'gitea', auto_create_configuration: true },
      tokens['admin'],
    );
    expect(mine.webhook.secret).toMatch(/./);
    expect([mine.id === blue.link, mine.webhook.id === blue.hook]).toEqual([false, false]);
    expect((await api.ports.links.find(mine.id))?.sourceId).not.toBe(blue.source);
    await api.advance(1);
    // The document says an id that the other team has.
    const after = await api.call('GET', `/v1/git-repos/${mine.id}`, { token: tokens['admin'] ?? '' });
    expect(after.json).toMatchObject({ status: 'error', configuration_ids: [] });
    expect((await api.configuration(blue.configuration)).origin?.linkId).toBe(blue.link);
  });

  it('is the content of equal documents, by its hash, which nobody is told who has not the bytes', async () => {
    const body = { id: 'same-bytes', name: 'x', policy_yaml: policy({ name: blue.mark, limit: 300 }) };
    const made = await api.created('/v1/configurations', body, tokens['admin']);
    const path = `/v1/configurations/${made.id}/versions`;
    const listed = await api.call('GET', path, { token: tokens['admin'] ?? '' });
    expect(listed.json).toHaveLength(1);
    expect(listed.text).not.toContain('blue/');
  });

  it('is no announcement: a receipt for what another team was told is refused', async () => {
    const statement = applied(red.gateway, blue.manifest);
    const answer = await api.call('POST', `/v1/gateways/${red.gateway}/receipts`, {
      token: red.gatewayToken,
      body: red.gatewayKey.signed(statement),
    });
    expect([answer.status, answer.json.error.code]).toEqual([400, 'not_announced']);
  });
});
