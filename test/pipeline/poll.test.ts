/** The poller: what one bad row, or one moment of bad luck, must not keep from the rest. */
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, workAt } from '../../lib/aws/keys.ts';
import { activate, releaseHold } from '../../lib/pipeline/activate.ts';
import { delays, poll } from '../../lib/pipeline/poll.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const FILE = 'policy-config.yaml';

async function linked() {
  const here = await world.fresh();
  const git = memoryGit();
  Object.assign(here.ports, { git });
  git.commit({ [FILE]: policy({ limit: 1 }), 'b.yaml': policy({ name: 'b' }) });
  const { link } = await here.link('http://git.example/poll.git');
  git.commit({ [FILE]: policy({ limit: 2 }), 'b.yaml': policy({ name: 'b' }) });
  await here.tick();
  await here.tick();
  expect(await here.configuration('payments')).toMatchObject({ active: { number: 2 } });
  return { here, git, link };
}

type Here = Awaited<ReturnType<World['fresh']>>;

/** A row as no code of ours would write it. */
async function spoil(here: Here, key: object, extra: Record<string, unknown> = {}) {
  const { client, name } = here.ports.table;
  await client.send(
    new PutItemCommand({ TableName: name, Item: marshall({ ...key, nonsense: true, ...extra }) }),
  );
}

/** A field that no row has. */
async function deface(here: Here, key: object) {
  const { client, name } = here.ports.table;
  await client.send(
    new UpdateItemCommand({
      TableName: name,
      Key: marshall(key),
      UpdateExpression: 'SET nonsense = :v',
      ExpressionAttributeValues: marshall({ ':v': true }),
    }),
  );
}

describe('a tick', () => {
  it('asks for the looks that are due although marks and holds cannot be read', async () => {
    const { here, git } = await linked();
    const past = new Date(here.time.at - 60_000).toISOString();
    await spoil(here, keyOf.mark('bad'), workAt('MARK', 'bad', past));
    await spoil(here, keyOf.configuration('bad'), { id: 'bad', ...workAt('HOLD', 'bad', past) });
    git.commit({ [FILE]: policy({ limit: 3 }), 'b.yaml': policy({ name: 'b' }) });
    await here.tick();
    await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 3 } });
  });

  it('sweeps the other marks when one cannot be read', async () => {
    const { here, git, link } = await linked();
    const gateway = await here.gateway('payments');
    for (const id of ['bad', 'worse', 'worst', 'a', 'b', 'c', 'd', 'e'])
      await spoil(here, keyOf.mark(id), workAt('MARK', id, '2026-01-01T00:00:00.000Z'));
    git.commit({ [FILE]: policy({ limit: 3 }) });
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    await here.ports.syncQueue.send([
      { message: { source: link.sourceId, why: 'hint', commit: null, attempt: 0 }, delaySeconds: 0 },
    ]);
    const { fanOutQueue } = here.ports;
    Object.assign(here.ports, { fanOutQueue: { send: () => Promise.reject(new Error('lost')) } });
    await here.deliver();
    Object.assign(here.ports, { fanOutQueue });
    await here.tick();
    expect(here.reloadsOf(gateway)).toHaveLength(1);
    expect(here.facts.filter(({ name }) => name === 'row.unreadable').length).toBeGreaterThan(0);
  });

  it('fails when something could not be done, after doing the rest', async () => {
    const { here } = await linked();
    const failing = {
      ...here.ports,
      announcements: {
        ...here.ports.announcements,
        pending: async function* () {
          yield await Promise.reject(new Error('no marks today'));
        },
      },
    };
    here.time.at += 120_000;
    await expect(poll(failing)).rejects.toThrow('no marks today');
    expect(here.hints.length).toBeGreaterThan(0);
  });

  it('leaves a hold alone that was prolonged since the index was written', async () => {
    const { here } = await linked();
    const hold = { until: new Date(here.time.at + 3_600_000) };
    await activate('payments', '1', { reason: 'test', hold }, CALLER, here.ports);
    const { configurations } = here.ports;
    const stale = {
      ...configurations,
      holdsEnding: async function* () {
        yield ['payments'];
      },
    };
    await poll({ ...here.ports, configurations: stale });
    expect(here.hints.filter(({ message }) => message.why === 'hold')).toEqual([]);
  });
});

describe('a source that a wrong clock put a day ahead', () => {
  it('is looked at by the next tick, and keeps its interval from then on', async () => {
    const { here, git, link } = await linked();
    const right = here.ports.clock;
    const ahead = { now: () => new Date(here.time.at + 86_400_000) };
    const minute = here.time.at + 60_000;
    here.time.at = minute;
    await poll(here.ports);
    Object.assign(here.ports, { clock: ahead });
    await here.deliver();
    Object.assign(here.ports, { clock: right });
    const { source } = await here.linkNow(link.id);
    expect(Date.parse(source?.dueAt ?? '')).toBeGreaterThan(here.time.at + 86_000_000);

    git.commit({ [FILE]: policy({ limit: 3 }), 'b.yaml': policy({ name: 'b' }) });
    await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 3 } });
    const after = (await here.linkNow(link.id)).source;
    expect(Date.parse(after?.dueAt ?? '')).toBeLessThanOrEqual(here.time.at + 60_000);
  });
});

describe('one configuration that cannot be read', () => {
  it('does not keep the other links of its source from being synced', async () => {
    const { here, git, link } = await linked();
    const { link: other } = await here.link('http://git.example/poll.git', { path: 'b.yaml' });
    expect(other.sourceId).toBe(link.sourceId);
    await deface(here, keyOf.configuration('payments'));
    git.commit({ [FILE]: policy({ limit: 9 }), 'b.yaml': policy({ name: 'b', limit: 9 }) });
    for (let minute = 0; minute < 3; minute++) await here.tick();
    expect(await here.configuration('b')).toMatchObject({ versions: 2 });
    expect((await here.linkNow(other.id)).status).toBe('synced');
  });
});

describe('lifting a hold', () => {
  it('hands back to git although we died before asking for a look', async () => {
    const { here } = await linked();
    const hold = { until: new Date(here.time.at + 3_600_000) };
    await activate('payments', '1', { reason: 'test', hold }, CALLER, here.ports);
    await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 1 } });
    const dead = { ...here.ports.sources, hint: () => Promise.reject(new Error('we died')) };
    await expect(releaseHold('payments', CALLER, { ...here.ports, sources: dead })).rejects.toThrow();
    await here.tick();
    await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 2 }, hold: null });
  });
});

describe('delays', () => {
  const now = new Date('2026-03-01T12:00:00.000Z');
  const due = (inSeconds: number, intervalSeconds: number, outstanding = false) => ({
    id: 'src',
    dueAt: new Date(now.getTime() + inSeconds * 1000).toISOString(),
    intervalSeconds,
    outstanding,
  });

  it('are within the minute, whole, and as far apart as the interval', () => {
    expect(delays(due(0, 60), now)).toEqual([0]);
    expect(delays(due(10, 30), now)).toEqual([10, 40]);
    expect(delays(due(-500, 3600), now)).toEqual([0]);
    expect(delays(due(59.2, 30), now)).toEqual([]);
    expect(delays(due(3000, 86_400, true), now)).toEqual([0]);
  });
});
