import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realFiles } from '../../../gateway/agent/files.ts';
import { messageOf, offer, signingKey } from './control.ts';
import { memoryTarget, startWorld, type World } from './world.ts';

let world: World;
let target: ReturnType<typeof memoryTarget>;
beforeEach(async () => {
  world = await startWorld();
  target = memoryTarget();
});
afterEach(() => world.close());

const receiptsAre = (...states: string[]) => world.receiptsAre(...states);
const logged = (fact: string) => world.logged(fact);
const announce = (sequence: number) => world.announce(sequence);
const runs = (hash: string) => world.until(`running ${hash}`, () => target.now.running === hash);

describe('an agent', () => {
  it('applies what the API says at its start, and proves it with a receipt', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target);
    await receiptsAre('applied 1');
    expect(target.now.ran).toEqual([one.manifest.content_hash]);
    expect(world.api.receipts()[0]).toMatchObject({
      version_id: one.manifest.version_id,
      content_hash: one.manifest.content_hash,
      reason: null,
      verified_at: expect.any(String),
      applied_at: expect.any(String),
    });
    await world.until('a healthy heartbeat', () => world.api.beats.at(-1)?.sequence === 1);
    expect(world.api.beats.at(-1)).toMatchObject({
      content_hash: one.manifest.content_hash,
      version_id: one.manifest.version_id,
      health: 'healthy',
      reason: null,
    });
  });

  it('applies what a message tells of, and deletes the message', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target);
    await receiptsAre('applied 1');
    const two = announce(2);
    await receiptsAre('applied 1', 'applied 2');
    expect(target.now.running).toBe(two.manifest.content_hash);
    await world.until('an empty queue', () => world.queue.waiting() === 0);
  });

  it('takes the newer one when the API is ahead of the message', async () => {
    await world.start(target);
    const two = offer(world.key, { sequence: 2 });
    const three = offer(world.key, { sequence: 3 });
    world.api.told.offer = three;
    world.queue.send(messageOf(two));
    await receiptsAre('applied 3');
    expect(target.now.ran).toEqual([three.manifest.content_hash]);
  });

  it('follows a message whose version the API has only a moment later', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target);
    await receiptsAre('applied 1');
    const two = offer(world.key, { sequence: 2 });
    const asked = world.api.conditions.length;
    world.queue.send(messageOf(two));
    await world.until('a question', () => world.api.conditions.length > asked);
    world.api.told.offer = two;
    await runs(two.manifest.content_hash);
    await world.until('an empty queue', () => world.queue.waiting() === 0);
  });

  it('is not moved by messages that come twice, late, or in another order', async () => {
    await world.start(target);
    const [one, two, three] = [1, 2, 3].map((sequence) => offer(world.key, { sequence }));
    if (!one || !two || !three) throw new Error('three are needed');
    world.api.told.offer = three;
    for (const each of [three, one, two, three, one, two, two]) world.queue.send(messageOf(each));
    await world.until('an empty queue', () => world.queue.waiting() === 0);
    await receiptsAre('applied 3');
    expect(target.now.ran).toEqual([three.manifest.content_hash]);
  });

  it.each([
    ['that nobody signed', () => messageOf(offer(signingKey(), { sequence: 9 }))],
    ['that is no message', () => 'hello'],
    ['of another type', () => ({ ...messageOf(offer(world.key, { sequence: 9 })), type: 'unload' })],
    [
      'with a sequence that was raised',
      () => {
        const one = messageOf(offer(world.key, { sequence: 1 }));
        return { ...one, manifest: { ...one.manifest, sequence: 9 } };
      },
    ],
  ])('deletes a message %s, and asks the API instead', async (_, message) => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target);
    await receiptsAre('applied 1');
    const asked = world.api.conditions.length;
    world.queue.send(message());
    await world.until('a question', () => world.api.conditions.length > asked);
    expect(world.api.conditions.at(-1)).toBe(null);
    await world.until('an empty queue', () => world.queue.waiting() === 0);
    expect(target.now.ran).toEqual([one.manifest.content_hash]);
    expect(logged('reload.ignored')).toHaveLength(1);
    expect(world.api.receipts()).toHaveLength(1);
  });

  it('asks by ETag, and so costs an API that has nothing new next to nothing', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { reconcileIntervalMs: 30 });
    await world.until('three questions', () => world.api.conditions.length >= 3);
    expect(world.api.conditions.slice(0, 3)).toEqual([
      null,
      `"1.${one.manifest.content_hash}"`,
      `"1.${one.manifest.content_hash}"`,
    ]);
  });

  it('proves a version anew that is announced again with the same bytes, without a message', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 1');
    world.api.told.offer = offer(world.key, { sequence: 2, content: one.content });
    await receiptsAre('applied 1', 'applied 2');
    expect(target.now.ran).toEqual([one.manifest.content_hash]);
  });
});

describe('what an agent refuses', () => {
  it('is an API that goes back, also after a restart', async () => {
    const five = offer(world.key, { sequence: 5 });
    world.api.told.offer = five;
    const agent = await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 5');
    world.api.told.offer = offer(world.key, { sequence: 4 });
    await receiptsAre('applied 5', 'refused 4');
    await agent.stop();
    const after = memoryTarget();
    await world.start(after, { reconcileIntervalMs: 30 });
    const asked = world.api.conditions.length;
    await world.until('more questions', () => world.api.conditions.length > asked + 2);
    expect(after.now.ran).toEqual([five.manifest.content_hash]);
    expect(world.api.receipts()).toHaveLength(2);
  });

  it('is forgotten when the API says again that what runs is right', async () => {
    const one = offer(world.key, { sequence: 1 });
    const two = offer(world.key, { sequence: 2 });
    world.api.told.offer = two;
    const agent = await world.start(target, { reconcileIntervalMs: 20 });
    await receiptsAre('applied 2');
    world.api.told.offer = one;
    await receiptsAre('applied 2', 'refused 1');
    world.api.told.offer = two;
    await world.until('all well', () => agent.status().health === 'healthy');
  });

  it('is the old version of a configuration that it is bound to again, also after a restart', async () => {
    world.api.told.offer = offer(world.key, { sequence: 5 });
    const agent = await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 5');
    const other = offer(world.key, { sequence: 1, configuration_id: 'refunds' });
    world.api.told.offer = other;
    await receiptsAre('applied 5', 'applied 1');
    await agent.stop();
    world.api.told.offer = offer(world.key, { sequence: 4 });
    await world.start(target);
    await receiptsAre('applied 5', 'applied 1', 'refused 4');
    expect(target.now.running).toBe(other.manifest.content_hash);
  });

  it('is what is not signed with a key that is pinned; said once', async () => {
    world.api.told.offer = offer(signingKey(), { sequence: 1 });
    await world.start(target);
    await receiptsAre('refused 1');
    expect(world.api.receipts()[0]).toMatchObject({
      reason: 'its signature does not verify',
      verified_at: null,
      applied_at: null,
    });
    expect(target.now.ran).toEqual([]);
  });

  it('is an invalid document: once, with where, also across restarts; and it keeps what it runs', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    const agent = await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 1');
    const content = one.content.replace('max_daily_usd', 'max_dayly_usd');
    world.api.told.offer = offer(world.key, { sequence: 2, content });
    await receiptsAre('applied 1', 'refused 2');
    expect(world.api.receipts()[1]).toMatchObject({
      reason: expect.stringContaining('invalid: E'),
      verified_at: expect.any(String),
    });
    await world.until('a degraded heartbeat', () => world.api.beats.at(-1)?.health === 'degraded');
    expect(world.api.beats.at(-1)?.content_hash).toBe(one.manifest.content_hash);
    await agent.stop();
    await world.start(target, { reconcileIntervalMs: 30 });
    const asked = world.api.conditions.length;
    await world.until('more questions', () => world.api.conditions.length > asked + 2);
    expect(world.api.receipts()).toHaveLength(2);
    expect(target.now.running).toBe(one.manifest.content_hash);
  });

  it('is tried again when it was the gateway that refused, and then proved', async () => {
    target.now.refusal = 'no memory';
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { reconcileIntervalMs: 50 });
    await receiptsAre('refused 1');
    expect(world.api.receipts()[0]?.reason).toBe('no memory');
    target.now.refusal = null;
    await receiptsAre('refused 1', 'applied 1');
    await world.until('a healthy heartbeat', () => world.api.beats.at(-1)?.health === 'healthy');
  });

  it('is tried again at once when an operator sends the reload again', async () => {
    target.now.refusal = 'no memory';
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { outside: { random: () => 0.999 } });
    await receiptsAre('refused 1');
    target.now.refusal = null;
    world.queue.send(messageOf(one));
    await receiptsAre('refused 1', 'applied 1');
  });
});

describe('signing keys', () => {
  it('are rotated when the new set still has one that was pinned; and stay so', async () => {
    const next = signingKey('key-2');
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 1');
    world.api.told.keys = [world.key.jwk, next.jwk];
    world.api.told.offer = offer(next, { sequence: 2 });
    // By message and by the timer at once: who comes second waits for the same answer.
    world.queue.send(messageOf(world.api.told.offer));
    await receiptsAre('applied 1', 'applied 2');
    expect(JSON.parse(world.stateOf('signing-keys.json')).keys).toHaveLength(2);
    await agent.stop();
    world.api.told.keys = [];
    world.api.told.offer = offer(next, { sequence: 3 });
    await world.start(memoryTarget());
    await receiptsAre('applied 1', 'applied 2', 'applied 3');
  });

  it('are not taken from a set that has nothing in common with those pinned, nor one that reuses a name', async () => {
    const next = signingKey('key-2');
    const renamed = signingKey('key-1');
    for (const keys of [[next.jwk], [renamed.jwk, next.jwk], [world.key.jwk, renamed.jwk, next.jwk]]) {
      world.api.told.keys = keys;
      world.api.told.offer = offer(next, { sequence: 2 });
      const agent = await world.start(target);
      await world.until('the keys', () => world.facts.some(({ fact }) => fact === 'agent.keys'));
      await receiptsAre('refused 2');
      expect(target.now.ran).toEqual([]);
      await agent.stop();
      world.facts.length = 0;
    }
  });

  it('that were retired still vouch for what runs, and for nothing new', async () => {
    const next = signingKey('key-2');
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    const agent = await world.start(target);
    await receiptsAre('applied 1');
    await agent.stop();
    const state = { keys: [next.jwk], retired: [world.key.jwk] };
    writeFileSync(join(world.stateDir, 'signing-keys.json'), JSON.stringify(state));
    world.api.told.keys = [next.jwk];
    world.api.told.offer = offer(world.key, { sequence: 2 });
    const after = memoryTarget();
    await world.start(after);
    expect(after.now.running).toBe(one.manifest.content_hash);
    await receiptsAre('applied 1', 'refused 2');
    expect(after.now.running).toBe(one.manifest.content_hash);
  });

  it('must be pinned before the first start, unless that is asked for', async () => {
    await realFiles.remove(join(world.stateDir, 'signing-keys.json'));
    await expect(world.start(target)).rejects.toThrow(/no signing keys are pinned .* --pin-keys/);
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target, { pinKeys: true });
    expect(logged('keys.trusted_on_first_use')).toMatchObject([{ keys: ['key-1'] }]);
    await receiptsAre('applied 1');
  });
});

describe('without the API', () => {
  it('a gateway starts with what it ran last, verified again', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    const agent = await world.start(target);
    await receiptsAre('applied 1');
    await agent.stop();
    world.api.told.down = true;
    const after = memoryTarget();
    await world.start(after);
    expect(after.now.running).toBe(one.manifest.content_hash);
  });

  it.each([
    ['other content', (good: string) => good.replace('max_daily_usd: 1}', 'max_daily_usd: 9}')],
    ['another manifest', (good: string) => good.replace('"number": 1', '"number": 2')],
    ['half of it', (good: string) => good.slice(0, good.length / 2)],
  ])('a gateway does not start with a last good file that holds %s', async (_, change) => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target);
    await receiptsAre('applied 1');
    await agent.stop();
    world.api.told.down = true;
    const changed = change(world.stateOf('last-good.json'));
    expect(changed).not.toBe(world.stateOf('last-good.json'));
    writeFileSync(join(world.stateDir, 'last-good.json'), changed);
    const after = memoryTarget();
    await world.start(after);
    expect(after.now.ran).toEqual([]);
    world.api.told.down = false;
    world.queue.send('look');
    await world.until('running', () => after.now.running !== null);
  });

  it('says so once, and catches up when it is back', async () => {
    world.api.told.down = true;
    await world.start(target, { reconcileIntervalMs: 20 });
    await world.until(
      'three tries',
      () => world.api.asked.filter((each) => each === 'GET configuration').length >= 3,
    );
    expect(logged('agent.api')).toHaveLength(1);
    world.api.told.offer = offer(world.key, { sequence: 1 });
    world.api.told.down = false;
    await receiptsAre('applied 1');
    expect(logged('agent.api')).toMatchObject([{ state: 'trouble' }, { state: 'well again' }]);
  });

  it('a receipt waits, across restarts, and arrives once', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    world.api.told.receipts = { status: 503 };
    const agent = await world.start(target);
    await world.until('a try', () => world.api.asked.includes('POST receipts'));
    expect(readdirSync(join(world.stateDir, 'receipts'))).toHaveLength(1);
    await agent.stop();
    world.api.told.receipts = null;
    await world.start(memoryTarget());
    await receiptsAre('applied 1');
    await world.until('an empty outbox', () => readdirSync(join(world.stateDir, 'receipts')).length === 0);
    const lines = world
      .stateOf('receipts.log')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).outcome);
    expect(lines).toEqual(['made', 'taken']);
  });

  it('a message stays in the queue until it was followed, also to another configuration that looks the same', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { reconcileIntervalMs: 50 });
    await receiptsAre('applied 1');
    const other = offer(world.key, { sequence: 1, configuration_id: 'refunds', content: one.content });
    world.api.told.offer = other;
    world.api.told.down = true;
    await world.until('listening', () => world.queue.counted.receives === 1);
    world.queue.send(messageOf(other));
    await world.until('the queue is asked again', () => world.queue.counted.receives === 2);
    expect(world.queue.removed).toEqual([]);
    world.api.told.down = false;
    await receiptsAre('applied 1', 'applied 1');
    expect(world.api.receipts()[1]?.version_id).toBe(other.manifest.version_id);
  });

  it('keeps what runs when it is bound to nothing, and says so', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 1');
    world.api.told.configuration = {
      status: 404,
      body: { error: { code: 'not_bound', message: 'not bound' } },
    };
    await world.until('a heartbeat', () => world.api.beats.at(-1)?.reason?.includes('binding') ?? false);
    expect(target.now.running).toBe(one.manifest.content_hash);
    world.queue.send(messageOf(offer(world.key, { sequence: 2 })));
    await world.until('an empty queue', () => world.queue.waiting() === 0);
  });
});
