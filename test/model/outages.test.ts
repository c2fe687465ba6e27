/** Outages: a service that refuses for a while, or for good. What waits is done afterwards, and nothing is given away. */
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { DisableKeyCommand, EnableKeyCommand, KMSServiceException } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../lib/providers/delivery.ts';
import { memoryKms, newKeys } from '../fakes/memory-kms.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { FaultPoint } from '../support/faults.ts';
import type { MemoryWorld } from '../support/memory-world.ts';
import { policy } from '../support/policy.ts';
import { type Functions, functionsOver, redeliver } from './crash/functions.ts';
import { rowsIn, wrongIn } from './crash/integrity.ts';
import { FILE, REPO, type Stage, settle, stage } from './crash/stage.ts';

const METADATA = { $metadata: { attempts: 3 } } as const;
const throttled = {
  kms: () =>
    new KMSServiceException({
      name: 'ThrottlingException',
      $fault: 'client',
      message: 'Rate exceeded',
      ...METADATA,
    }),
  table: () => new ProvisionedThroughputExceededException({ message: 'Rate exceeded', ...METADATA }),
};

/** The same world, in which a service refuses every call until then. */
function refusing(
  here: MemoryWorld,
  service: keyof typeof throttled,
  until: number,
): { world: MemoryWorld; refused: () => number } {
  let refused = 0;
  const guard = <C extends { send: unknown }>(client: C): C => {
    const send = (command: object) => {
      if (here.time.at >= until) return (client.send as (command: object) => Promise<object>)(command);
      refused++;
      return Promise.reject(throttled[service]());
    };
    return { ...client, send };
  };
  const { table, kms } = here.below;
  const below =
    service === 'kms'
      ? { ...here.below, kms: guard(kms) }
      : { ...here.below, table: { ...table, client: guard(table.client) } };
  return { world: { ...here, below }, refused: () => refused };
}

const delivery = (at: Stage): Delivery =>
  signedDelivery('github', at.secret, { repositoryUrl: REPO, after: at.repository.tip() });

/** Redelivers, works and ticks as time goes by; a tick that fails is the schedule's to repeat. */
async function pass(at: Stage, functions: Functions, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 5) {
    at.here.time.at += 5_000;
    if (second % 60 === 0) await functions.tick().catch(() => {});
    await functions.work();
    redeliver(at.here, functions);
  }
}

const PRIVATE = 'https://git.example/acme/private.git';
const linkPrivate = (functions: Functions, { admin }: Stage) =>
  functions.call('POST', '/v1/git-repos', admin, {
    repo_url: PRIVATE,
    provider: 'gitea',
    path: FILE,
    access_token: 'token-of-git',
    auto_create_configuration: true,
  });

describe.each([
  ['kms', 60],
  ['table', 30],
] as const)('a throttled %s, for %i seconds', (service, seconds) => {
  it('delays a push, and loses nothing of it', async () => {
    const at = await stage();
    at.repository.commit({ [FILE]: policy({ limit: 2 }) });
    const { world, refused } = refusing(at.here, service, at.here.time.at + seconds * 1000);
    const functions = functionsOver(world, new FaultPoint());
    expect(await functions.deliver(at.hookId, delivery(at))).toBe(500);
    await pass(at, functions, seconds + 120);
    expect(refused()).toBeGreaterThan(1);
    await settle(at.here);
    expect(wrongIn(at.here)).toEqual([]);
  });

  it('keeps what was pushed before from being announced for no longer than that', async () => {
    const at = await stage();
    at.repository.commit({ [FILE]: policy({ limit: 2 }) });
    expect(await functionsOver(at.here, new FaultPoint()).deliver(at.hookId, delivery(at))).toBe(202);
    const { world } = refusing(at.here, service, at.here.time.at + seconds * 1000);
    await pass(at, functionsOver(world, new FaultPoint()), seconds + 180);
    expect(wrongIn(at.here)).toEqual([]);
    expect((await at.here.configuration('payments')).sequence).toBe(2);
  });

  it('refuses a new link, which is made when it is asked for again', async () => {
    const at = await stage();
    at.here.git.at(PRIVATE).commit({ [FILE]: policy({ name: 'private' }) });
    const { world } = refusing(at.here, service, at.here.time.at + seconds * 1000);
    const functions = functionsOver(world, new FaultPoint());
    expect([429, 500, 503]).toContain((await linkPrivate(functions, at)).status);
    expect(wrongIn(at.here)).toEqual([]);
    at.here.time.at += seconds * 1000;
    expect((await linkPrivate(functions, at)).status).toBe(201);
    await settle(at.here);
    expect(wrongIn(at.here)).toEqual([]);
  });
});

describe('a disabled key', () => {
  async function withKeys() {
    const client = memoryKms();
    const keys = await newKeys(client);
    const at = await stage({ [FILE]: policy() }, FILE, { kms: { client, keys } });
    at.here.git.at(PRIVATE).commit({ [FILE]: policy({ name: 'private' }) });
    return { at, client, keys, functions: functionsOver(at.here, new FaultPoint()) };
  }

  it('of tokens stores nothing that could be read', async () => {
    const { at, client, keys, functions } = await withKeys();
    await client.send(new DisableKeyCommand({ KeyId: keys.data }));
    const before = rowsIn(at.here).length;
    expect((await linkPrivate(functions, at)).status).toBeGreaterThanOrEqual(500);
    expect(rowsIn(at.here)).toHaveLength(before);
    expect(JSON.stringify(at.here.dynamo.rows('kt'))).not.toContain('token-of-git');
  });

  it('of tokens is an error of the link, which asks nobody without the token and recovers by itself', async () => {
    const { at, client, keys, functions } = await withKeys();
    const { id } = (await linkPrivate(functions, at)).json;
    await settle(at.here);
    at.here.git.at(PRIVATE).commit({ [FILE]: policy({ name: 'private', limit: 2 }) });
    await client.send(new DisableKeyCommand({ KeyId: keys.data }));
    const asked: unknown[] = [];
    const { git } = at.here;
    at.here.below.git = {
      resolve: (repository, branch) => {
        if (repository.url === PRIVATE) asked.push(repository.credential);
        return git.resolve(repository, branch);
      },
      read: git.read,
    };
    // Another process: this one may have the data key in memory still.
    await pass(at, functionsOver(at.here, new FaultPoint()), 180);
    expect(asked).toEqual([]);
    const { json } = await functions.call('GET', `/v1/git-repos/${id}`, at.admin);
    expect(json).toMatchObject({ status: 'error', error: { class: 'auth' } });
    expect(JSON.stringify(at.here.facts)).not.toContain('token-of-git');
    await client.send(new EnableKeyCommand({ KeyId: keys.data }));
    at.here.below.git = git;
    at.here.time.at += 3_600_000;
    await settle(at.here);
    await settle(at.here);
    expect(wrongIn(at.here)).toEqual([]);
  });

  it('of hook secrets refuses deliveries, and believes none unsigned', async () => {
    const { at, client, keys } = await withKeys();
    await client.send(new DisableKeyCommand({ KeyId: keys.data }));
    const functions = functionsOver(at.here, new FaultPoint());
    expect(await functions.deliver(at.hookId, delivery(at))).toBe(401);
    const { headers, body } = delivery(at);
    const unsigned = Object.fromEntries(
      Object.entries(headers).filter(([name]) => !name.includes('signature')),
    );
    expect(await functions.deliver(at.hookId, { headers: unsigned, body })).toBe(401);
    expect(at.here.hints).toEqual([]);
  });

  it('of signatures keeps a version from being announced unsigned, and the mark until it can be', async () => {
    const { at, client, keys, functions } = await withKeys();
    await client.send(new DisableKeyCommand({ KeyId: keys.signing }));
    const told = () => [...at.here.reloads.values()].flat().length;
    const before = told();
    at.repository.commit({ [FILE]: policy({ limit: 2 }) });
    await functions.deliver(at.hookId, delivery(at));
    await pass(at, functions, 120);
    expect(told()).toBe(before);
    expect(wrongIn(at.here)).toContain('payments still has a mark');
    await client.send(new EnableKeyCommand({ KeyId: keys.signing }));
    await settle(at.here);
    expect(wrongIn(at.here)).toEqual([]);
  });
});
