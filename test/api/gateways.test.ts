/** Gateways: their registration, their binding, and what they are handed. */
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manifestBytes } from '../../lib/domain/reload.ts';
import { type Api, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
/** For the rows of a table of cases: each leaves nothing that the next one could meet. */
let shared: Api;
beforeAll(async () => {
  server = await startApi();
  shared = await server.fresh();
});
afterAll(() => server.close());
beforeEach(async ({ task }) => {
  api = task.each ? shared : await server.fresh();
});

const GATEWAYS = '/v1/gateways';
const ed25519 = generateKeyPairSync('ed25519');
const PEM = String(ed25519.publicKey.export({ type: 'spki', format: 'pem' }));

describe('registering a gateway', () => {
  it('answers its token, once, and its queue, which is there', async () => {
    const answer = await api.call('POST', GATEWAYS, { body: { name: 'edge-1', public_key: PEM } });
    expect(answer.status).toBe(201);
    const { id, token, queue_url } = answer.json;
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^gw_/),
      name: 'edge-1',
      configuration_id: null,
      token: expect.stringMatching(/^kt_live_/),
      queue_url: expect.stringContaining(id),
    });
    expect(await api.queueExists(queue_url)).toBe(true);
    api.canaries.push(token.slice(25));
    const shown = (await api.call('GET', `${GATEWAYS}/${id}`)).json;
    expect(shown).toEqual({
      id,
      name: 'edge-1',
      team: 'default',
      configuration_id: null,
      public_key: PEM,
      labels: {},
      queue_url,
      created_at: '2026-03-01T12:00:00.000Z',
      reported: null,
      drift: null,
    });
    expect((await api.call('GET', GATEWAYS)).json.data).toEqual([shown]);
  });

  it.each([
    ['a private key', String(ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }))],
    [
      'another kind of key',
      String(
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }),
      ),
    ],
    ['a broken key', PEM.replace(/M/g, 'N')],
    ['text', 'ed25519'],
  ])('refuses %s as its public key', async (_what, public_key) => {
    api.canaries.push(public_key.slice(30, 60) || public_key);
    const error = await api.refused(400, 'POST', GATEWAYS, { body: { name: 'x', public_key } });
    expect(error.details[0].field).toBe('public_key');
  });

  it('binds it to a configuration that is there, of its own team', async () => {
    await api.created('/v1/configurations', { id: 'red-cfg', name: 'x', team: 'red' });
    const red = await api.created(GATEWAYS, { name: 'g', team: 'red', configuration_id: 'red-cfg' });
    expect(red.configuration_id).toBe('red-cfg');
    const missing = await api.refused(400, 'POST', GATEWAYS, {
      body: { name: 'g', configuration_id: 'nope' },
    });
    expect(missing.details[0].field).toBe('configuration_id');
    await api.refused(409, 'POST', GATEWAYS, {
      body: { name: 'g', team: 'blue', configuration_id: 'red-cfg' },
    });
    const blue = await api.tokenFor('admin', 'blue');
    const body = { name: 'g', configuration_id: 'red-cfg' };
    expect((await api.refused(400, 'POST', GATEWAYS, { token: blue, body })).message).toBe(missing.message);
  });

  it.each([{}, { name: 'x', id: 'gw_mine' }, { name: 'x', token: 'y' }, { name: 'x', queue_url: 'z' }])(
    'refuses %j',
    async (body) => {
      await api.refused(400, 'POST', GATEWAYS, { body });
    },
  );
});

describe('changing a gateway', () => {
  it('binds, rebinds and unbinds it', async () => {
    for (const id of ['a', 'b']) await api.created('/v1/configurations', { id, name: id });
    const { id } = await api.created(GATEWAYS, { name: 'g', configuration_id: 'a' });
    const bound = async (to: string) =>
      (await api.ports.gateways.bound(to, null)).items.map((item) => item.id);
    const patch = async (body: object) => (await api.call('PATCH', `${GATEWAYS}/${id}`, { body })).json;
    expect(await patch({ configuration_id: 'b' })).toMatchObject({ configuration_id: 'b' });
    expect([await bound('a'), await bound('b')]).toEqual([[], [id]]);
    expect(await patch({ configuration_id: null })).toMatchObject({ configuration_id: null });
    expect(await bound('b')).toEqual([]);
    expect(await patch({ name: 'h', labels: { a: 'b' }, public_key: PEM })).toMatchObject({ name: 'h' });
    await api.refused(400, 'PATCH', `${GATEWAYS}/${id}`, { body: { configuration_id: 'nope' } });
    await api.refused(400, 'PATCH', `${GATEWAYS}/${id}`, { body: {} });
    await api.refused(400, 'PATCH', `${GATEWAYS}/${id}`, { body: { team: 'red' } });
  });

  it('deletes it with its queue and its token', async () => {
    const { id, token, queue_url } = await api.created(GATEWAYS, { name: 'g' });
    expect((await api.call('GET', '/v1/whoami', { token })).json).toMatchObject({
      gateway_id: id,
      permissions: [],
    });
    expect((await api.call('DELETE', `${GATEWAYS}/${id}`)).status).toBe(204);
    expect(await api.queueExists(queue_url)).toBe(false);
    await api.refused(401, 'GET', '/v1/whoami', { token });
    await api.refused(404, 'GET', `${GATEWAYS}/${id}`);
    await api.refused(404, 'DELETE', `${GATEWAYS}/${id}`);
  });
});

describe('what a gateway is handed', () => {
  async function bound() {
    await api.created('/v1/configurations', { id: 'cfg', name: 'x', policy_yaml: policy() });
    return api.created(GATEWAYS, { name: 'g', configuration_id: 'cfg' });
  }

  it('is what was announced, signed, with its content', async () => {
    const { id, token } = await bound();
    await api.deliver();
    const answer = await api.call('GET', `${GATEWAYS}/${id}/configuration`, { token });
    expect(answer.status).toBe(200);
    const { manifest, signature, content } = answer.json;
    expect(content).toBe(policy());
    expect(createHash('sha256').update(content).digest('hex')).toBe(manifest.content_hash);
    expect(manifest).toMatchObject({ configuration_id: 'cfg', number: 1, sequence: 1 });
    const { keys } = (await api.call('GET', '/v1/keys', { token: null })).json;
    const jwk = keys.find(({ kid }: { kid: string }) => kid === signature.kid);
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
    const value = Buffer.from(signature.value, 'base64url');
    expect(verify('sha256', manifestBytes(manifest), key, value)).toBe(true);

    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toBe(`"1.${manifest.content_hash}"`);
    const again = await api.call('GET', `${GATEWAYS}/${id}/configuration`, {
      token,
      headers: { 'if-none-match': etag },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('is never something that was not announced', async () => {
    const { id, token } = await bound();
    const path = `${GATEWAYS}/${id}/configuration`;
    const early = await api.call('GET', path, { token });
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
    expect(early.json.error.code).toBe('not_announced');
    await api.deliver();
    await api.call('PATCH', '/v1/configurations/cfg', { body: { policy_yaml: policy({ limit: 2 }) } });
    expect((await api.call('GET', path, { token })).json).toMatchObject({
      manifest: { number: 1 },
      content: policy(),
    });
    await api.deliver();
    expect((await api.call('GET', path, { token })).json).toMatchObject({ manifest: { number: 2 } });
  });

  it('is nothing while it is not bound', async () => {
    const { id, token } = await api.created(GATEWAYS, { name: 'g' });
    expect((await api.refused(404, 'GET', `${GATEWAYS}/${id}/configuration`, { token })).code).toBe(
      'not_bound',
    );
  });

  it('may be read with gateways:read, and by no other gateway', async () => {
    const { id, token } = await bound();
    const other = await api.created(GATEWAYS, { name: 'other', configuration_id: 'cfg' });
    await api.deliver();
    const path = `${GATEWAYS}/${id}/configuration`;
    const reader = await api.tokenFor('configurations_reader');
    expect((await api.call('GET', path, { token: reader })).status).toBe(200);
    await api.refused(404, 'GET', path, { token: other.token });
    for (const [method, elsewhere] of [
      ['GET', GATEWAYS],
      ['GET', `${GATEWAYS}/${id}`],
      ['DELETE', `${GATEWAYS}/${id}`],
      ['GET', '/v1/configurations/cfg'],
      ['GET', '/metrics'],
      ['POST', '/v1/tokens'],
    ] as const)
      await api.refused(403, method, elsewhere, { token });
  });
});
