/** Drift: a gateway that says it runs something else is noticed, told apart, told once more, and in the end a person is asked. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import type { Manifest } from '../../lib/domain/reload.ts';
import { type Api, type Json, startApi } from '../support/api.ts';
import { applied, refused, type SigningGateway, signingGateway } from '../support/signing-gateway.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
/** Sequences of the reloads that were sent, in order. */
let sent: number[];
/** Nothing can be sent. */
let down: boolean;
/** Done while a heartbeat is judged. */
let meanwhile: () => Promise<void>;
beforeAll(async () => {
  server = await startApi();
});
afterAll(() => server.close());
beforeEach(async () => {
  sent = [];
  down = false;
  meanwhile = async () => {};
  api = await server.fresh();
  const { reloads } = api.ports;
  const send: typeof reloads.send = async (queueName, message) => {
    if (down) throw new Error('the queue service is down');
    sent.push(message.manifest.sequence);
    return reloads.send(queueName, message);
  };
  api = await server.fresh({ reloads: { ...reloads, send } });
  const { at } = api.ports.announcements;
  Object.assign(api.ports.announcements, {
    at: async (id: string, sequence: number) => {
      const now = meanwhile;
      meanwhile = async () => {};
      await now();
      return at(id, sequence);
    },
  });
});

const FOREIGN = 'f'.repeat(64);

interface Edge {
  readonly id: string;
  readonly token: string;
  readonly keys: SigningGateway;
}

async function publish(limit: number, id = 'cfg'): Promise<Manifest> {
  const policy_yaml = policy({ limit });
  if (await api.ports.configurations.find(id))
    await api.call('PATCH', `/v1/configurations/${id}`, { body: { policy_yaml } });
  else await api.created('/v1/configurations', { id, name: id, policy_yaml });
  await api.deliver();
  const manifest = (await api.configuration(id)).announced?.manifest;
  if (!manifest) throw new Error('nothing was announced');
  return manifest;
}

async function edge({ signs = true }: { signs?: boolean } = {}): Promise<Edge> {
  const keys = signingGateway();
  const body = { name: 'edge', configuration_id: 'cfg', public_key: signs ? keys.pem : null };
  const { id, token } = await api.created('/v1/gateways', body);
  return { id, token, keys };
}

async function tells(from: Edge, what: 'receipts' | 'heartbeat', body: object): Promise<void> {
  const answer = await api.call('POST', `/v1/gateways/${from.id}/${what}`, { token: from.token, body });
  expect([answer.text, answer.status < 300]).toEqual([answer.text, true]);
}
const runs = (from: Edge, content_hash: string | null) => tells(from, 'heartbeat', { content_hash });
const applies = (from: Edge, manifest: Manifest) =>
  tells(from, 'receipts', from.keys.signed(applied(from.id, manifest)));
const refuses = (from: Edge, manifest: Manifest, reason: string) =>
  tells(from, 'receipts', from.keys.signed(refused(from.id, manifest, reason)));

const pass = (seconds: number) => {
  api.time.at += seconds * 1000;
};
const driftOf = async ({ id }: Edge): Promise<Json> =>
  (await api.call('GET', `/v1/gateways/${id}`)).json.drift;
async function events(): Promise<Json[]> {
  const { json } = await api.call('GET', '/v1/events?since=1d&limit=500');
  return json.data.filter(({ type }: Json) => type.startsWith('gateway.drift'));
}
const types = async () => (await events()).map(({ type }) => type);

/** One that applied version 1 a while ago. */
async function converged(options: { signs?: boolean } = {}): Promise<{ from: Edge; manifest: Manifest }> {
  const manifest = await publish(1);
  const from = await edge(options);
  if (options.signs !== false) await applies(from, manifest);
  await runs(from, manifest.content_hash);
  pass(120);
  sent = [];
  return { from, manifest };
}

describe('drift', () => {
  it('of one that had applied the version is tampering, raised once, and answered with a reload', async () => {
    const { from, manifest } = await converged();
    await runs(from, FOREIGN);
    await runs(from, FOREIGN);
    pass(30);
    await runs(from, FOREIGN);
    expect(await types()).toEqual(['gateway.drifted']);
    expect(sent).toEqual([manifest.sequence]);
    const [event] = await events();
    expect(event).toMatchObject({
      actor: 'drift',
      gateway_id: from.id,
      configuration_id: 'cfg',
      detail: { kind: 'tampered', running: FOREIGN, expected: manifest.content_hash, resends: 1 },
    });
    expect(await driftOf(from)).toMatchObject({
      kind: 'tampered',
      since: '2026-03-01T12:02:00.000Z',
      running: FOREIGN,
      expected: manifest.content_hash,
      resends: 1,
      next_resend_at: '2026-03-01T12:03:00.000Z',
      persists_since: null,
    });
    const { json } = await api.call('GET', '/v1/configurations/cfg/convergence');
    expect(json).toMatchObject({ converged: false, gateways: [{ drift: { kind: 'tampered' } }] });
  });

  it('of one that had applied the version and runs nothing is a failure, unless it was only restarted', async () => {
    const { from, manifest } = await converged();
    await runs(from, null);
    pass(30);
    await runs(from, manifest.content_hash);
    await runs(from, null);
    pass(59);
    await runs(from, null);
    expect(await driftOf(from)).toBeNull();
    pass(1);
    await runs(from, null);
    expect(await driftOf(from)).toMatchObject({ kind: 'failed', running: null });
  });

  it('of one that still runs what was announced before is a message that was missed', async () => {
    const { from, manifest: first } = await converged();
    await publish(2);
    pass(61);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toMatchObject({ kind: 'missed', running: first.content_hash });
  });

  it('of one that signed for the version and went back is tampering, however long it has said so', async () => {
    const { from, manifest: first } = await converged();
    await applies(from, await publish(2));
    await runs(from, first.content_hash);
    pass(61);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toMatchObject({ kind: 'tampered', running: first.content_hash });
  });

  it('of one that still runs the file it had before it was bound is a message that was missed', async () => {
    await publish(1);
    const free = await api.created('/v1/gateways', { name: 'free' });
    const from = { ...free, keys: signingGateway() };
    await runs(from, FOREIGN);
    pass(10);
    await api.call('PATCH', `/v1/gateways/${from.id}`, { body: { configuration_id: 'cfg' } });
    pass(61);
    await runs(from, FOREIGN);
    expect(await driftOf(from)).toMatchObject({ kind: 'missed', running: FOREIGN });
  });

  it('of one that was bound and never took anything is a message that was missed', async () => {
    await publish(1);
    const from = await edge();
    await runs(from, null);
    pass(61);
    await runs(from, null);
    expect(await driftOf(from)).toMatchObject({ kind: 'missed', running: null });
  });

  it('of one that refused the version is a failure, and it stays one while it says the same', async () => {
    const { from, manifest: first } = await converged();
    const second = await publish(2);
    await refuses(from, second, 'no room on the disk');
    pass(61);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toMatchObject({ kind: 'failed', running: first.content_hash });
  });

  it('of one that runs what nobody ever announced is tampering, whatever it refused', async () => {
    const { from } = await converged();
    const second = await publish(2);
    await refuses(from, second, 'no');
    pass(61);
    await runs(from, FOREIGN);
    expect(await driftOf(from)).toMatchObject({ kind: 'tampered', running: FOREIGN });
  });

  it('of one without a key is told apart by what it said before', async () => {
    const { from, manifest: first } = await converged({ signs: false });
    const second = await publish(2);
    pass(61);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toMatchObject({ kind: 'missed' });
    await runs(from, second.content_hash);
    expect(await driftOf(from)).toBeNull();
    pass(61);
    // It ran version 2: nobody but somebody over there put version 1 back.
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toMatchObject({ kind: 'tampered' });
    pass(61);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toMatchObject({ kind: 'tampered', resends: 2 });
  });

  it('is not raised for what is new: it takes a minute for a gateway to find out and say so', async () => {
    const { from, manifest: first } = await converged();
    await publish(2);
    pass(59);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toBeNull();
    pass(1);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toMatchObject({ kind: 'missed' });
  });

  it('is not raised by a heartbeat that a receipt overtook, nor right after a new binding', async () => {
    const { from, manifest: first } = await converged();
    const second = await publish(2);
    pass(300);
    await applies(from, second);
    await runs(from, first.content_hash);
    expect(await driftOf(from)).toBeNull();
    await runs(from, second.content_hash);
    await publish(3, 'other');
    pass(300);
    await api.call('PATCH', `/v1/gateways/${from.id}`, { body: { configuration_id: 'other' } });
    await runs(from, second.content_hash);
    expect(await driftOf(from)).toBeNull();
    pass(61);
    await runs(from, second.content_hash);
    // It runs what it ran before it was bound: it was told, and did not hear.
    expect(await driftOf(from)).toMatchObject({ kind: 'missed', configuration_id: 'other' });
  });

  it('is raised of a gateway that is told nothing at no time', async () => {
    const unbound = await api.created('/v1/gateways', { name: 'free' });
    const from = { ...unbound, keys: signingGateway() };
    pass(300);
    await runs(from, FOREIGN);
    expect(await driftOf(from)).toBeNull();
    expect(await types()).toEqual([]);
  });

  it('that stays is told again, each time later, and after three times in vain a person is asked', async () => {
    const { from } = await converged();
    const start = api.time.at;
    const resends: number[] = [];
    for (let second = 0; second <= 3600; second += 15) {
      api.time.at = start + second * 1000;
      const before = sent.length;
      await runs(from, FOREIGN);
      if (sent.length > before) resends.push(second);
    }
    expect(resends).toEqual([0, 60, 180, 420, 900, 1860]);
    expect(await types()).toEqual(['gateway.drifted', 'gateway.drift_persists']);
    expect(api.facts.filter(({ name }) => name === 'gateway.drift_persists')).toEqual([
      {
        name: 'gateway.drift_persists',
        fields: { gateway: from.id, configuration: 'cfg', kind: 'tampered' },
      },
    ]);
    expect(await driftOf(from)).toMatchObject({ persists_since: new Date(start + 420_000).toISOString() });
    expect((await api.call('GET', '/metrics')).text).toContain('keeptrusts_gateways_drift_persisting 1\n');
    await api.tick();
    expect(api.facts).toContainEqual({ name: 'gateways.drift_persists', fields: { count: 1 } });
  });

  it('is over when it runs what it must, and a heartbeat out of order does not begin it anew', async () => {
    const { from, manifest } = await converged();
    await runs(from, FOREIGN);
    pass(30);
    await runs(from, manifest.content_hash);
    await runs(from, FOREIGN);
    await runs(from, manifest.content_hash);
    expect(await driftOf(from)).toBeNull();
    expect(await api.ports.reports.drifting(null)).toEqual([]);
    expect(await types()).toEqual(['gateway.drifted', 'gateway.drift_cleared']);
    const [, cleared] = await events();
    expect(cleared.detail).toMatchObject({ kind: 'tampered', running: FOREIGN, why: 'runs what it must' });
    pass(61);
    await runs(from, FOREIGN);
    expect(await types()).toEqual(['gateway.drifted', 'gateway.drift_cleared', 'gateway.drifted']);
  });

  it('is over when it is bound to something else, or to nothing', async () => {
    const { from } = await converged();
    await publish(3, 'other');
    await runs(from, FOREIGN);
    await api.call('PATCH', `/v1/gateways/${from.id}`, { body: { configuration_id: 'other' } });
    await runs(from, FOREIGN);
    expect((await events()).at(-1)?.detail).toMatchObject({ why: 'must run something else' });
    pass(61);
    await runs(from, FOREIGN);
    await api.call('PATCH', `/v1/gateways/${from.id}`, { body: { configuration_id: null } });
    await runs(from, FOREIGN);
    expect((await events()).at(-1)?.detail).toMatchObject({ why: 'must run nothing' });
    expect(await driftOf(from)).toBeNull();
  });

  it('is raised once, sent once and ended once when heartbeats come at the same time', async () => {
    const { from, manifest } = await converged();
    await runs(from, FOREIGN);
    await runs(from, manifest.content_hash);
    pass(61);
    sent = [];
    // What they say is told from what the row said before: the first of them has to be the same for all.
    await Promise.all(Array.from({ length: 8 }, () => runs(from, FOREIGN)));
    expect(sent).toEqual([manifest.sequence]);
    pass(60);
    await Promise.all(Array.from({ length: 8 }, () => runs(from, FOREIGN)));
    expect(sent).toHaveLength(2);
    await Promise.all(Array.from({ length: 8 }, () => runs(from, manifest.content_hash)));
    expect(await types()).toEqual([
      'gateway.drifted',
      'gateway.drift_cleared',
      'gateway.drifted',
      'gateway.drift_cleared',
    ]);
  });

  it('is not raised by a heartbeat that was overtaken while it was judged', async () => {
    const { from, manifest } = await converged();
    meanwhile = () => runs(from, manifest.content_hash);
    await runs(from, FOREIGN);
    expect(await driftOf(from)).toBeNull();
    expect(await types()).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('keeps what else is said between two resends, the first and the latest of it, and sends nothing for it', async () => {
    const { from } = await converged();
    for (let time = 0; time < 30; time++) {
      await runs(from, String(time % 10).repeat(64));
      pass(1);
    }
    expect(sent).toHaveLength(1);
    expect(await types()).toEqual(['gateway.drifted']);
    const { json } = await api.call('GET', `/v1/gateways/${from.id}/history`);
    const [{ said }] = json.contradictions;
    expect(said).toHaveLength(20);
    expect(said[0]).toMatchObject({ content_hash: '0'.repeat(64), from: '2026-03-01T12:02:00.000Z' });
    expect(said.at(-1)).toMatchObject({ content_hash: '9'.repeat(64), from: '2026-03-01T12:02:29.000Z' });
  });

  it('is not judged while a row cannot be read, and what was said is kept', async () => {
    const { from } = await converged();
    const { pk, sk } = keyOf.configuration('cfg');
    await api.table.client.send(
      new UpdateItemCommand({
        TableName: api.table.name,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'SET team = :team',
        ExpressionAttributeValues: { ':team': { N: '1' } },
      }),
    );
    await runs(from, FOREIGN);
    const { json } = await api.call('GET', `/v1/gateways/${from.id}`);
    expect(json).toMatchObject({ drift: null, reported: { content_hash: FOREIGN } });
    expect(api.facts).toContainEqual({ name: 'row.unreadable', fields: { gateway: from.id } });
  });

  it('is counted by kind without reading those that do not drift, and a team sees its own', async () => {
    const { from } = await converged();
    await runs(from, FOREIGN);
    const metrics = async (token?: string) =>
      (await api.call('GET', '/metrics', token ? { token } : {})).text;
    expect(await metrics()).toContain('keeptrusts_gateways_drifted{kind="tampered"} 1\n');
    expect(await metrics()).toContain('keeptrusts_gateways_drifted{kind="missed"} 0\n');
    const other = await api.tokenFor('configurations_reader', 'other');
    expect(await metrics(other)).toContain('keeptrusts_gateways_drifted{kind="tampered"} 0\n');
    const inIndex = (await api.rows()).filter(({ wpk }) => String(wpk).startsWith('DRIFT#'));
    expect(inIndex).toHaveLength(1);
    await api.call('DELETE', `/v1/gateways/${from.id}`);
    expect(await metrics()).toContain('keeptrusts_gateways_drifted{kind="tampered"} 0\n');
  });

  it('is not raised of a gateway that was deleted while its heartbeats were under way', async () => {
    const { from } = await converged();
    meanwhile = async () => {
      await api.call('DELETE', `/v1/gateways/${from.id}`);
      const rest = { sequence: null, versionId: null, health: null, reason: null, uptimeSeconds: null };
      await api.ports.reports.heartbeat(from.id, { contentHash: FOREIGN, ...rest }, new Date(api.time.at));
    };
    await runs(from, FOREIGN);
    expect((await api.rows()).filter(({ wpk }) => String(wpk).startsWith('DRIFT#'))).toEqual([]);
  });

  it('does not keep a heartbeat from being taken when nothing can be sent', async () => {
    const { from } = await converged();
    down = true;
    await runs(from, FOREIGN);
    expect(await driftOf(from)).toMatchObject({ kind: 'tampered' });
  });
});
