/** "What did gateway G enforce at 14:20, and who put it there?" */
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
});

interface Edge {
  readonly id: string;
  readonly token: string;
  readonly keys: SigningGateway;
}

/** At a time of the one day of these tests, by our clock. */
function itIs(time: string): void {
  api.time.at = Date.parse(day(time));
}
const day = (time: string) => `2026-03-01T${time}:00.000Z`;

async function publish(limit: number): Promise<Manifest> {
  const policy_yaml = policy({ limit });
  if (await api.ports.configurations.find('cfg'))
    await api.call('PATCH', '/v1/configurations/cfg', { body: { policy_yaml } });
  else await api.created('/v1/configurations', { id: 'cfg', name: 'cfg', policy_yaml });
  return announced();
}

async function activate(version: number, reason: string): Promise<Manifest> {
  await api.call('POST', `/v1/configurations/cfg/versions/${version}/activate`, { body: { reason } });
  return announced();
}

async function announced(): Promise<Manifest> {
  await api.deliver();
  const manifest = (await api.configuration('cfg')).announced?.manifest;
  if (!manifest) throw new Error('nothing was announced');
  return manifest;
}

async function edge(withKey = true): Promise<Edge> {
  const keys = signingGateway();
  const body = { name: 'edge', configuration_id: 'cfg', public_key: withKey ? keys.pem : null };
  const { id, token } = await api.created('/v1/gateways', body);
  return { id, token, keys };
}

async function tells(from: Edge, what: 'receipts' | 'heartbeat', body: object): Promise<void> {
  const answer = await api.call('POST', `/v1/gateways/${from.id}/${what}`, { token: from.token, body });
  expect([answer.text, answer.status < 300]).toEqual([answer.text, true]);
}
/** By the gateway's clock at `time`, which need not be ours. */
function applies(from: Edge, manifest: Manifest, time: string): Promise<void> {
  const times = { received_at: day(time), verified_at: day(time), applied_at: day(time) };
  return tells(from, 'receipts', from.keys.signed({ ...applied(from.id, manifest), ...times }));
}
const runs = (from: Edge, content_hash: string | null) => tells(from, 'heartbeat', { content_hash });

async function history({ id }: Edge, query: string): Promise<Json> {
  const { status, json, text } = await api.call('GET', `/v1/gateways/${id}/history${query}`);
  expect([status, text]).toEqual([200, text]);
  return json;
}
const at = async (from: Edge, time: string) => (await history(from, `?at=${day(time)}`)).answer;

/** Version 1 at 13:00, version 2 at 14:00, version 1 again at 14:30 by hand; heard until 15:00. */
async function afternoon(): Promise<Edge> {
  itIs('13:00');
  const first = await publish(1);
  const from = await edge();
  await applies(from, first, '13:00');
  itIs('14:00');
  await applies(from, await publish(2), '14:00');
  itIs('14:30');
  await applies(from, await activate(1, 'incident 42'), '14:30');
  itIs('15:00');
  await runs(from, first.content_hash);
  return from;
}

describe('what a gateway enforced at a time', () => {
  it('is what it had applied last by then, and who put it there', async () => {
    const from = await afternoon();
    const asked = await at(from, '14:20');
    expect(asked).toMatchObject({
      basis: 'receipt',
      unknown: null,
      doubts: [],
      enforced: {
        state: 'applied',
        from: day('14:00'),
        until: day('14:30'),
        stored_at: day('14:00'),
        number: 2,
        sequence: 2,
        source: 'api',
        author: expect.stringMatching(/^token:/),
        activated: { by: expect.stringMatching(/^token:/), at: day('14:00'), reason: null },
      },
    });
    expect((await at(from, '14:45')).enforced).toMatchObject({
      number: 1,
      sequence: 3,
      until: null,
      activated: { reason: 'incident 42', at: day('14:30') },
    });
    expect((await at(from, '13:00')).enforced).toMatchObject({ number: 1, sequence: 1 });
  });

  it('is not changed by what it refused', async () => {
    const from = await afternoon();
    itIs('15:10');
    const third = await publish(3);
    const times = { received_at: day('15:10'), verified_at: day('15:10') };
    await tells(from, 'receipts', from.keys.signed({ ...refused(from.id, third, 'no room'), ...times }));
    itIs('15:20');
    await runs(from, third.content_hash);
    expect((await at(from, '15:15')).enforced).toMatchObject({ number: 1, sequence: 3 });
  });

  it('is not known before its first receipt, after it was last heard, or when it never was', async () => {
    const from = await afternoon();
    expect(await at(from, '12:59')).toMatchObject({
      enforced: null,
      basis: null,
      unknown: 'that is before its first receipt for what it applied',
    });
    itIs('18:00');
    expect(await at(from, '17:00')).toMatchObject({
      enforced: null,
      unknown: `it was last heard at ${day('15:00')}`,
      last_known: { number: 1, sequence: 3 },
    });
    expect(await at(await edge(), '17:00')).toMatchObject({ enforced: null, unknown: 'it was never heard' });
  });

  it('is what it signed, with a doubt, for as long as it need not have been heard again', async () => {
    const from = await afternoon();
    api.time.at += 80_000;
    expect(await at(from, '15:01')).toMatchObject({
      basis: 'receipt',
      enforced: { sequence: 3 },
      doubts: [`it was last heard before that, at ${day('15:00')}`],
    });
  });

  it('rests on what it said, unsigned, when it has no key, and only for as long as it said that', async () => {
    itIs('13:00');
    const first = await publish(1);
    const from = await edge(false);
    await runs(from, first.content_hash);
    itIs('14:00');
    await runs(from, first.content_hash);
    expect(await at(from, '13:30')).toMatchObject({ enforced: null, basis: 'heartbeat', unknown: null });
    expect((await at(from, '12:30')).basis).toBeNull();
  });

  it('says so when heartbeats contradict the receipts', async () => {
    const from = await afternoon();
    itIs('15:10');
    await runs(from, 'f'.repeat(64));
    itIs('15:20');
    await runs(from, 'f'.repeat(64));
    itIs('15:30');
    const { content_hash } = (await api.configuration('cfg')).announced?.manifest ?? {};
    await runs(from, content_hash ?? null);
    const { answer, contradictions } = await history(from, `?at=${day('15:15')}`);
    expect(answer.enforced).toMatchObject({ sequence: 3 });
    expect(answer.doubts).toEqual([
      `heartbeats from ${day('15:10')} to ${day('15:30')} said that it ran ${'f'.repeat(64)} (tampered)`,
    ]);
    expect(contradictions).toMatchObject([
      { kind: 'tampered', since: day('15:10'), until: day('15:30'), ended: 'runs what it must' },
    ]);
    expect((await history(from, `?at=${day('14:45')}`)).contradictions).toEqual([]);
    expect((await history(from, `?since=${day('15:05')}`)).contradictions).toHaveLength(1);
  });

  it('says so when it said otherwise and was told to run nothing', async () => {
    const from = await afternoon();
    await api.call('PATCH', `/v1/gateways/${from.id}`, { body: { configuration_id: null } });
    itIs('15:10');
    await runs(from, null);
    itIs('15:30');
    await runs(from, null);
    expect(await at(from, '15:20')).toMatchObject({
      enforced: { sequence: 3 },
      doubts: [`from ${day('15:10')} to ${day('15:30')} it said that it ran nothing`],
    });
    expect((await at(from, '15:05')).doubts).toEqual([]);
  });

  it('says so when a receipt came late, or the clock of the gateway is wrong', async () => {
    itIs('13:00');
    const first = await publish(1);
    const from = await edge();
    await applies(from, first, '13:00');
    itIs('14:00');
    const second = await publish(2);
    itIs('15:00');
    // It was cut off: it applied at 14:01, and we heard of it at 15:00.
    await applies(from, second, '14:01');
    const late = await at(from, '14:20');
    expect(late.enforced).toMatchObject({ number: 2, stored_at: day('15:00') });
    expect(late.doubts).toEqual([expect.stringContaining('it was late, or that clock is wrong')]);
    itIs('16:00');
    await applies(from, await publish(3), '17:00');
    itIs('16:30');
    await runs(from, null);
    const ahead = await at(from, '16:20');
    expect(ahead.enforced).toMatchObject({ number: 2 });
    expect(ahead.doubts).toContain(
      'by the time at which receipts were stored it had applied sequence 3 of cfg by then',
    );
    const { data } = await history(from, '');
    expect(data[0]).toMatchObject({
      number: 3,
      doubt: "the gateway's clock was ahead of ours by at least 3600 s",
    });
  });

  it('says so when its clock was set back', async () => {
    itIs('13:00');
    const from = await (async () => {
      const first = await publish(1);
      const made = await edge();
      await applies(made, first, '12:50');
      return made;
    })();
    itIs('14:00');
    await applies(from, await publish(2), '11:00');
    const { data } = await history(from, '');
    expect(data.find(({ sequence }: Json) => sequence === 2).doubt).toContain('was set back');
  });
});

describe('the history of a gateway', () => {
  it('is listed latest first, in pages that know where they end', async () => {
    const from = await afternoon();
    const all = (await history(from, '')).data;
    expect(all.map(({ from: since, until, number }: Json) => [since, until, number])).toEqual([
      [day('14:30'), null, 1],
      [day('14:00'), day('14:30'), 2],
      [day('13:00'), day('14:00'), 1],
    ]);
    const paged: Json[] = [];
    let next: string | undefined;
    do {
      const page = await history(from, `?limit=1${next ? `&cursor=${next}` : ''}`);
      paged.push(...page.data);
      next = page.next;
    } while (next);
    expect(paged).toEqual(all);
    const some = await history(from, `?since=${day('14:00')}&until=${day('14:30')}`);
    expect(some.data.map(({ sequence }: Json) => sequence)).toEqual([2]);
  });

  it('knows what ended the last of a time that is over, whatever was refused in between', async () => {
    const from = await afternoon();
    const span = `?since=${day('13:00')}&until=${day('14:00')}`;
    expect((await history(from, span)).data).toMatchObject([{ sequence: 1, until: day('14:00') }]);
    itIs('15:10');
    const third = await publish(3);
    const times = { received_at: day('15:10'), verified_at: day('15:10') };
    await tells(from, 'receipts', from.keys.signed({ ...refused(from.id, third, 'no room'), ...times }));
    itIs('15:20');
    const early = `?since=${day('14:30')}&until=${day('15:10')}`;
    expect((await history(from, early)).data).toMatchObject([{ sequence: 3, until: null }]);
    await applies(from, third, '15:20');
    expect((await history(from, early)).data).toMatchObject([{ sequence: 3, until: day('15:20') }]);
  });

  it.each([
    ['?at=14:20', 'at'],
    ['?at=2026-03-01T12:00:01Z', 'at'],
    ['?at=2026-03-01T11:00:00Z&since=2026-03-01T10:00:00Z', 'at'],
    ['?limit=101', 'limit'],
    ['?cursor=abc', 'cursor'],
    [`?cursor=${Buffer.from('{"after":1}').toString('base64url')}`, 'cursor'],
    ['?when=now', 'when'],
  ])('is not told for %s', async (query, field) => {
    const { id } = await api.created('/v1/gateways', { name: 'edge' });
    const error = await api.refused(400, 'GET', `/v1/gateways/${id}/history${query}`);
    expect(error.details).toMatchObject([{ field }]);
  });
});
