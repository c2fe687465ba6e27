import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDuration } from '../../../cli/gateway-agent/duration.ts';
import { targetOf } from '../../../cli/gateway-agent/target.ts';
import { wordsOf } from '../../../cli/gateway-agent/words.ts';
import type { ReceiptAnswer } from '../../../gateway/agent/api.ts';
import { bell } from '../../../gateway/agent/bell.ts';
import { coalesced } from '../../../gateway/agent/coalesced.ts';
import { conditionsOf } from '../../../gateway/agent/conditions.ts';
import { type Files, realFiles } from '../../../gateway/agent/files.ts';
import { borrowedFor } from '../../../gateway/agent/lifetime.ts';
import { openOutbox } from '../../../gateway/agent/outbox.ts';
import { backOff, jittered, pause } from '../../../gateway/agent/pause.ts';
import { openReceiptsLog } from '../../../gateway/agent/receipts-log.ts';
import type { SignedReceipt } from '../../../gateway/agent/shapes.ts';
import { ageOf } from '../../../gateway/agent/staleness.ts';
import { oneLine, whyOf } from '../../../gateway/agent/why.ts';
import { offer, signingKey } from './control.ts';

describe('staleness', () => {
  const contact = { boot_id: 'a', uptime_ms: 1000, age_ms: 50 };
  const at = (bootId: string, uptimeMs: number) => ageOf(contact, { bootId, uptimeMs: () => uptimeMs });

  it('counts by the time since the machine started', () => {
    expect(at('a', 1000)).toBe(50);
    expect(at('a', 4000)).toBe(3050);
  });

  it('goes on after another start of the machine, by at least the time since', () => {
    expect(at('b', 200)).toBe(250);
    expect(at('b', 5000)).toBe(5050);
    expect(at('a', 200)).toBe(250);
    expect(ageOf({ ...contact, boot_id: '' }, { bootId: '', uptimeMs: () => 1500 })).toBe(1550);
  });
});

describe('borrowed credentials', () => {
  it.each([
    [3_600_000, 2_400_000],
    [900_000, 600_000],
    [null, 600_000],
    [60_000, 30_000],
    [1000, 5000],
    [-5, 5000],
    [Number.NaN, 5000],
  ])('that are good for %s ms are used for %s ms', (lifetime, used) => {
    expect(borrowedFor(lifetime)).toBe(used);
  });
});

describe('pauses', () => {
  it('grow, are spread over their whole length, and have bounds', () => {
    expect([1, 2, 3, 20].map((failures) => backOff(failures, () => 0.5))).toEqual([500, 1000, 2000, 30_000]);
    expect(backOff(1, () => 0)).toBe(50);
    expect(backOff(1000, () => 1)).toBe(60_000);
    expect(jittered(30_000, () => 0)).toBe(24_000);
    expect(jittered(30_000, () => 1)).toBeCloseTo(36_000);
  });
});

describe('a coalesced run', () => {
  it('is one at a time, and whoever asks during one shares the next', async () => {
    let runs = 0;
    let end = () => {};
    const run = coalesced(async () => {
      const number = ++runs;
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return number;
    });
    const first = run();
    const [second, third] = [run(), run()];
    end();
    expect(await first).toBe(1);
    await Promise.resolve();
    end();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    const last = run();
    end();
    expect(await last).toBe(3);
  });

  it('goes on after one that failed', async () => {
    let fails = true;
    const run = coalesced(async () => {
      if (fails) throw new Error('no');
      return 'yes';
    });
    const first = run();
    const second = run();
    fails = false;
    await expect(first).rejects.toThrow('no');
    expect(await second).toBe('yes');
    expect(await run()).toBe('yes');
  });

  it('is one at a time, also when somebody asks at the moment that one ends and another is due', async () => {
    let now = 0;
    let most = 0;
    const run = coalesced(async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
    });
    const first = run();
    const asker = first.then(run);
    await Promise.all([first, run(), asker]);
    expect(most).toBe(1);
  });
});

describe('a bell', () => {
  it('wakes who waits, or will', async () => {
    const { ring, wait } = bell();
    const signal = new AbortController();
    ring();
    expect(await wait(60_000, signal.signal)).toBe(true);
    expect(await wait(1, signal.signal)).toBe(false);
    const waiting = wait(60_000, signal.signal);
    ring();
    expect(await waiting).toBe(true);
    const ended = wait(60_000, signal.signal);
    signal.abort();
    expect(await ended).toBe(false);
  });

  it('is waited for as long as timers can be, and not for no time at all', async () => {
    const signal = new AbortController();
    const { wait } = bell();
    const year = 365 * 86_400_000;
    const over: string[] = [];
    const waiting = [wait(year, signal.signal), pause(year, signal.signal)];
    for (const one of waiting) void one.then(() => over.push('over'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(over).toEqual([]);
    signal.abort();
    await Promise.all(waiting);
  });
});

describe('a reason', () => {
  it('is one line of whole characters, and bounded', () => {
    expect(oneLine('a\n\tb\u0000c  d')).toBe('a b c d');
    expect(oneLine('x\ud800')).toBe('x\ufffd');
    expect(oneLine('y'.repeat(5000))).toHaveLength(1000);
  });

  it('is what lies at the bottom', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(whyOf(new TypeError('fetch failed', { cause: refused }))).toBe(
      'nobody listens there (ECONNREFUSED)',
    );
    expect(whyOf(new TypeError('x', { cause: new AggregateError([refused]) }))).toBe(
      'nobody listens there (ECONNREFUSED)',
    );
    expect(whyOf(new DOMException('', 'TimeoutError'))).toBe('no answer in time');
    expect(whyOf('thrown text')).toBe('for no reason that is known');
  });
});

describe('the log of receipts', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kt-receipts-'));
    path = join(folder, 'receipts.log');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = () => openReceiptsLog(realFiles, path, () => new Date(0));
  const receipt = (sequence: number): SignedReceipt => ({
    gateway_id: 'gw',
    version_id: 'v',
    content_hash: '0'.repeat(64),
    sequence,
    state: 'refused',
    reason: 'r'.repeat(1000),
    received_at: '',
    verified_at: null,
    applied_at: null,
    signature: '',
  });

  it('knows after a restart which receipts are done with', async () => {
    const log = await open();
    await log.add(receipt(1), { outcome: 'made', receipt: receipt(1) });
    await log.add(receipt(2), { outcome: 'taken' });
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const [made, taken] = lines.map((line) => JSON.parse(line).id);
    const after = await open();
    expect([after.isSettled(made), after.isSettled(taken)]).toEqual([false, true]);
  });

  it('is bounded, and knows what it put aside', async () => {
    const log = await open();
    const all = Array.from({ length: 900 }, (_, i) => receipt(i + 1));
    await Promise.all(all.map((each) => log.add(each, { outcome: 'made', receipt: each })));
    await log.add(receipt(1), { outcome: 'taken' });
    const lines = ['receipts.log.1', 'receipts.log']
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
    expect(lines.trim().split('\n')).toHaveLength(901);
    expect(readdirSync(folder).toSorted()).toEqual(['receipts.log', 'receipts.log.1']);
    for (const name of readdirSync(folder))
      expect(readFileSync(join(folder, name)).length).toBeLessThanOrEqual(1024 * 1024);
  });

  it('loses no line after one that was cut off', async () => {
    writeFileSync(path, '{"id":"rct_x","outcome":"tak');
    await (await open()).add(receipt(1), { outcome: 'taken' });
    await (await open()).add(receipt(2), { outcome: 'taken' });
    const whole = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    expect(whole.map((line) => JSON.parse(line).outcome)).toEqual(['taken', 'taken']);
  });
});

describe('the outbox', () => {
  /** Files that are only named: what is in them does not matter here. */
  const named = (): Files & { names: Set<string> } => {
    const names = new Set<string>();
    return {
      ...realFiles,
      names,
      read: async () => null,
      create: async (path) => void names.add(path),
      append: async () => {},
      rename: async (from, to) => void (names.delete(from) && names.add(to)),
      remove: async (path) => void names.delete(path),
      syncFolder: async () => {},
      makeFolder: async () => {},
      list: async () => [],
    };
  };
  const receipt = (sequence: number): SignedReceipt => ({
    gateway_id: 'gw',
    version_id: 'v',
    content_hash: '0'.repeat(64),
    sequence,
    state: 'refused',
    reason: null,
    received_at: '',
    verified_at: null,
    applied_at: null,
    signature: '',
  });

  it('that is full drops the oldest, and no other when that was just being sent', async () => {
    const files = named();
    const stopping = new AbortController();
    const sent: number[] = [];
    let answer = (_: ReceiptAnswer) => {};
    const outbox = await openOutbox({
      files,
      folder: '/receipts',
      receiptsLog: await openReceiptsLog(files, '/receipts.log', () => new Date(0)),
      conditions: conditionsOf({ fact: () => {} }, () => {}),
      random: () => 0,
      signal: stopping.signal,
      post: ({ sequence }) => {
        sent.push(sequence);
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    for (let sequence = 1; sequence <= 1000; sequence++) await outbox.add(receipt(sequence));
    const running = outbox.run();
    while (sent.length < 1) await new Promise(setImmediate);
    await outbox.add(receipt(1001));
    answer({ kind: 'taken' });
    while (sent.length < 2) await new Promise(setImmediate);
    expect([outbox.size(), files.names.size, sent]).toEqual([1000, 1000, [1, 2]]);
    stopping.abort();
    answer({ kind: 'later', retryAfterMs: null });
    await running;
  });
});

describe('a command line', () => {
  it('is words, and quotes keep spaces', () => {
    expect(wordsOf(`systemctl reload 'my gateway' "it's"`, '--x')).toEqual([
      'systemctl',
      'reload',
      'my gateway',
      "it's",
    ]);
    expect(wordsOf(`  a ''  `, '--x')).toEqual(['a', '']);
  });

  it.each(['', '  ', "a 'b", 'a"b"', 'a | b', 'a > b', 'a $B', 'a; b', "''"])('is not %j', (text) => {
    expect(() => wordsOf(text, '--x')).toThrow(/^--x: /);
  });
});

describe('a duration', () => {
  it('is a number and a unit', () => {
    expect(['100ms', '30', '30s', '5m', '2h', '365d'].map(parseDuration)).toEqual([
      100, 30_000, 30_000, 300_000, 7_200_000, 31_536_000_000,
    ]);
  });

  it.each(['', '99ms', '1w', '-5s', '1.5h', '366d', 'Infinity'])('is not %j', (text) => {
    expect(() => parseDuration(text)).toThrow(/It is a duration/);
  });
});

describe('how a gateway is told', () => {
  const flags = {
    write: 'f',
    shell: false,
    pinKeys: false,
    reloadTimeout: 1000,
    confirmTimeout: 1000,
    reconcileInterval: 1000,
  };
  const around = { cwd: tmpdir(), environment: {}, log: { fact: () => {} } };

  it.each([
    [{ staleCommand: 'true' }, 'is for --when-stale fail-closed'],
    [{ reloadSignal: 'KILL:/run/x.pid' }, 'signals are HUP, USR1, USR2'],
    [{ reloadSignal: 'HUP' }, '--reload-signal: is not a signal and a file'],
    [{ reloadCommand: 'echo $HOME' }, '"$HOME" means something to a shell only'],
    [{ reloadUrl: 'ftp://x' }, '--reload-url: is not an http:// or https:// URL'],
    [{ reloadUrl: 'http://u:p@x' }, 'without credentials'],
    [{ statusUrl: 'x' }, '--status-url: is not'],
    [{ reloadUrl: 'http://10.0.0.1/r', reloadTokenFile: 'f' }, 'anybody on the way could read the token'],
    [{ reloadUrl: 'http://localhost/r', reloadCommand: 'true' }, 'give one of them'],
    [{ reloadTokenFile: 'f' }, '--reload-token-file: is for --reload-url'],
  ])('is not %j', (wrong, why) => {
    expect(() => targetOf({ ...flags, ...wrong }, around)).toThrow(why);
  });

  it('is with a shell when that is asked for, and never with our tokens', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kt-shell-'));
    try {
      const environment = { PATH: process.env['PATH'], KEEPTRUSTS_GATEWAY_TOKEN: 'secret' };
      const seen = join(folder, 'seen');
      const command = { reloadCommand: `env > ${seen}`, shell: true, write: join(folder, 'p.yaml') };
      const target = targetOf({ ...flags, ...command }, { ...around, environment });
      const one = offer(signingKey(), { sequence: 1 });
      expect(await target.apply(Buffer.from(one.content), one.manifest)).toEqual({ kind: 'applied' });
      expect(readFileSync(seen, 'utf8')).toContain('PATH=');
      expect(readFileSync(seen, 'utf8')).not.toContain('secret');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
