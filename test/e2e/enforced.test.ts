/** From a push, by git or by `kt`, to the answers of real gateways; and what can be proven of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runKt } from '../support/kt.ts';
import { type ManagedGateway, startManagedGateway } from '../support/managed-gateway.ts';
import { FILE, type Loop, startLoop } from './loop.ts';

let loop: Loop;
let folder: string;
let provider: ChildProcess;
let upstream: string;
const gateways: ManagedGateway[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-enforced-'));
  provider = spawn(process.execPath, [join(import.meta.dirname, '../../ci/stub-upstream.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(provider.stdout ?? provider, 'data');
  upstream = String(said).trim();
  loop = await startLoop();
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill('SIGKILL')));
  provider.kill();
  await loop.close();
  rmSync(folder, { recursive: true, force: true });
});

async function managed(configurationId: string): Promise<ManagedGateway> {
  const stateDir = join(folder, `gateway-${gateways.length}`);
  const gateway = await startManagedGateway(loop.stack, { configurationId, stateDir, upstream });
  gateways.push(gateway);
  return gateway;
}

/** Blocks one word. */
const documentOf = (id: string, word: string) =>
  JSON.stringify({
    pack: { id, name: id, version: '1.0.0', enabled: true },
    policies: { chain: ['dlp-filter'] },
    policy: { 'dlp-filter': { blocked_terms: [word], action: 'block' } },
    providers: { targets: [{ id: 'primary', provider: 'openai' }] },
  });

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

const kt = (...args: string[]) =>
  runKt(args, {
    env: { KEEPTRUSTS_API_URL: loop.stack.url, KEEPTRUSTS_API_TOKEN: loop.stack.adminToken },
  });

describe('what is pushed to git', () => {
  it('is enforced by every gateway, and proven; of a gateway that died nothing is claimed', async () => {
    const linked = await loop.linked('enforced', { provider: 'github', access_token: 'ghp_enforced' });
    // It only has a queue: whether it runs anything, nobody can know.
    await loop.stack.call('DELETE', `/v1/gateways/${linked.gateway.id}`);
    const [one, two] = [await managed('enforced'), await managed('enforced')];

    const first = documentOf('enforced', 'aardvark');
    await loop.deliver(linked, await linked.repository.commit({ [FILE]: first }));
    await Promise.all([one.runs(hashOf(first)), two.runs(hashOf(first))]);
    for (const gateway of [one, two]) {
      expect(await gateway.ask('an aardvark')).toEqual({
        status: 409,
        hash: hashOf(first),
        code: 'input_blocked',
      });
      expect(await gateway.ask('a badger')).toEqual({ status: 200, hash: hashOf(first) });
    }
    expect(await kt('gateway', 'converge', 'enforced', '--wait', '20')).toMatchObject({ code: 0 });
    const then = new Date().toISOString();
    const proof = join(folder, 'proof.json');
    const { stdout, code } = await kt('version', 'proof', 'enforced', '2');
    expect(code).toBe(0);
    writeFileSync(proof, stdout);
    const keys = join(folder, 'keys.json');
    const proofKeys = join(folder, 'proof-keys.json');
    writeFileSync(keys, JSON.stringify((await loop.stack.call('GET', '/v1/keys')).body));
    writeFileSync(proofKeys, JSON.stringify((await loop.stack.call('GET', '/v1/proof-keys')).body));
    const verify = (file: string) => runKt(['version', 'verify', file, '--keys', keys, '--keys', proofKeys]);
    expect(await verify(proof)).toMatchObject({ code: 0 });

    await two.kill('SIGKILL');
    const second = documentOf('enforced', 'badger');
    await loop.deliver(linked, await linked.repository.commit({ [FILE]: second }));
    await one.runs(hashOf(second));
    expect(await one.ask('a badger')).toMatchObject({ status: 409 });
    const later = await kt('version', 'proof', 'enforced', '3');
    writeFileSync(proof, later.stdout);
    expect(await verify(proof)).toMatchObject({ code: 1 });
    expect(await kt('gateway', 'converge', 'enforced')).toMatchObject({ code: 1 });

    const history = await kt('gateway', 'history', one.id, '--at', then, '--json');
    expect(history).toMatchObject({ code: 0 });
    const { answer } = JSON.parse(history.stdout);
    expect(answer.enforced.content_hash).toBe(hashOf(first));
  });
});

describe('the promotion from staging to production', () => {
  it('carries what staging is proven to run to production, and nothing else', async () => {
    const file = join(folder, 'policy-config.yaml');
    const words = { staging: 'cobra', production: 'cobra' };
    for (const id of ['staging', 'production'] as const) {
      const made = await loop.stack.call('POST', '/v1/configurations', {
        id,
        name: id,
        policy_yaml: documentOf(id, words[id]),
      });
      expect(made.status).toBe(201);
    }
    const [staging, production] = [await managed('staging'), await managed('production')];
    const changed = documentOf('app', 'dingo');
    writeFileSync(file, changed);

    const tooEarly = await kt(
      ...['policy', 'deploy', '--file', file],
      ...['--source-gateway-id', staging.id, '--target-gateway-id', production.id],
    );
    expect(tooEarly).toMatchObject({ code: 1 });

    expect(await kt('policy', 'push', '--file', file, '--gateway-id', staging.id, '--wait')).toMatchObject({
      code: 0,
    });
    expect(await staging.ask('a dingo')).toMatchObject({ status: 409, hash: hashOf(changed) });
    expect(await production.ask('a dingo')).toMatchObject({ status: 200 });

    const deployed = await kt(
      ...['policy', 'deploy', '--file', file, '--wait'],
      ...['--source-gateway-id', staging.id, '--target-gateway-id', production.id],
    );
    expect(deployed).toMatchObject({ code: 0 });
    expect(await production.ask('a dingo')).toMatchObject({ status: 409, hash: hashOf(changed) });
  });
});
