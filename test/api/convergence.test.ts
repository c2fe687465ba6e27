/** Convergence: which gateways of a configuration run what is active, and a reload for those that do not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../lib/domain/reload.ts';
import { type Api, type Json, startApi } from '../support/api.ts';
import { applied, refused, type SigningGateway, signingGateway } from '../support/signing-gateway.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
beforeAll(async () => {
  server = await startApi();
});
afterAll(() => server.close());
beforeEach(async () => {
  api = await server.fresh();
  sent = new Map();
});

const PATH = '/v1/configurations/cfg/convergence';

/** By queue, what was sent to it. */
let sent: Map<string, number[]>;

/** Another API over the same table, whose queues are looked into. */
function listening(): Pick<Api['ports'], 'reloads'> {
  const { reloads } = api.ports;
  return {
    reloads: {
      ...reloads,
      send: async (queueName, message) => {
        sent.set(queueName, [...(sent.get(queueName) ?? []), message.manifest.sequence]);
        return reloads.send(queueName, message);
      },
    },
  };
}

interface Edge {
  readonly id: string;
  readonly token: string;
  readonly keys: SigningGateway;
}

async function configuration(id = 'cfg', limit = 1): Promise<Manifest> {
  await api.created('/v1/configurations', { id, name: id, policy_yaml: policy({ limit }) });
  await api.deliver();
  return announced(id);
}

/** Makes a version, and leaves its announcement to `api.deliver`. */
async function change(limit: number): Promise<void> {
  const { status } = await api.call('PATCH', '/v1/configurations/cfg', {
    body: { policy_yaml: policy({ limit }) },
  });
  expect(status).toBe(200);
}

async function announced(id = 'cfg'): Promise<Manifest> {
  const manifest = (await api.configuration(id)).announced?.manifest;
  if (!manifest) throw new Error(`nothing was announced for ${id}`);
  return manifest;
}

async function edge(name: string, withKey = true): Promise<Edge> {
  const keys = signingGateway();
  const body = { name, configuration_id: 'cfg', public_key: withKey ? keys.pem : null };
  const { id, token } = await api.created('/v1/gateways', body);
  return { id, token, keys };
}

async function reports(from: Edge, what: 'receipts' | 'heartbeat', body: object): Promise<void> {
  const answer = await api.call('POST', `/v1/gateways/${from.id}/${what}`, { token: from.token, body });
  expect([answer.text, answer.status < 300]).toEqual([answer.text, true]);
}
const runs = (from: Edge, content_hash: string | null) => reports(from, 'heartbeat', { content_hash });
const applies = (from: Edge, manifest: Manifest) =>
  reports(from, 'receipts', from.keys.signed(applied(from.id, manifest)));
const refuses = (from: Edge, manifest: Manifest, reason: string) =>
  reports(from, 'receipts', from.keys.signed(refused(from.id, manifest, reason)));

async function convergence(query = ''): Promise<Json> {
  const answer = await api.call('GET', `${PATH}${query}`);
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  return answer.json;
}
/** `name: state` of each. */
const states = ({ gateways }: Json) =>
  Object.fromEntries(gateways.map(({ name, state, proof }: Json) => [name, [state, proof]]));

describe('convergence', () => {
  it('says of every bound gateway what it runs, and how that is known', async () => {
    const before = await configuration();
    const [signs, says, declines, lags, silent] = [
      await edge('signs'),
      await edge('says', false),
      await edge('declines'),
      await edge('lags'),
      await edge('silent'),
    ];
    await runs(lags, before.content_hash);
    await change(2);
    await api.deliver();
    const active = await announced();
    await applies(signs, active);
    await runs(says, active.content_hash);
    await refuses(declines, active, 'the signature does not verify');
    const found = await convergence();
    expect(found).toMatchObject({
      configuration_id: 'cfg',
      version_id: active.version_id,
      number: 2,
      content_hash: active.content_hash,
      sequence: 2,
      converged: false,
      counts: { bound: 5, converged: 2, refused: 1, lagging: 1, offline: 1, unknown: 0 },
    });
    expect(states(found)).toEqual({
      signs: ['converged', 'receipt'],
      says: ['converged', 'heartbeat'],
      declines: ['refused', 'receipt'],
      lags: ['lagging', null],
      silent: ['offline', null],
    });
    const of = (id: string) => found.gateways.find((gateway: Json) => gateway.id === id);
    const at = '2026-03-01T12:00:00.000Z';
    expect(of(signs.id)).toEqual({
      id: signs.id,
      name: 'signs',
      state: 'converged',
      content_hash: active.content_hash,
      sequence: 2,
      reason: null,
      since: at,
      last_heartbeat: null,
      proof: 'receipt',
      drift: null,
      latency: {
        sequence: 2,
        control_plane: {
          received_at: at,
          // It came by the API, not from git.
          fetched_at: null,
          published_at: at,
          activated_at: at,
          announced_at: at,
          heard_at: at,
          received_to_fetched_ms: null,
          fetched_to_published_ms: null,
          published_to_announced_ms: 0,
          announced_to_heard_ms: 0,
          received_to_heard_ms: 0,
        },
        gateway: {
          received_at: at,
          verified_at: at,
          applied_at: at,
          received_to_verified_ms: 0,
          verified_to_applied_ms: 0,
          received_to_applied_ms: 0,
        },
      },
    });
    expect(of(declines.id)).toMatchObject({ reason: 'the signature does not verify', content_hash: null });
    expect(of(lags.id)).toMatchObject({ content_hash: before.content_hash, last_heartbeat: at });
    expect(of(silent.id)).toMatchObject({ since: null, last_heartbeat: null });
  });

  it('is there when everybody has signed, and gone when one says that it runs something else', async () => {
    const active = await configuration();
    const [one, two] = [await edge('one'), await edge('two')];
    await applies(one, active);
    expect((await convergence()).converged).toBe(false);
    await applies(two, active);
    expect((await convergence()).converged).toBe(true);
    // What runs wins over what was signed, in the order in which it was said.
    await runs(two, 'f'.repeat(64));
    expect(await convergence()).toMatchObject({ converged: false, counts: { converged: 1, lagging: 1 } });
    await runs(two, active.content_hash);
    expect((await convergence()).converged).toBe(true);
    await runs(two, null);
    expect((await convergence()).converged).toBe(false);
  });

  it('is not denied by a heartbeat from before the reload', async () => {
    const before = await configuration();
    const one = await edge('one');
    await runs(one, before.content_hash);
    await change(2);
    await api.deliver();
    await applies(one, await announced());
    expect((await convergence()).converged).toBe(true);
  });

  it('begins with the announcement: before it nobody was told', async () => {
    const before = await configuration();
    const one = await edge('one', false);
    await runs(one, before.content_hash);
    expect((await convergence()).converged).toBe(true);
    await change(2);
    expect(await convergence()).toMatchObject({ converged: false, sequence: 2, counts: { lagging: 1 } });
    // It may even know the bytes.
    const { active } = await api.configuration('cfg');
    await runs(one, active?.contentHash ?? null);
    expect((await convergence()).converged).toBe(false);
    await api.deliver();
    expect((await convergence()).converged).toBe(true);
  });

  it('holds when Active moves to the same bytes, and is lost when other bytes were between', async () => {
    const first = await configuration();
    const one = await edge('one');
    await applies(one, first);
    // Version 2 has other bytes, version 3 has those of version 1; only the third is announced.
    await change(2);
    await change(1);
    await api.deliver();
    expect((await announced()).sequence).toBe(3);
    expect((await convergence()).converged).toBe(true);
    await api.call('POST', '/v1/configurations/cfg/versions/1/activate', { body: { reason: 'the same' } });
    await api.deliver();
    expect((await announced()).sequence).toBe(4);
    expect((await convergence()).converged).toBe(true);
    await change(2);
    await api.deliver();
    await change(1);
    await api.deliver();
    const last = await announced();
    // Its receipt for these bytes is from before the other ones were announced.
    expect(await convergence()).toMatchObject({ converged: false, counts: { lagging: 1 } });
    await applies(one, last);
    expect((await convergence()).converged).toBe(true);
  });

  it('goes when a gateway falls silent', async () => {
    const active = await configuration();
    const one = await edge('one');
    await applies(one, active);
    api.time.at += 90_000;
    expect((await convergence()).converged).toBe(true);
    api.time.at += 1000;
    expect(await convergence()).toMatchObject({ converged: false, counts: { offline: 1 } });
    await runs(one, active.content_hash);
    expect((await convergence()).converged).toBe(true);
  });

  it('is there for a configuration that no gateway runs, once it is announced; not without a version', async () => {
    await api.created('/v1/configurations', { id: 'cfg', name: 'cfg' });
    expect(await convergence()).toEqual({
      configuration_id: 'cfg',
      version_id: null,
      number: null,
      content_hash: null,
      sequence: 0,
      converged: false,
      counts: { bound: 0, converged: 0, refused: 0, lagging: 0, offline: 0, unknown: 0 },
      gateways: [],
    });
    await change(1);
    await api.deliver();
    expect(await convergence()).toMatchObject({ converged: true, counts: { bound: 0 } });
  });

  it('counts a gateway where it is bound, with the receipts of that configuration', async () => {
    const here = await configuration();
    const there = await configuration('other', 2);
    const one = await edge('one');
    await applies(one, here);
    await api.call('PATCH', `/v1/gateways/${one.id}`, { body: { configuration_id: 'other' } });
    expect(await convergence()).toMatchObject({ converged: true, counts: { bound: 0 } });
    const other = async () => (await api.call('GET', '/v1/configurations/other/convergence')).json;
    expect(await other()).toMatchObject({ converged: false, counts: { lagging: 1 } });
    await applies(one, there);
    expect(await other()).toMatchObject({ converged: true, counts: { bound: 1 } });
  });

  it('is not claimed when a row cannot be read', async () => {
    const active = await configuration();
    const one = await edge('one');
    await applies(one, active);
    const broken = {
      ...api.ports.gateways,
      standings: async () => ({
        items: (await api.ports.gateways.standings('cfg', null)).items.map((s) => ({ ...s, gateway: null })),
        next: null,
      }),
    };
    const own = await server.fresh({ ...api.ports, gateways: broken });
    const { json } = await own.call('GET', PATH, { token: api.admin });
    expect(json).toMatchObject({ converged: false, gateways: [{ name: one.id, state: 'offline' }] });
  });

  it('comes in pages, each with the counts of all; or only those in one state', async () => {
    const active = await configuration();
    const edges: Edge[] = [];
    for (let i = 0; i < 7; i++) edges.push(await edge(`edge-${i}`));
    for (const one of edges.slice(0, 4)) await applies(one, active);
    const walk = async (query: string) => {
      const ids: string[] = [];
      let path = `${PATH}?limit=2${query}`;
      for (;;) {
        const answer = await api.call('GET', path);
        expect(answer.json.counts).toMatchObject({ bound: 7, converged: 4, offline: 3 });
        expect(answer.json.gateways.length).toBeLessThanOrEqual(2);
        ids.push(...answer.json.gateways.map(({ id }: Json) => id));
        const link = /<https:\/\/kt\.example([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '');
        expect(link !== null).toBe(answer.json.next !== undefined);
        if (!link) return ids;
        path = link[1] ?? '';
      }
    };
    const sorted = (some: readonly Edge[]) => some.map(({ id }) => id).sort();
    expect(await walk('')).toEqual(sorted(edges));
    expect(await walk('&state=offline')).toEqual(sorted(edges.slice(4)));
    expect(await walk('&state=refused')).toEqual([]);
  });

  it('may be waited for', async () => {
    const active = await configuration();
    const one = await edge('one');
    const waiting = convergence('?wait=25');
    await applies(one, active);
    expect(await waiting).toMatchObject({ converged: true });
    await runs(one, null);
    expect(await convergence('?wait=1')).toMatchObject({ converged: false });
  });

  it.each(['?wait=26', '?wait=-1', '?wait=soon', '?state=fine', '?limit=0', '?limit=1001', '?cursor=!'])(
    'is not asked for with %s',
    async (query) => {
      await configuration();
      await api.refused(400, 'GET', `${PATH}${query}`);
    },
  );

  it('is shown to who may read gateways, of the own team', async () => {
    await configuration();
    await edge('one');
    const wish = { name: 'reader', permissions: ['configurations:read'] };
    const { token } = await api.created('/v1/tokens', wish);
    expect((await api.refused(403, 'GET', PATH, { token })).message).toContain('gateways:read');
    const reader = await api.tokenFor('configurations_reader', 'default');
    expect((await api.call('GET', PATH, { token: reader })).status).toBe(200);
    await api.refused(404, 'GET', PATH, { token: await api.tokenFor('admin', 'blue') });
  });
});

describe('a reload on request', () => {
  it('sends the gateway what was announced, once more, and says so in the audit log', async () => {
    await configuration();
    const one = await edge('one');
    await edge('two');
    const own = await server.fresh({ ...api.ports, ...listening() });
    const answer = await own.call('POST', `/v1/gateways/${one.id}/reload`, { token: api.admin });
    expect([answer.status, answer.json]).toEqual([202, { sent: true, sequence: 1 }]);
    const gateway = await api.ports.gateways.find(one.id);
    expect([...sent]).toEqual([[gateway?.queueName, [1]]]);
    const { data } = (await api.call('GET', '/v1/events?type=gateway.reload_requested')).json;
    expect(data).toMatchObject([{ gateway_id: one.id, configuration_id: 'cfg', detail: { sequence: 1 } }]);
  });

  it('is refused while there is nothing to send, or nowhere to send it', async () => {
    const { id } = await api.created('/v1/gateways', { name: 'g' });
    const path = `/v1/gateways/${id}/reload`;
    expect((await api.refused(409, 'POST', path)).code).toBe('not_bound');
    await api.created('/v1/configurations', { id: 'cfg', name: 'cfg', policy_yaml: policy() });
    await api.call('PATCH', `/v1/gateways/${id}`, { body: { configuration_id: 'cfg' } });
    expect((await api.refused(409, 'POST', path)).code).toBe('not_announced');
    await api.deliver();
    const gateway = await api.ports.gateways.find(id);
    await api.ports.queues.remove(gateway?.queueName ?? '');
    const gone = await api.call('POST', path);
    expect([gone.status, gone.json.error.code]).toEqual([409, 'queue_gone']);
  });

  it('comes by itself when a gateway is bound to something else', async () => {
    await configuration();
    await configuration('other', 2);
    const own = await server.fresh({ ...api.ports, ...listening() });
    const one = await edge('one');
    const { queueName = '' } = (await api.ports.gateways.find(one.id)) ?? {};
    const patch = (body: object) => own.call('PATCH', `/v1/gateways/${one.id}`, { token: api.admin, body });
    for (const body of [{ name: 'renamed' }, { configuration_id: 'cfg' }, { configuration_id: null }])
      expect((await patch(body)).status).toBe(200);
    expect([...sent]).toEqual([]);
    expect((await patch({ configuration_id: 'other' })).status).toBe(200);
    expect([...sent]).toEqual([[queueName, [1]]]);
    // What is not announced yet, fan-out will tell: it finds the binding.
    await api.created('/v1/configurations', { id: 'third', name: 'third', policy_yaml: policy() });
    expect((await patch({ configuration_id: 'third' })).status).toBe(200);
    expect(sent.get(queueName)).toHaveLength(1);
  });

  it('that cannot be sent does not undo the binding: the gateway finds out when it asks', async () => {
    await configuration();
    const { id } = await api.created('/v1/gateways', { name: 'g' });
    const reloads = { ...api.ports.reloads, send: () => Promise.reject(new Error('the queue is on fire')) };
    const own = await server.fresh({ ...api.ports, reloads });
    const body = { configuration_id: 'cfg' };
    expect((await own.call('PATCH', `/v1/gateways/${id}`, { token: api.admin, body })).status).toBe(200);
    expect(await api.ports.gateways.find(id)).toMatchObject({ configurationId: 'cfg' });
    expect(api.facts.map(({ name }) => name)).toContain('reload.not_sent');
  });
});
