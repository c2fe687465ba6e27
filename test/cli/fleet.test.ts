/** What a fleet runs, from the command line: convergence, history and proofs of gateways that really sign. */
import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Key } from '../../lib/aws/dynamo.ts';
import { keyOf } from '../../lib/aws/keys.ts';
import { type FleetGateway, fleetOf } from '../support/fleet.ts';
import { runKt } from '../support/kt.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { policy } from '../support/world.ts';

let stack: TestStack;
let fleet: ReturnType<typeof fleetOf>;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-fleet-'));
  stack = await startTestStack();
  fleet = fleetOf(stack);
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ KEEPTRUSTS_API_URL: stack.url, KEEPTRUSTS_API_TOKEN: stack.adminToken });
const kt = (...args: string[]) => runKt(args, { env: env(), cwd: folder });
/** Without the API: whoever verifies asks nobody. */
const offline = (...args: string[]) =>
  runKt(args, {
    env: { KEEPTRUSTS_API_URL: 'http://127.0.0.1:1', KEEPTRUSTS_API_TOKEN: 'none' },
    cwd: folder,
  });

function file(name: string, content: unknown): string {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

/** Two gateways that applied version 1 of a configuration. */
async function converged(id: string): Promise<readonly [FleetGateway, FleetGateway]> {
  const body = { id, name: id, policy_yaml: policy({ id }) };
  expect((await stack.call('POST', '/v1/configurations', body)).status).toBe(201);
  const [one, two] = [await fleet.gateway(id, { signs: true }), await fleet.gateway(id, { signs: true })];
  await one.applies();
  await two.applies();
  return [one, two];
}

const AGO = new Date(Date.now() - 600_000).toISOString();

/** As if something in a row had been written ten minutes ago. */
async function age({ pk, sk }: Key, ...path: readonly string[]): Promise<void> {
  await stack.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: stack.table,
      Key: { pk: { S: pk }, sk: { S: sk } },
      UpdateExpression: `SET ${path.map((_, index) => `#${index}`).join('.')} = :at`,
      ExpressionAttributeNames: Object.fromEntries(path.map((name, index) => [`#${index}`, name])),
      ExpressionAttributeValues: { ':at': { S: AGO } },
    }),
  );
}

/** As if nothing had come from it since: it was killed, or is cut off. */
async function fallsSilent({ id }: FleetGateway, configuration: string): Promise<void> {
  await age(keyOf.gateway(id), 'boundAt');
  await age(keyOf.report(id), 'at');
  await age(keyOf.latestReceipt(id, configuration), 'storedAt');
}

describe('kt gateway converge', () => {
  it('says of every gateway where it stands and how long each step took: 0 when all run it', async () => {
    const [one] = await converged('fleet');
    const done = await kt('gateway', 'converge', 'fleet');
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout).toContain('version 1 of fleet (sequence 1): 2 of 2 gateways run it');
    expect(done.stdout).toMatch(
      /^GATEWAY +NAME +STATE .*FETCHED +PUBLISHED +ANNOUNCED +HEARD +VERIFIED +APPLIED/,
    );
    const json = JSON.parse((await kt('gateway', 'converge', 'fleet', '--json')).stdout);
    const found = json.gateways.find(({ id }: { id: string }) => id === one.id);
    expect(found.latency).toMatchObject({
      sequence: 1,
      control_plane: { received_at: expect.any(String), announced_to_heard_ms: expect.any(Number) },
      gateway: { received_to_applied_ms: 0 },
    });
  });

  it('waits for those that do not run it yet, and is over as soon as they do', async () => {
    const [one, two] = await converged('waits');
    await stack.call('PATCH', '/v1/configurations/waits', { policy_yaml: policy({ id: 'waits', limit: 7 }) });
    const late = await kt('gateway', 'converge', 'waits', '--wait', '1');
    expect(late).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('0 of 2 gateways run it; 2 lagging'),
    });
    const name = file('waits.yaml', policy({ id: 'waits', limit: 7 }));
    const waiting = kt('gateway', 'converge', 'waits', '--wait', '60', '--file', name);
    await one.applies();
    await two.applies();
    expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2') });
  });

  it('does not take the version before for the one that was pushed', async () => {
    await converged('before');
    const name = file('before.yaml', policy({ id: 'before', limit: 7 }));
    const early = await kt('gateway', 'converge', 'before', '--file', name, '--wait', '1');
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('before.yaml is not in force') });
  });

  it('is 1 for one that refuses, with why, and 2 when it could not be asked', async () => {
    const [one] = await converged('refuses');
    await stack.call('PATCH', '/v1/configurations/refuses', {
      policy_yaml: policy({ id: 'refuses', limit: 7 }),
    });
    await one.refuses('no room on the disk');
    const refused = await kt('gateway', 'converge', 'refuses');
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('no room on the disk') });
    expect((await kt('gateway', 'converge', 'unheard-of')).code).toBe(1);
    expect((await offline('gateway', 'converge', 'refuses')).code).toBe(2);
  });
});

describe('kt gateway inspect', () => {
  it('shows what drifts, and since when', async () => {
    const [one] = await converged('drifts');
    await age(keyOf.configuration('drifts'), 'announced', 'manifest', 'issued_at');
    await age(keyOf.gateway(one.id), 'boundAt');
    await age(keyOf.latestReceipt(one.id, 'drifts'), 'storedAt');
    await one.runs('f'.repeat(64));
    const shown = await kt('gateway', 'inspect', one.id);
    expect(shown.stdout).toMatch(/^drift +tampered$/m);
    expect((await kt('gateway', 'list')).stdout).toContain('tampered');
    const asked = await kt('gateway', 'history', one.id, '--since', '1h');
    expect(asked.stderr).toContain('said that it ran ffff');
  });
});

describe('kt gateway history', () => {
  it('says what was enforced at a time and who put it there: 0; 2 when that is not known', async () => {
    const [one] = await converged('past');
    const at = '2026-03-01T12:00:01Z';
    const known = await kt('gateway', 'history', one.id, '--at', at);
    expect(known.code, known.stderr).toBe(0);
    expect(known.stdout).toMatch(/^version +1 of past$/m);
    expect(known.stdout).toMatch(/^put there by +token:/m);
    expect(known.stderr).toContain('it was late, or that clock is wrong');
    expect(JSON.parse((await kt('gateway', 'history', one.id, '--at', at, '--json')).stdout)).toMatchObject({
      answer: { basis: 'receipt', enforced: { number: 1 } },
    });
    const before = await kt('gateway', 'history', one.id, '--at', '2026-02-01T12:00:00Z');
    expect(before).toMatchObject({ code: 2, stdout: expect.stringContaining('before its first receipt') });
  });

  it('lists what was applied and refused, and refuses times that are none', async () => {
    const [one] = await converged('list');
    const listed = await kt('gateway', 'history', one.id);
    expect(listed.stdout).toMatch(/applied +list +1 +1/);
    expect(await offline('gateway', 'history', one.id, '--at', 'yesterday')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--at: is not a time'),
    });
  });
});

describe('kt version proof and verify', () => {
  async function proofOf(configuration: string): Promise<string> {
    const made = await kt('version', 'proof', configuration, '1');
    expect(made.code, made.stderr).toBe(0);
    return file(`${configuration}.json`, made.stdout);
  }
  async function pins(): Promise<readonly string[]> {
    const names = await Promise.all(
      ['keys', 'proof-keys'].map(async (name) =>
        file(`${name}.json`, (await stack.call('GET', `/v1/${name}`)).body),
      ),
    );
    return names.flatMap((name) => ['--keys', name]);
  }
  const readJson = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

  it('prove without us that all gateways run it: 0, with pinned keys and the gateways that are known', async () => {
    const [one, two] = await converged('proven');
    const proof = await proofOf('proven');
    const keys = await pins();
    const verified = await offline('version', 'verify', proof, ...keys);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    expect(verified.stdout).toContain('converged: all 2 gateways are proven to have run version 1 of proven');
    const fingerprints = readJson(proof).roster.gateways.map(
      ({ id, public_key }: { id: string; public_key: string }) =>
        `${id} sha256:${createHash('sha256')
          .update(createPublicKey(public_key).export({ type: 'spki', format: 'der' }))
          .digest('hex')} # as registered`,
    );
    const known = file('known', [...fingerprints, ''].join('\n'));
    expect((await offline('version', 'verify', proof, ...keys, '--expect-gateways', known)).code).toBe(0);
    const more = file('more', [one.id, two.id, 'gw_gone'].join('\n'));
    const missing = await offline('version', 'verify', proof, ...keys, '--expect-gateways', more, '--json');
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.stdout).problems).toEqual(['gateway gw_gone: expected, and not in the roster']);
    expect((await kt('version', 'proof', 'proven@1')).code).toBe(0);
  });

  it('warn that without pinned keys a file only agrees with itself', async () => {
    await converged('own-keys');
    const proof = await proofOf('own-keys');
    const verified = await offline('version', 'verify', proof);
    expect(verified).toMatchObject({ code: 0, stderr: expect.stringContaining('not who made it') });
    expect(JSON.parse((await offline('version', 'verify', proof, '--json')).stdout)).toMatchObject({
      keys: 'bundle',
    });
    const others = {
      ...readJson('keys.json'),
      keys: readJson('keys.json').keys.map((key: object) => ({ ...key, kid: 'other' })),
    };
    expect((await offline('version', 'verify', proof, '--keys', file('others.json', others))).code).toBe(1);
  });

  it('never say converged when one gateway is silent or tampered with', async () => {
    const [one, two] = await converged('silent');
    await fallsSilent(one, 'silent');
    const silent = await offline('version', 'verify', await proofOf('silent'), ...(await pins()));
    expect(silent).toMatchObject({ code: 1, stdout: expect.stringContaining('not converged: 1 of 2') });
    expect(silent.stdout).toContain('was not heard since');
    await one.applies();
    await two.runs('f'.repeat(64));
    const tampered = await offline('version', 'verify', await proofOf('silent'), ...(await pins()));
    expect(tampered).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('last said that it runs fff'),
    });
  });

  it('take nothing that was altered, is too old, or is no proof', async () => {
    await converged('altered');
    const name = await proofOf('altered');
    const proof = readJson(name);
    const keys = await pins();
    const removed = { ...proof, roster: { ...proof.roster, gateways: proof.roster.gateways.slice(1) } };
    const verified = await offline('version', 'verify', file('removed.json', removed), ...keys);
    expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT VALID') });
    await untilOlderThan(1, proof.seal.statement.taken_at);
    expect((await offline('version', 'verify', name, ...keys, '--max-age', '1')).code).toBe(1);
    expect((await offline('version', 'verify', file('bad.json', '{'), ...keys)).code).toBe(2);
    expect((await offline('version', 'verify', name, '--keys', file('no-keys', '{}'))).code).toBe(2);
    const old = await kt('version', 'proof', 'altered', '2');
    expect(old.code).toBe(1);
  });
});

async function untilOlderThan(seconds: number, at: string): Promise<void> {
  const left = Date.parse(at) + seconds * 1000 + 1 - Date.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}
