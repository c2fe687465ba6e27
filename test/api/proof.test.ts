/** Proofs as the API makes them: with the keys of KMS, of real receipts, for who may ask. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Proof, parseProof } from '../../lib/domain/proof.ts';
import type { Manifest } from '../../lib/domain/reload.ts';
import { type Verdict, verifyProof } from '../../lib/domain/verify-proof.ts';
import { type Api, startApi } from '../support/api.ts';
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

async function publish(limit: number): Promise<Manifest> {
  const policy_yaml = policy({ limit });
  if (await api.ports.configurations.find('cfg'))
    await api.call('PATCH', '/v1/configurations/cfg', { body: { policy_yaml } });
  else await api.created('/v1/configurations', { id: 'cfg', name: 'cfg', policy_yaml });
  await api.deliver();
  const manifest = (await api.configuration('cfg')).announced?.manifest;
  if (!manifest) throw new Error('nothing was announced');
  return manifest;
}

async function edge(): Promise<Edge> {
  const keys = signingGateway();
  const body = { name: 'edge', configuration_id: 'cfg', public_key: keys.pem };
  const { id, token } = await api.created('/v1/gateways', body);
  return { id, token, keys };
}

const tells = (from: Edge, what: string, body: object) =>
  api.call('POST', `/v1/gateways/${from.id}/${what}`, { token: from.token, body });
const applies = (from: Edge, manifest: Manifest) =>
  tells(from, 'receipts', from.keys.signed(applied(from.id, manifest)));

const path = (version: number | string) => `/v1/configurations/cfg/versions/${version}/proof`;

async function proofOf(version: number | string): Promise<Proof> {
  const { status, json, text } = await api.call('GET', path(version));
  expect([status, text]).toEqual([200, text]);
  const proof = parseProof(json);
  if ('wrong' in proof) throw new Error(proof.wrong);
  return proof;
}

/** With the keys as they are published. */
async function verified(proof: Proof): Promise<Verdict> {
  const keysAt = async (at: string) => (await api.call('GET', at, { token: null })).json.keys;
  const keys = { manifest: await keysAt('/v1/keys'), proof: await keysAt('/v1/proof-keys') };
  return verifyProof(proof, { keys, expected: null });
}

describe('a proof', () => {
  it('of a fleet that converged verifies with the published keys, and names who made it so', async () => {
    const manifest = await publish(1);
    const [one, two] = [await edge(), await edge()];
    await applies(one, manifest);
    await applies(two, manifest);
    const proof = await proofOf(1);
    expect(await verified(proof)).toMatchObject({ valid: true, converged: true, problems: [] });
    expect(proof.manifest).toEqual(manifest);
    expect(proof.roster.gateways.map(({ id }) => id)).toEqual([one.id, two.id].sort());
    expect(proof.version).toMatchObject({ source: 'api', activated_by: expect.stringMatching(/^token:/) });
    expect(proof.roster.gateways[0]?.standing).toMatchObject({ state: 'converged' });
  });

  it('is not converged while one gateway is not: silent, refusing, tampered with, or not asked yet', async () => {
    const manifest = await publish(1);
    const [one, two] = [await edge(), await edge()];
    await applies(one, manifest);
    const whyOf = async () =>
      (await verified(await proofOf(1))).gateways.find(({ id }) => id === two.id)?.why ?? null;
    expect(await whyOf()).toBe('has signed no receipt');
    await tells(two, 'receipts', two.keys.signed(refused(two.id, manifest, 'disk full')));
    expect(await whyOf()).toBe('refused it: disk full');
    await applies(two, manifest);
    expect(await whyOf()).toBeNull();
    await tells(two, 'heartbeat', { content_hash: 'f'.repeat(64) });
    expect(await whyOf()).toMatch(/^last said that it runs fff/);
    await tells(two, 'heartbeat', { content_hash: manifest.content_hash });
    api.time.at += 91_000;
    await tells(one, 'heartbeat', { content_hash: manifest.content_hash });
    expect(await whyOf()).toMatch(/^was not heard since/);
    // An old receipt that comes once more is no news of it.
    await applies(two, manifest);
    expect(await whyOf()).toMatch(/^was not heard since/);
  });

  it('does not rest on what was said before a gateway was taken away and bound again', async () => {
    const manifest = await publish(1);
    const one = await edge();
    await applies(one, manifest);
    const whyOf = async () => (await verified(await proofOf(1))).gateways[0]?.why ?? null;
    const state = async () =>
      (await api.call('GET', '/v1/configurations/cfg/convergence')).json.gateways[0].state;
    expect([await whyOf(), await state()]).toEqual([null, 'converged']);
    await api.created('/v1/configurations', {
      id: 'other',
      name: 'other',
      policy_yaml: policy({ limit: 9 }),
    });
    api.time.at += 1000;
    // Cut off in between: it may run what it was told there.
    for (const configuration_id of ['other', 'cfg'])
      await api.call('PATCH', `/v1/gateways/${one.id}`, { body: { configuration_id } });
    expect([await whyOf(), await state()]).toEqual(['was never heard since it was bound', 'lagging']);
    await tells(one, 'heartbeat', { content_hash: manifest.content_hash });
    expect([await whyOf(), await state()]).toEqual([null, 'converged']);
  });

  it('is of what is in force alone', async () => {
    await publish(1);
    const second = await publish(2);
    const one = await edge();
    await applies(one, second);
    expect((await api.refused(409, 'GET', path(1))).code).toBe('not_active');
    expect((await verified(await proofOf(second.version_id))).converged).toBe(true);
    await api.call('PATCH', '/v1/configurations/cfg', { body: { policy_yaml: policy({ limit: 3 }) } });
    expect((await api.refused(409, 'GET', path(3))).code).toBe('not_announced');
  });

  it('is sealed with a key that no manifest was ever signed with, and that gateways are not given', async () => {
    await publish(1);
    const proof = await proofOf(1);
    const { keys } = (await api.call('GET', '/v1/keys')).json;
    const own = (await api.call('GET', '/v1/proof-keys')).json.keys;
    expect(own).toEqual([{ ...proof.keys.proof, purpose: 'proof' }]);
    expect(keys).toEqual([proof.keys.manifest]);
    expect(proof.seal.signature.kid).toBe(own[0].kid);
    expect(proof.signature.kid).toBe(keys[0].kid);
    expect(own[0].kid).not.toBe(keys[0].kid);
  });
});
