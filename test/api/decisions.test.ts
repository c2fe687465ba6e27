/** What gateways decided: taken once, from the gateway itself, and found among the events. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Json, startApi } from '../support/api.ts';
import { decision, type SentDecision } from '../support/decisions.ts';
import { DECISION_HOURS } from '../support/ports-over.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
let shared: Api;
beforeAll(async () => {
  server = await startApi();
  shared = await server.fresh();
});
afterAll(() => server.close());
beforeEach(async ({ task }) => {
  api = task.each ? shared : await server.fresh();
});

async function gateway(more: object = {}, on: Api = api) {
  const { id, token } = await on.created('/v1/gateways', { name: 'g', ...more });
  return {
    id,
    send: (...events: readonly SentDecision[]) => on.call('POST', '/v1/events', { token, body: { events } }),
    token,
  };
}

const listed = async (query = '', token?: string): Promise<Json[]> =>
  (await api.call('GET', `/v1/events${query}`, token ? { token } : {})).json.data;
const idsOf = (events: readonly Json[]) => events.map(({ detail }) => detail.id);

describe('decisions', () => {
  it('are listed with what was said of them, by the names of the guides too', async () => {
    const { id, send } = await gateway();
    const sent = decision({ verdict: 'block', reason_code: 'prompt_injection.detected', status: 409 });
    expect((await send(sent)).json).toEqual({ accepted: 1, duplicates: 0 });
    const { event_type, version_id, request_id, ...detail } = sent;
    const { timestamp, verdict, reason_code, model, provider, config_version } = sent;
    expect(await listed('?type=decision')).toEqual([
      {
        id: expect.stringMatching(/^evt_[0-9a-z]{26}$/),
        type: 'decision',
        at: '2026-03-01T12:00:00.000Z',
        actor: expect.stringMatching(/^token:/),
        gateway_id: id,
        version_id,
        request_id,
        ...{ event_type, timestamp, verdict, reason_code, model, provider, config_version },
        detail,
      },
    ]);
  });

  it('are in order of arrival, among the audit log, whatever the gateway’s clock says', async () => {
    const { send } = await gateway();
    await send(decision({ id: 'evt_a', timestamp: '2027-01-01T00:00:00Z' }), decision({ id: 'evt_b' }));
    api.time.at += 1000;
    await api.created('/v1/configurations', { id: 'cfg', name: 'x' });
    api.time.at += 1000;
    await send(decision({ id: 'evt_c', timestamp: '1999-01-01T00:00:00+02:00' }));
    const all = await listed();
    expect(all.map(({ type, detail }) => (type === 'decision' ? detail.id : type))).toEqual([
      'token.created',
      'gateway.registered',
      'evt_a',
      'evt_b',
      'configuration.created',
      'evt_c',
    ]);
    expect((await listed('?type=audit')).map(({ type }) => type)).toEqual([
      'token.created',
      'gateway.registered',
      'configuration.created',
    ]);
  });

  it('are found by verdict and by gateway, in pages', async () => {
    const [one, other] = [await gateway(), await gateway()];
    const verdicts = ['allow', 'block', 'redact', 'escalate'] as const;
    for (const { send } of [one, other])
      await send(...Array.from({ length: 40 }, (_, i) => decision({ verdict: verdicts[i % 4] ?? 'allow' })));
    expect(await listed('?verdict=block')).toHaveLength(20);
    const blocked = await listed(`?verdict=block&gateway_id=${one.id}`);
    expect(blocked).toHaveLength(10);
    expect(new Set(blocked.map(({ gateway_id, verdict }) => `${gateway_id} ${verdict}`))).toEqual(
      new Set([`${one.id} block`]),
    );
    // Of a gateway there is more than its decisions.
    expect(await listed(`?gateway_id=${other.id}`)).toHaveLength(41);

    const found: Json[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `/v1/events?type=decision&limit=7${cursor && `&cursor=${cursor}`}`;
      const { data, next } = (await api.call('GET', path)).json;
      found.push(...data);
      cursor = next;
    }
    expect(found).toHaveLength(80);
    expect(found.map(({ id }) => id)).toEqual(found.map(({ id }) => id).sort());
  });

  it('sent twice are stored once, as they were first', async () => {
    const { send } = await gateway();
    const first = decision({ verdict: 'block' });
    expect((await send(first, { ...first, verdict: 'allow' })).json).toEqual({ accepted: 1, duplicates: 1 });
    const before = await listed('?type=decision');
    api.time.at += 60_000;
    expect((await send({ ...first, verdict: 'allow' }, decision())).json).toEqual({
      accepted: 1,
      duplicates: 1,
    });
    const after = await listed('?type=decision');
    expect(after).toHaveLength(2);
    expect(after[0]).toEqual(before[0]);
    expect(after[0].verdict).toBe('block');
  });

  it('of one gateway are never taken for those of another, whatever it calls them', async () => {
    const [one, other] = [await gateway(), await gateway()];
    await one.send(decision({ id: 'evt_same', verdict: 'block' }));
    const answer = await other.send(decision({ id: 'evt_same', verdict: 'allow' }));
    expect(answer.json).toEqual({ accepted: 1, duplicates: 0 });
    const both = await listed('?type=decision');
    expect(both.map(({ gateway_id, verdict }) => [gateway_id, verdict])).toEqual([
      [one.id, 'block'],
      [other.id, 'allow'],
    ]);
    expect(new Set(both.map(({ id }) => id)).size).toBe(2);
  });

  it('belong to the team of their gateway', async () => {
    const [red, blue] = [await gateway({ team: 'red' }), await gateway({ team: 'blue' })];
    await red.send(decision({ id: 'evt_red' }));
    await blue.send(decision({ id: 'evt_blue' }));
    const token = await api.tokenFor('configurations_reader', 'red');
    expect(idsOf(await listed('?type=decision', token))).toEqual(['evt_red']);
    expect(await listed(`?type=decision&gateway_id=${blue.id}`, token)).toEqual([]);
    expect(idsOf(await listed('?type=decision&team=blue'))).toEqual(['evt_blue']);
  });

  it('are gone after their time, and the audit log is not', async () => {
    const { send } = await gateway();
    await send(decision());
    api.time.at += (DECISION_HOURS - 1) * 3_600_000;
    const types = async () => (await listed('?since=7d')).map(({ type }) => type);
    const audit = ['token.created', 'gateway.registered'];
    expect(await types()).toEqual([...audit, 'decision']);
    api.time.at += 3_600_000;
    expect(await types()).toEqual(audit);
    api.time.at += 3 * 86_400_000;
    expect(await types()).toEqual(audit);
  });

  it('are told by the gateway itself, while it is there', async () => {
    const { id, token, send } = await gateway();
    const events = [decision()];
    expect((await api.refused(403, 'POST', '/v1/events', { body: { events } })).code).toBe(
      'gateway_token_needed',
    );
    expect((await api.call('GET', '/v1/events', { token })).status).toBe(403);
    await api.call('DELETE', `/v1/gateways/${id}`);
    expect((await send(decision())).status).toBe(401);
  });

  it('of a whole batch are taken at once, and no more than that', async () => {
    const { send } = await gateway();
    const batch = Array.from({ length: 500 }, () => decision());
    expect((await send(...batch)).json).toEqual({ accepted: 500, duplicates: 0 });
    expect((await send(...batch)).json).toEqual({ accepted: 0, duplicates: 500 });
    expect(idsOf(await listed('?type=decision&limit=500'))).toEqual(batch.map(({ id }) => id));
    expect((await send(...batch, decision())).status).toBe(400);
  });
});

describe('a decision that is refused', () => {
  const WRONG: readonly (readonly [string, object])[] = [
    ['id', { id: 'x' }],
    ['id', { id: `evt_${'x'.repeat(97)}` }],
    ['timestamp', { timestamp: 'yesterday' }],
    ['event_type', { event_type: 'request' }],
    ['verdict', { verdict: 'maybe' }],
    ['reason_code', { reason_code: 'two\nlines' }],
    ['model', { model: 'x'.repeat(201) }],
    ['content_hash', { content_hash: 'A'.repeat(64) }],
    ['sequence', { sequence: 0 }],
    ['status', { status: 42 }],
    ['latency_ms', { latency_ms: -1 }],
    ['policy_results', { policy_results: Array(101).fill(decision().policy_results[0]) }],
    ['policy_results.0.phase', { policy_results: [{ ...decision().policy_results[0], phase: 'later' }] }],
    ['prompt_hash', { prompt_hash: 'the prompt itself' }],
    ['prompt', { prompt: 'my secret' }],
    ['unenforced', { unenforced: Array(101).fill('rbac') }],
  ];
  it.each(WRONG)('for its %s takes the whole batch with it: %j', async (field, more) => {
    const { token } = await gateway({}, shared);
    const events = [decision(), { ...decision(), ...more }];
    const error = await shared.refused(400, 'POST', '/v1/events', { token, body: { events } });
    expect(error.details[0].field).toBe(`events.1.${field}`);
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(await listed('?type=decision')).toEqual([]);
  });

  it.each([{ events: [] }, {}, { events: [decision()], more: 1 }])('or is not there: %j', async (body) => {
    const { token } = await gateway({}, shared);
    await shared.refused(400, 'POST', '/v1/events', { token, body });
  });
});

describe('a question that no event can answer', () => {
  it.each([
    ['verdict', 'verdict=maybe'],
    ['verdict', 'verdict=block&type=hold.set'],
    ['verdict', 'verdict=block&type=audit'],
    ['configuration_id', 'verdict=block&configuration_id=c'],
    ['configuration_id', 'type=decision&configuration_id=c'],
    ['gateway_id', 'gateway_id=a%20b'],
  ])('is refused for its %s: %s', async (field, query) => {
    const error = await shared.refused(400, 'GET', `/v1/events?${query}`);
    expect(error.details[0].field).toBe(field);
  });
});

describe('telling decisions', () => {
  /** Batches as a gateway may come to send them: of few ids, so that many come again, in any company. */
  const batches = fc.array(
    fc.record({
      from: fc.integer({ min: 0, max: 1 }),
      ids: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 }),
      /** Which of its writes are throttled, by their number. */
      throttled: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  );

  it('stores each once and in order, however it is batched, repeated and interrupted', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (sent) => {
        const here = await server.fresh();
        const gateways = [await gateway({}, here), await gateway({}, here)];
        const stored = [new Set<string>(), new Set<string>()];
        for (const [number, { from, ids, throttled }] of sent.entries()) {
          const events = ids.map((id) => decision({ id: `evt_${id}`, request_id: `batch ${number}` }));
          const failing = throttle(here, throttled);
          let answer = await gateways[from]?.send(...events);
          failing.stop();
          // As a gateway does: the same again, until it is taken.
          const interrupted = answer?.status === 429;
          expect(answer?.headers.get('retry-after') ?? null).toBe(interrupted ? '1' : null);
          if (interrupted) answer = await gateways[from]?.send(...events);
          expect(answer?.status).toBe(202);
          const { accepted, duplicates } = answer?.json ?? {};
          expect(accepted + duplicates).toBe(events.length);
          const known = stored[from] ?? new Set();
          const fresh = new Set(events.map(({ id }) => id).filter((id) => !known.has(id)));
          if (interrupted) expect(accepted).toBeLessThanOrEqual(fresh.size);
          else expect(accepted).toBe(fresh.size);
          for (const id of fresh) known.add(id);
        }
        const { json } = await here.call('GET', '/v1/events?type=decision&limit=500');
        for (const [index, { id }] of gateways.entries()) {
          const ids = idsOf(json.data.filter(({ gateway_id }: Json) => gateway_id === id));
          expect(ids.toSorted()).toEqual([...(stored[index] ?? [])].toSorted());
        }
      }),
      { numRuns: 12 },
    );
  });
});

/** Fails some of the table's writes as DynamoDB does when it is asked too much. */
function throttle(on: Api, which: readonly number[]) {
  const { middlewareStack } = on.table.client;
  let number = 0;
  middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'PutItemCommand' && which.includes(number++))
          throw Object.assign(new Error('too fast'), { name: 'ThrottlingException' });
        return next(args);
      },
    { name: 'throttle', step: 'initialize' },
  );
  return { stop: () => middlewareStack.remove('throttle') };
}
