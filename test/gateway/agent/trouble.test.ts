import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../gateway/agent/clock.ts';
import { fileTarget } from '../../../gateway/agent/file-target.ts';
import { type Files, realFiles } from '../../../gateway/agent/files.ts';
import { policyFile } from '../../../gateway/agent/policy-file.ts';
import { type OpenQueue, QueueTrouble } from '../../../gateway/agent/queue.ts';
import type { ReloadOutcome } from '../../../gateway/agent/reload/reload.ts';
import { messageOf, offer } from './control.ts';
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

describe('receipts that the API does not take', () => {
  it('are kept in the log with its answer, and not sent again', async () => {
    const refusal = { status: 422, body: { error: { code: 'not_announced', message: 'never heard of it' } } };
    world.api.told.receipts = refusal;
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target);
    await world.until('an answer', () => logged('agent.receipts').length > 0);
    await agent.stop();
    world.api.told.receipts = null;
    await world.start(memoryTarget());
    announce(2);
    // In order: the first would have come before it.
    await receiptsAre('applied 2');
    const [made, refused] = world
      .stateOf('receipts.log')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(made).toMatchObject({ outcome: 'made', receipt: { state: 'applied' } });
    expect(refused).toMatchObject({
      outcome: 'refused',
      status: 422,
      code: 'not_announced',
      message: 'never heard of it',
    });
  });

  it('are sent again when it was a proxy that answered, and not the API', async () => {
    world.api.told.receipts = { status: 404, body: '<html>' };
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target);
    await world.until('a try', () => world.api.asked.includes('POST receipts'));
    world.api.told.receipts = null;
    await receiptsAre('applied 1');
  });

  it.each([
    ['has no key to verify them with', 409, 'key_missing'],
    ['verifies them with another key', 400, 'signature_invalid'],
    ['knows no such gateway: the token is that of another', 404, 'not_found'],
  ])('wait for a person when the API %s', async (_, status, code) => {
    world.api.told.receipts = { status, body: { error: { code, message: 'no key' } } };
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target);
    await world.until('a condition', () => agent.status().reason?.includes('no key') ?? false);
    expect(agent.status()).toMatchObject({ health: 'degraded', receiptsWaiting: 1 });
  });
});

describe('the queue', () => {
  it.each(['gone', 'other'] as const)(
    'may be in trouble (%s): the timer goes on, and it is said once',
    async (trouble) => {
      world.queue.told.trouble = trouble;
      world.api.told.offer = offer(world.key, { sequence: 1 });
      await world.start(target, { reconcileIntervalMs: 30 });
      await receiptsAre('applied 1');
      world.api.told.offer = offer(world.key, { sequence: 2 });
      await receiptsAre('applied 1', 'applied 2');
      expect(logged('agent.queue')).toHaveLength(1);
      world.queue.told.trouble = null;
      announce(3);
      await world.until('it is well again', () => logged('agent.queue').length === 2);
    },
  );

  it('whose credentials ran out is asked for others at once', async () => {
    await world.start(target);
    await world.until('credentials', () => world.queue.lent.length === 1);
    world.queue.told.trouble = 'credentials';
    world.queue.wake();
    await world.until('others', () => world.queue.lent.length === 2);
    world.queue.told.trouble = null;
    announce(1);
    await receiptsAre('applied 1');
  });

  it('that is full of what runs already makes the API be asked now and then, and no more', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { outside: { clock: { ...systemClock, uptimeMs: () => 1_000_000 } } });
    await receiptsAre('applied 1');
    const before = world.api.conditions.length;
    for (let sent = 0; sent < 20; sent++) {
      world.queue.send(messageOf(one));
      await world.until('an empty queue', () => world.queue.waiting() === 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await world.until('a look', () => world.api.conditions.length > before);
    expect(world.api.conditions.length - before).toBeLessThan(10);
  });

  it('whose messages cannot be deleted is not asked for credentials over and over', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    let opened = 0;
    const openQueue: OpenQueue = async () => {
      opened++;
      return {
        receive: async () => [{ body: JSON.stringify(messageOf(one)), handle: 'h' }],
        remove: async () => {
          throw new QueueTrouble('credentials', 'may not delete');
        },
        close() {},
      };
    };
    await world.start(target, { outside: { openQueue, random: () => 0.999 } });
    await world.until('a second try', () => opened > 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(opened).toBe(2);
  });

  it('that cannot be asked for leaves the timer', async () => {
    world.api.told.credentials = { status: 503 };
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 1');
    world.api.told.offer = offer(world.key, { sequence: 2 });
    await receiptsAre('applied 1', 'applied 2');
    expect(logged('agent.queue')).toMatchObject([{ reason: 'no credentials: the API answers 503' }]);
  });

  it.each([-86_400_000, 86_400_000])('does not mind a clock that is off by %i ms', async (off) => {
    const clock = { ...systemClock, now: () => new Date(Date.now() + off) };
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target, { outside: { clock } });
    await receiptsAre('applied 1');
    announce(2);
    await receiptsAre('applied 1', 'applied 2');
    const [lent] = world.queue.lent;
    expect(world.queue.lent).toHaveLength(1);
    expect(Math.round((lent?.lifetimeMs ?? 0) / 60_000)).toBe(60);
    expect(Math.round((lent?.clockOffsetMs ?? 0) / 60_000)).toBe(-off / 60_000);
  });
});

describe('a disk that is full', () => {
  const full = (isFull: () => boolean): Files => {
    const refuse = <T>(write: () => Promise<T>) => {
      if (isFull()) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return write();
    };
    return {
      ...realFiles,
      create: async (...file) => refuse(() => realFiles.create(...file)),
      append: async (...file) => refuse(() => realFiles.append(...file)),
    };
  };

  it('leaves what runs as it is, is told of, and is caught up with when there is room', async () => {
    let isFull = false;
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { reconcileIntervalMs: 50, outside: { files: full(() => isFull) } });
    await receiptsAre('applied 1');
    isFull = true;
    const two = announce(2);
    await receiptsAre('applied 1', 'refused 2');
    expect(world.api.receipts()[1]?.reason).toMatch(
      /^the state folder cannot be written: no room on the disk/,
    );
    expect(target.now.running).toBe(one.manifest.content_hash);
    await world.until(
      'a heartbeat',
      () => world.api.beats.at(-1)?.reason?.includes('no room on the disk') ?? false,
    );
    isFull = false;
    await runs(two.manifest.content_hash);
    await receiptsAre('applied 1', 'refused 2', 'applied 2');
    await world.until('a healthy heartbeat', () => world.api.beats.at(-1)?.health === 'healthy');
  });
});

describe('a gateway that does not run what was applied', () => {
  it('is put back, and said to have run something else', async () => {
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    await world.start(target, { reconcileIntervalMs: 30 });
    await receiptsAre('applied 1');
    target.now.running = 'f'.repeat(64);
    await runs(one.manifest.content_hash);
    await world.until('a heartbeat', () =>
      world.api.beats.some(({ content_hash }) => content_hash === 'f'.repeat(64)),
    );
    expect(world.api.beats.find(({ content_hash }) => content_hash === 'f'.repeat(64))).toMatchObject({
      health: 'degraded',
      sequence: null,
    });
    await world.until('a healthy heartbeat', () => world.api.beats.at(-1)?.health === 'healthy');
  });

  it('has its file back at once, and is told until it has heard; which is said once', async () => {
    const file = join(world.folder, 'policy-config.yaml');
    const one = offer(world.key, { sequence: 1 });
    world.api.told.offer = one;
    let hears = true;
    let told = 0;
    const reload = async (): Promise<ReloadOutcome> => {
      told++;
      return hears ? { kind: 'told', runs: null } : { kind: 'failed', why: 'it does not hear' };
    };
    const log = { fact: () => {} };
    const close = async () => {};
    const elapsed = () => performance.now();
    const byFile = {
      file: policyFile(realFiles, file),
      reload,
      ask: null,
      confirmMs: 50,
      elapsed,
      close,
      log,
    };
    const agent = await world.start(fileTarget(byFile), { reconcileIntervalMs: 20 });
    await receiptsAre('applied 1');
    hears = false;
    writeFileSync(file, 'tampered');
    const before = told;
    await world.until('several tries', () => told > before + 3);
    expect(readFileSync(file, 'utf8')).toBe(one.content);
    expect(agent.status().reason).toBe(
      'tampered: what the gateway reads was changed by somebody else; the gateway was not put back: it does not hear',
    );
    expect(logged('gateway.differs')).toHaveLength(1);
    hears = true;
    await world.until('all well', () => agent.status().health === 'healthy');
    expect(logged('agent.tampered').map(({ state, reason }) => reason ?? state)).toEqual([
      'what the gateway reads was changed by somebody else',
      'what the gateway reads was changed by somebody else; the gateway was not put back: it does not hear',
      'what the gateway reads was changed by somebody else; it was put back',
      'well again',
    ]);
  });

  it('says so in its next heartbeat, whenever the next look is', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target, { heartbeatIntervalMs: 30 });
    await world.until('a healthy heartbeat', () => world.api.beats.at(-1)?.health === 'healthy');
    target.now.running = 'f'.repeat(64);
    await world.until('another', () => world.api.beats.at(-1)?.content_hash === 'f'.repeat(64));
    expect(world.api.beats.at(-1)).toMatchObject({ health: 'degraded', sequence: null });
  });

  it('says which kinds it lets through', async () => {
    target.now.unenforced = ['bias-monitor'];
    world.api.told.offer = offer(world.key, { sequence: 1 });
    await world.start(target);
    await world.until(
      'a heartbeat',
      () => world.api.beats.at(-1)?.reason === 'unenforced: let through: bias-monitor',
    );
    await receiptsAre('applied 1');
    expect(world.api.receipts().at(-1)).toMatchObject({ reason: 'let through: bias-monitor' });
  });
});

describe('what nobody confirms any more', () => {
  const staleness = { maxMs: 150, whenStale: 'fail-closed' as const };

  it('fails closed after its time, and serves again once it is confirmed', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target, { staleness, reconcileIntervalMs: 30 });
    await receiptsAre('applied 1');
    world.api.told.down = true;
    await world.until('closed', () => target.now.closed.at(-1) === true);
    expect(agent.status()).toMatchObject({ closed: true, health: 'degraded' });
    world.api.told.down = false;
    await world.until('open', () => target.now.closed.at(-1) === false);
    expect(agent.status().closed).toBe(false);
  });

  it('serves from the start when the time is not up, whatever it was told before a restart', async () => {
    await world.start(target, { staleness: { ...staleness, maxMs: 60_000 } });
    expect(target.now.closed).toEqual([false]);
  });

  it('is closed from the start when the time was up before a restart', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target, { staleness: { ...staleness, maxMs: 60_000 } });
    await receiptsAre('applied 1');
    await agent.stop();
    world.api.told.down = true;
    const later = { ...systemClock, uptimeMs: () => systemClock.uptimeMs() + 61_000 };
    const after = memoryTarget();
    await world.start(after, { staleness: { ...staleness, maxMs: 60_000 }, outside: { clock: later } });
    expect(after.now.closed).toEqual([true]);
  });

  it('serves on when it was told to, and says so', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target, {
      staleness: { ...staleness, whenStale: 'serve' },
      reconcileIntervalMs: 30,
    });
    await receiptsAre('applied 1');
    world.api.told.down = true;
    await world.until('stale', () => agent.status().reason?.includes('it serves on') ?? false);
    expect(target.now.closed).toEqual([]);
  });
});

describe('a state folder', () => {
  it('is of one agent at a time', async () => {
    const agent = await world.start(target);
    await expect(world.start(target)).rejects.toThrow(/is in use by another gateway agent/);
    await agent.stop();
    await world.start(target);
  });

  it('that has no room for a lock is named', async () => {
    let stateDir = world.folder;
    while (stateDir.length < 3850) stateDir = join(stateDir, 'x'.repeat(200));
    stateDir = join(stateDir, 'y'.repeat(4079 - stateDir.length));
    await expect(world.start(target, { stateDir })).rejects.toMatchObject({
      name: 'NotStarted',
      message: `${stateDir} cannot be used: ENAMETOOLONG`,
    });
  });

  it('that others can write to is none', async () => {
    const { chmodSync } = await import('node:fs');
    chmodSync(world.stateDir, 0o777);
    await expect(world.start(target)).rejects.toThrow(/others can write to .*chmod 700/);
  });

  it('of another user, who can write to it, is none', async () => {
    const facts: Files['facts'] = async (path) => {
      const found = await realFiles.facts(path);
      return found && { ...found, uid: found.uid + 4321 };
    };
    await expect(world.start(target, { outside: { files: { ...realFiles, facts } } })).rejects.toThrow(
      /is another user's \(uid \d+\), who can write to it/,
    );
  });

  it('may hold what is no file of ours, or too large to be: it is taken for damaged', async () => {
    world.api.told.offer = offer(world.key, { sequence: 1 });
    const agent = await world.start(target);
    await receiptsAre('applied 1');
    await agent.stop();
    const inState = (name: string) => join(world.stateDir, name);
    const tooLarge = Buffer.alloc(3 * 1024 * 1024);
    for (const name of ['last-good.json', 'applying.json', 'receipts.log', 'receipts.log.1'])
      writeFileSync(inState(name), tooLarge);
    for (const name of ['last-refused.json', 'receipts/000000000007-rct_a.json']) mkdirSync(inState(name));
    writeFileSync(inState('receipts/000000000008-rct_b.json'), tooLarge);
    await world.start(target);
    expect(logged('state.damaged').map(({ file }) => file)).toEqual([
      'last-good.json',
      'applying.json',
      'last-refused.json',
    ]);
    announce(2);
    await world.until('both', () => world.api.receipts().at(-1)?.sequence === 2);
    expect(world.stateOf('receipts.log').length).toBeLessThan(10_000);
  });

  it('with damaged signing keys, or a key that is no file, is none; others are not trusted in their place', async () => {
    writeFileSync(join(world.stateDir, 'signing-keys.json'), '{');
    await expect(world.start(target, { pinKeys: true })).rejects.toThrow(/signing-keys.json is damaged/);
    await realFiles.remove(join(world.stateDir, 'gateway-key.pem'));
    mkdirSync(join(world.stateDir, 'gateway-key.pem'));
    await expect(world.start(target)).rejects.toThrow(
      /gateway-key.pem cannot be read: it is not a plain file/,
    );
  });

  it('that is a file is none', async () => {
    const stateDir = join(world.folder, 'file');
    writeFileSync(stateDir, '');
    await expect(world.start(target, { stateDir })).rejects.toMatchObject({
      name: 'NotStarted',
      message: expect.stringContaining('cannot be used'),
    });
  });

  it('without a key is none', async () => {
    await realFiles.remove(join(world.stateDir, 'gateway-key.pem'));
    await expect(world.start(target)).rejects.toThrow(/gateway-key.pem is not there/);
    writeFileSync(join(world.stateDir, 'gateway-key.pem'), 'nonsense');
    await expect(world.start(target)).rejects.toThrow(
      /is not an Ed25519 private key in PEM form \(8 characters\)/,
    );
  });
});
