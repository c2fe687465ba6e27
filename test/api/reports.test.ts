/** Receipts and heartbeats: what is believed of what a gateway says of itself, and what is not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../../lib/domain/receipt.ts';
import { type Api, type Json, startApi } from '../support/api.ts';
import { applied, refused, type SigningGateway, signingGateway } from '../support/signing-gateway.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
/** For the rows of a table of cases: each is refused, and leaves nothing. */
let shared: { api: Api; edge: Edge };
beforeAll(async () => {
  server = await startApi();
  const own = await server.fresh();
  shared = { api: own, edge: await edgeOf(own) };
});
afterAll(() => server.close());
beforeEach(async ({ task }) => {
  api = task.each ? shared.api : await server.fresh();
});

interface Edge {
  readonly id: string;
  readonly token: string;
  readonly keys: SigningGateway;
  readonly manifest: Json;
}

/** A gateway with a key, bound to a configuration whose version 1 was announced. */
async function edgeOf(on: Api, wish: object = {}): Promise<Edge> {
  const keys = signingGateway();
  if (!(await on.ports.configurations.find('cfg'))) await publish(on, 1);
  const body = { name: 'edge', configuration_id: 'cfg', public_key: keys.pem, ...wish };
  const { id, token } = await on.created('/v1/gateways', body);
  return { id, token, keys, manifest: await announced(on) };
}

async function publish(on: Api, limit: number): Promise<Json> {
  const policy_yaml = policy({ limit });
  if (await on.ports.configurations.find('cfg'))
    await on.call('PATCH', '/v1/configurations/cfg', { body: { policy_yaml } });
  else await on.created('/v1/configurations', { id: 'cfg', name: 'cfg', policy_yaml });
  await on.deliver();
  return announced(on);
}

const announced = async (on: Api) => (await on.ports.configurations.find('cfg'))?.announced?.manifest;

const receipts = (id: string) => `/v1/gateways/${id}/receipts`;
const post = (on: Api, { id, token }: Edge, body: object) => on.call('POST', receipts(id), { token, body });
const stored = async (on: Api, { id }: Edge) => (await on.call('GET', receipts(id))).json.data;
const latest = async ({ id }: Edge) => {
  const { items } = await api.ports.gateways.standings('cfg', null);
  return items.find((standing) => standing.id === id)?.receipt?.statement;
};

describe('a receipt', () => {
  it('is stored with its signature, the key it was verified with, and when it came', async () => {
    const edge = await edgeOf(api);
    const statement = applied(edge.id, edge.manifest);
    const body = edge.keys.signed(statement);
    const answer = await post(api, edge, body);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^rct_/),
      configuration_id: 'cfg',
      ...body,
      public_key: edge.keys.pem,
      stored_at: '2026-03-01T12:00:00.000Z',
    });
    expect(await stored(api, edge)).toEqual([answer.json]);
    expect((await api.call('GET', '/v1/configurations/cfg/versions/1/receipts')).json.data).toEqual([
      answer.json,
    ]);
  });

  it('that comes twice is one receipt, and is answered the same', async () => {
    const edge = await edgeOf(api);
    const body = edge.keys.signed(refused(edge.id, edge.manifest));
    const first = await post(api, edge, body);
    const rows = await api.rows();
    api.time.at += 60_000;
    const again = await Promise.all([post(api, edge, body), post(api, edge, body)]);
    expect(again.map(({ status, json }) => [status, json])).toEqual([
      [201, first.json],
      [201, first.json],
    ]);
    expect(await api.rows()).toEqual(rows);
  });

  it('leaves out what was not reached, or has it null: the signature is over the same', async () => {
    const edge = await edgeOf(api);
    const statement: Statement = { ...refused(edge.id, edge.manifest), verified_at: null };
    const { verified_at: _, applied_at: __, ...short } = edge.keys.signed(statement);
    expect((await post(api, edge, short)).json).toMatchObject({ verified_at: null, applied_at: null });
    await post(api, edge, edge.keys.signed(statement));
    expect(await stored(api, edge)).toHaveLength(1);
  });

  it('of an older version is kept, and does not count as the latest, in whatever order they come', async () => {
    const edge = await edgeOf(api);
    const second = await publish(api, 2);
    await post(api, edge, edge.keys.signed(applied(edge.id, second)));
    api.time.at += 1000;
    expect((await post(api, edge, edge.keys.signed(applied(edge.id, edge.manifest)))).status).toBe(201);
    await post(api, edge, edge.keys.signed(refused(edge.id, edge.manifest)));
    expect(await stored(api, edge)).toHaveLength(3);
    expect(await latest(edge)).toMatchObject({ sequence: 2, state: 'applied' });
    const { json } = await api.call('GET', `/v1/gateways/${edge.id}`);
    expect(json.reported).toMatchObject({ content_hash: second.content_hash, sequence: 2 });
  });

  it('counts by its sequence, whatever the clocks of gateways say', async () => {
    const edge = await edgeOf(api);
    const ahead = { received_at: '2099-01-01T00:00:00Z', verified_at: '2099-01-01T00:00:00Z' };
    await post(api, edge, edge.keys.signed({ ...applied(edge.id, edge.manifest), ...ahead }));
    const second = await publish(api, 2);
    const behind = { received_at: '1999-01-01T00:00:00+05:00', applied_at: '1998-01-01T00:00:00Z' };
    await post(api, edge, edge.keys.signed({ ...applied(edge.id, second), ...behind }));
    expect(await latest(edge)).toMatchObject({ sequence: 2, ...behind });
  });

  it('may follow a refusal of the same version; a refusal does not follow it', async () => {
    const edge = await edgeOf(api);
    await post(api, edge, edge.keys.signed(refused(edge.id, edge.manifest, 'no room')));
    await post(api, edge, edge.keys.signed(refused(edge.id, edge.manifest, 'still no room')));
    expect(await latest(edge)).toMatchObject({ state: 'refused', reason: 'still no room' });
    await post(api, edge, edge.keys.signed(applied(edge.id, edge.manifest)));
    await post(api, edge, edge.keys.signed(refused(edge.id, edge.manifest, 'too late')));
    expect(await latest(edge)).toMatchObject({ state: 'applied' });
    expect(await stored(api, edge)).toHaveLength(4);
  });

  it('says what is let through where it was applied', async () => {
    const edge = await edgeOf(api);
    const reason = 'let through: bias-monitor';
    await post(api, edge, edge.keys.signed({ ...applied(edge.id, edge.manifest), reason }));
    expect(await latest(edge)).toMatchObject({ state: 'applied', reason });
  });

  it('is in the audit log when it is news, and once', async () => {
    const edge = await edgeOf(api);
    const no = edge.keys.signed(refused(edge.id, edge.manifest, 'no room'));
    const yes = edge.keys.signed(applied(edge.id, edge.manifest));
    for (const body of [no, no, yes, no, yes]) await post(api, edge, body);
    const { data } = (await api.call('GET', '/v1/events?configuration_id=cfg')).json;
    const told = data.filter(({ gateway_id, type }: Json) => gateway_id && type !== 'gateway.registered');
    expect(told).toMatchObject([
      {
        type: 'gateway.refused',
        gateway_id: edge.id,
        version_id: edge.manifest.version_id,
        detail: { sequence: 1, reason: 'no room' },
      },
      { type: 'gateway.applied', gateway_id: edge.id, detail: { sequence: 1 } },
    ]);
    const { json } = await api.call('GET', '/v1/whoami', { token: edge.token });
    expect(new Set(told.map(({ actor }: Json) => actor))).toEqual(new Set([`token:${json.id}`]));
    expect(JSON.stringify(told)).not.toContain('hash');
  });

  it('for an announcement of before is taken, of what was never announced is not', async () => {
    const edge = await edgeOf(api);
    const second = await publish(api, 2);
    expect((await post(api, edge, edge.keys.signed(applied(edge.id, edge.manifest)))).status).toBe(201);
    const path = receipts(edge.id);
    for (const [wrong, field] of [
      [{ ...second, sequence: 3 }, 'sequence'],
      [{ ...second, sequence: 1 }, 'version_id'],
      [{ ...second, content_hash: edge.manifest.content_hash }, 'content_hash'],
      [{ ...edge.manifest, sequence: 2 }, 'version_id'],
    ]) {
      const body = edge.keys.signed(applied(edge.id, wrong));
      const error = await api.refused(400, 'POST', path, { token: edge.token, body });
      expect([error.code, error.details[0].field]).toEqual(['not_announced', field]);
    }
    // Active, but fan-out did not sign it yet: no gateway can have been told.
    await api.call('PATCH', '/v1/configurations/cfg', { body: { policy_yaml: policy({ limit: 3 }) } });
    const { active, sequence } = await api.configuration('cfg');
    const early = { version_id: active?.id ?? '', content_hash: active?.contentHash ?? '', sequence };
    const body = edge.keys.signed(applied(edge.id, early));
    await api.refused(400, 'POST', path, { token: edge.token, body });
  });

  it('is for what the gateway is bound to now', async () => {
    const edge = await edgeOf(api);
    const body = edge.keys.signed(applied(edge.id, edge.manifest));
    await api.created('/v1/configurations', {
      id: 'other',
      name: 'other',
      policy_yaml: policy({ limit: 9 }),
    });
    await api.deliver();
    const to = (configuration_id: string | null) =>
      api.call('PATCH', `/v1/gateways/${edge.id}`, { body: { configuration_id } });
    await to('other');
    const path = receipts(edge.id);
    expect((await api.refused(400, 'POST', path, { token: edge.token, body })).code).toBe('not_announced');
    await to(null);
    expect((await api.refused(409, 'POST', path, { token: edge.token, body })).code).toBe('not_bound');
    await to('cfg');
    expect((await post(api, edge, body)).status).toBe(201);
  });

  it('needs a key of the gateway, and says how to give one', async () => {
    const edge = await edgeOf(api, { public_key: null });
    const body = edge.keys.signed(applied(edge.id, edge.manifest));
    const error = await api.refused(409, 'POST', receipts(edge.id), { token: edge.token, body });
    expect([error.code, error.message]).toEqual(['key_missing', expect.stringContaining('public_key')]);
    await api.call('PATCH', `/v1/gateways/${edge.id}`, { body: { public_key: edge.keys.pem } });
    expect((await post(api, edge, body)).status).toBe(201);
  });

  it('keeps the key that it was verified with when the gateway gets another, which old signatures do not pass', async () => {
    const edge = await edgeOf(api);
    const body = edge.keys.signed(applied(edge.id, edge.manifest));
    await post(api, edge, body);
    const next = signingGateway();
    await api.call('PATCH', `/v1/gateways/${edge.id}`, { body: { public_key: next.pem } });
    await api.refused(400, 'POST', receipts(edge.id), { token: edge.token, body });
    const again = { ...applied(edge.id, edge.manifest), received_at: '2026-03-01T13:00:00Z' };
    await post(api, edge, next.signed(again));
    expect((await stored(api, edge)).map(({ public_key }: Json) => public_key).sort()).toEqual(
      [edge.keys.pem, next.pem].sort(),
    );
  });
});

const otherKey = signingGateway();
const flipped = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);

/** What is wrong, the receipt that has it, and the field that the answer names. */
const FORGED: readonly (readonly [what: string, of: (edge: Edge) => object, field: string])[] = [
  ['the key of somebody else', (edge) => otherKey.signed(applied(edge.id, edge.manifest)), 'signature'],
  ['another state than was signed', (edge) => ({ ...refusal(edge), ...asApplied }), 'signature'],
  ['another reason than was signed', (edge) => ({ ...refusal(edge), reason: 'all is well' }), 'signature'],
  [
    'another time than was signed',
    (edge) => ({ ...receipt(edge), applied_at: '2026-03-02T00:00:00Z' }),
    'signature',
  ],
  [
    'the same time in other words',
    (edge) => ({ ...receipt(edge), applied_at: '2026-03-01T12:00:00Z' }),
    'signature',
  ],
  [
    'a flipped signature',
    (edge) => ({ ...receipt(edge), signature: flipped(receipt(edge).signature) }),
    'signature',
  ],
  ['an empty signature', (edge) => ({ ...receipt(edge), signature: '' }), 'signature'],
  ['no signature', (edge) => ({ ...receipt(edge), signature: undefined }), 'signature'],
  [
    'a padded signature',
    (edge) => ({ ...receipt(edge), signature: `${receipt(edge).signature}==` }),
    'signature',
  ],
  [
    'the name of another gateway',
    (edge) => edge.keys.signed(applied('gw_other', edge.manifest)),
    'gateway_id',
  ],
  ['an unknown field', (edge) => ({ ...receipt(edge), team: 'red' }), 'team'],
  ['no time of application', (edge) => ({ ...receipt(edge), applied_at: null }), 'applied_at'],
  ['a refusal without a reason', (edge) => ({ ...refusal(edge), reason: null }), 'reason'],
  [
    'a refusal that was applied',
    (edge) => ({ ...refusal(edge), applied_at: '2026-03-01T12:00:00Z' }),
    'applied_at',
  ],
  ['a reason beyond its bound', (edge) => signedRefusal(edge, 'x'.repeat(1001)), 'reason'],
  ['a reason of two lines', (edge) => signedRefusal(edge, 'a\nb'), 'reason'],
  ['a reason with half a character', (edge) => signedRefusal(edge, 'a\ud800b'), 'reason'],
  ['a hash in capitals', (edge) => ({ ...receipt(edge), content_hash: 'A'.repeat(64) }), 'content_hash'],
  ['a sequence that is none', (edge) => ({ ...receipt(edge), sequence: 1.5 }), 'sequence'],
  ['a sequence below one', (edge) => ({ ...receipt(edge), sequence: 0 }), 'sequence'],
  ['a sequence beyond numbers', (edge) => ({ ...receipt(edge), sequence: 2 ** 60 }), 'sequence'],
  ['a time that is none', (edge) => ({ ...receipt(edge), received_at: 'now' }), 'received_at'],
  [
    'an endless time',
    (edge) => ({ ...receipt(edge), received_at: `2026-03-01T12:00:00.${'0'.repeat(50)}Z` }),
    'received_at',
  ],
];
const receipt = (edge: Edge) => edge.keys.signed(applied(edge.id, edge.manifest));
const refusal = (edge: Edge) => edge.keys.signed(refused(edge.id, edge.manifest));
const signedRefusal = (edge: Edge, reason: string) =>
  edge.keys.signed(refused(edge.id, edge.manifest, reason));
const asApplied = { state: 'applied', reason: null, applied_at: '2026-03-01T12:00:00.000Z' } as const;

describe('a forged receipt', () => {
  it.each(FORGED)('with %s is refused, and leaves no trace', async (_what, forge, field) => {
    const { edge } = shared;
    const body = forge(edge);
    const error = await api.refused(400, 'POST', receipts(edge.id), { token: edge.token, body });
    expect(error.details[0].field).toBe(field);
  });

  it('is one that another gateway signed, or sent', async () => {
    const edge = await edgeOf(api);
    const other = await edgeOf(api, { name: 'other' });
    const { token } = other;
    // Its own token on another's path; another's statement on its own path; its signature on another's statement.
    await api.refused(404, 'POST', receipts(edge.id), { token, body: receipt(edge) });
    await api.refused(400, 'POST', receipts(other.id), { token, body: receipt(edge) });
    const body = { ...receipt(edge), gateway_id: other.id };
    await api.refused(400, 'POST', receipts(other.id), { token, body });
    const theirs = other.keys.signed(applied(edge.id, edge.manifest));
    await api.refused(400, 'POST', receipts(edge.id), { token: edge.token, body: theirs });
  });

  it('is what anybody but the gateway sends, an admin too', async () => {
    const edge = await edgeOf(api);
    for (const path of [receipts(edge.id), `/v1/gateways/${edge.id}/heartbeat`]) {
      const body = path.endsWith('heartbeat') ? { content_hash: null } : receipt(edge);
      expect((await api.refused(403, 'POST', path, { body })).code).toBe('gateway_token_needed');
      await api.refused(401, 'POST', path, { token: null, body });
    }
  });

  it('is none of another team’s business', async () => {
    const edge = await edgeOf(api);
    await post(api, edge, receipt(edge));
    const token = await api.tokenFor('admin', 'blue');
    await api.created('/v1/configurations', { id: 'blue', name: 'b', team: 'blue', policy_yaml: policy() });
    for (const path of [receipts(edge.id), '/v1/configurations/cfg/versions/1/receipts'])
      await api.refused(404, 'GET', path, { token });
    // The versions of two teams may hold the same bytes, and still are two.
    const own = await api.call('GET', '/v1/configurations/blue/versions/1/receipts', { token });
    expect(own.json).toEqual({ data: [] });
  });
});

describe('receipts of a gateway', () => {
  it('are found around a time, newest first, page by page', async () => {
    const edge = await edgeOf(api);
    const start = api.time.at;
    for (let minute = 0; minute < 10; minute++) {
      api.time.at = start + minute * 60_000;
      const reason = `attempt ${minute}`;
      await post(api, edge, signedRefusal(edge, reason));
    }
    const reasons = async (query: string) => {
      const found: string[] = [];
      let next: string | undefined;
      do {
        const page = `${receipts(edge.id)}?limit=3${query}${next ? `&cursor=${next}` : ''}`;
        const { json } = await api.call('GET', page);
        found.push(...json.data.map(({ reason }: Json) => reason.split(' ')[1]));
        next = json.next;
      } while (next);
      return found.join('');
    };
    expect(await reasons('')).toBe('9876543210');
    const at = (minute: number) => new Date(start + minute * 60_000).toISOString();
    expect(await reasons(`&since=${at(3)}&until=${at(6)}`)).toBe('543');
    expect(await reasons(`&until=${at(0)}`)).toBe('');
    expect(await reasons(`&since=${at(9)}`)).toBe('9');
    await api.refused(400, 'GET', `${receipts(edge.id)}?cursor=bm9uc2Vuc2U!`);
    await api.refused(400, 'GET', `${receipts(edge.id)}?since=5m`);
  });
});

describe('a heartbeat', () => {
  const beat = (on: Api, { id, token }: Edge, body: object) =>
    on.call('POST', `/v1/gateways/${id}/heartbeat`, { token, body });
  const reported = async ({ id }: Edge) => (await api.call('GET', `/v1/gateways/${id}`)).json.reported;

  it('is shown with its gateway, alone and in the list', async () => {
    const edge = await edgeOf(api);
    const silent = await edgeOf(api, { name: 'silent' });
    const { content_hash, version_id } = edge.manifest;
    const said = {
      content_hash,
      version_id,
      sequence: 1,
      uptime_seconds: 12,
      health: 'degraded',
      reason: 'hot',
    };
    const answer = await beat(api, edge, said);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const at = '2026-03-01T12:00:00.000Z';
    expect(await reported(edge)).toEqual({ ...said, since: at, at, last_heartbeat: at });
    const { data } = (await api.call('GET', '/v1/gateways')).json;
    const healths = new Map(data.map(({ id, reported: of }: Json) => [id, of?.health ?? null]));
    expect(healths).toEqual(
      new Map([
        [edge.id, 'degraded'],
        [silent.id, null],
      ]),
    );
  });

  it('replaces the one before; what did not change is as old as it is', async () => {
    const edge = await edgeOf(api);
    const { content_hash } = edge.manifest;
    await beat(api, edge, { content_hash, health: 'unhealthy', uptime_seconds: 5 });
    api.time.at += 30_000;
    await beat(api, edge, { content_hash });
    const [first, second, third] = ['00:00', '00:30', '01:00'].map((at) => `2026-03-01T12:${at}.000Z`);
    const none = { sequence: null, version_id: null, health: null, reason: null, uptime_seconds: null };
    expect(await reported(edge)).toEqual({
      content_hash,
      ...none,
      since: first,
      at: second,
      last_heartbeat: second,
    });
    api.time.at += 30_000;
    await beat(api, edge, { content_hash: null });
    expect(await reported(edge)).toMatchObject({ content_hash: null, since: third, at: third });
  });

  it('is no change of the gateway: nothing conflicts with it, and the audit log does not tell of it', async () => {
    const edge = await edgeOf(api);
    const before = await api.ports.gateways.find(edge.id);
    if (!before) throw new Error('no gateway');
    const events = await api.eventTypes();
    await beat(api, edge, { content_hash: null });
    const rows = await api.rows();
    await beat(api, edge, { content_hash: null });
    expect(await api.rows()).toEqual(rows);
    const patched = await api.call('PATCH', `/v1/gateways/${edge.id}`, { body: { name: 'renamed' } });
    expect([patched.status, patched.json.reported.content_hash]).toEqual([200, null]);
    expect(await api.eventTypes()).toEqual([...events, 'gateway.updated']);
  });

  it('goes with its gateway; the receipts stay', async () => {
    const edge = await edgeOf(api);
    await beat(api, edge, { content_hash: null });
    await post(api, edge, receipt(edge));
    await api.call('DELETE', `/v1/gateways/${edge.id}`);
    expect((await beat(api, edge, { content_hash: null })).status).toBe(401);
    expect((await api.rows()).filter(({ sk }) => sk === 'REPORT')).toEqual([]);
    const { data } = (await api.call('GET', '/v1/configurations/cfg/versions/1/receipts')).json;
    expect(data).toHaveLength(1);
  });

  it.each([
    [{}, 'content_hash'],
    [{ content_hash: 'x' }, 'content_hash'],
    [{ content_hash: null, sequence: 0 }, 'sequence'],
    [{ content_hash: null, uptime_seconds: -1 }, 'uptime_seconds'],
    [{ content_hash: null, health: 'fine' }, 'health'],
    [{ content_hash: null, reason: 'x'.repeat(1001) }, 'reason'],
    [{ content_hash: null, version_id: 'a b' }, 'version_id'],
    [{ content_hash: null, at: '2026-03-01T12:00:00Z' }, 'at'],
  ])('is refused as %j', async (body, field) => {
    const { edge } = shared;
    const options = { token: edge.token, body };
    const error = await api.refused(400, 'POST', `/v1/gateways/${edge.id}/heartbeat`, options);
    expect(error.details[0].field).toBe(field);
  });
});
