import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Post, type PostOutcome, postTo } from '../../../gateway/events/post-events.ts';
import { keptPromptHash, passingPromptHash } from '../../../gateway/events/prompt-hash.ts';
import { Recorder } from '../../../gateway/events/recorder.ts';
import { Spool } from '../../../gateway/events/spool.ts';
import type { Decision } from '../../../lib/domain/decision.ts';

let folder: string;
const facts: [string, unknown][] = [];
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-spool-'));
  facts.length = 0;
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await rm(folder, { recursive: true });
});

const log = { fact: (name: string, fields?: object) => void facts.push([name, fields]) };
const decision = (n: number): Decision => ({
  id: `evt_${n}`,
  timestamp: '2026-01-01T00:00:00.000Z',
  verdict: 'allow',
  reason_code: 'all_policies_passed',
  model: 'm',
  provider: 't0',
  config_version: '1.0.0',
  content_hash: 'a'.repeat(64),
  version_id: null,
  sequence: null,
  request_id: `req_${n}`,
  status: 200,
  stream: false,
  latency_ms: 1,
  policy_results: [],
  redactions: 0,
  prompt_hash: null,
  unenforced: [],
  degraded: false,
  reason: null,
});

/** An API that takes what it is sent, or answers as it is told. */
function api() {
  const taken: string[] = [];
  const batches: number[] = [];
  let answer: (ids: string[]) => PostOutcome = () => ({ kind: 'taken' });
  const post: Post = async (events) => {
    const ids = (events as Decision[]).map(({ id }) => id);
    batches.push(ids.length);
    const outcome = answer(ids);
    if (outcome.kind === 'taken') taken.push(...ids);
    return outcome;
  };
  const answers = (next: typeof answer) => {
    answer = next;
  };
  return { taken, batches, post, answers };
}
const LATER: PostOutcome = { kind: 'later', why: 'it is away', retryAfterMs: 10 };

const openSpool = (maxBytes = 10_000_000) =>
  Spool.open({ folder, maxBytes, log, elapsed: () => performance.now() });
async function start(post: Post, maxBytes?: number) {
  const spool = await openSpool(maxBytes);
  const recorder = new Recorder({ spool, post, batchMs: 5, random: Math.random, log });
  stops.push(() => recorder.stop(1000));
  return recorder;
}
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `evt_${from + i}`);

describe('a recorder of decisions', () => {
  it('sends them in batches that the API takes, in the order they were made, and forgets them', async () => {
    const { post, taken, batches } = api();
    const recorder = await start(post);
    for (let i = 0; i < 1200; i++) recorder.add(decision(i));
    await expect.poll(() => taken.length).toBe(1200);
    expect(taken).toEqual(ids(0, 1200));
    expect(Math.max(...batches)).toBeLessThanOrEqual(500);
    await recorder.stop(1000);
    expect(await readdir(folder)).toEqual([]);
    expect(recorder.sent).toBe(1200);
  });

  it('keeps them while the API is away, says so once, and sends them all when it is back', async () => {
    const { post, taken, answers } = api();
    answers(() => LATER);
    const recorder = await start(post);
    recorder.add(decision(0));
    await expect.poll(() => facts.map(([name]) => name)).toContain('decisions.waiting');
    for (let i = 1; i < 20; i++) recorder.add(decision(i));
    expect(taken).toEqual([]);
    answers(() => ({ kind: 'taken' }));
    await expect.poll(() => taken).toEqual(ids(0, 20));
    expect(facts.map(([name]) => name)).toEqual(['decisions.waiting', 'decisions.taken_again']);
  });

  it('sends in its next life what it could not send in this one', async () => {
    const { post, taken, answers } = api();
    answers(() => LATER);
    const first = await start(post);
    for (let i = 0; i < 7; i++) first.add(decision(i));
    await first.stop(0);
    expect(taken).toEqual([]);
    answers(() => ({ kind: 'taken' }));
    const second = await start(post);
    second.add(decision(7));
    await expect.poll(() => taken).toEqual(ids(0, 8));
  });

  it('gives up what the API will not have, and only that', async () => {
    const { post, taken, answers } = api();
    answers((batch) =>
      batch.includes('evt_5') ? { kind: 'refused', why: 'the API answers 422' } : { kind: 'taken' },
    );
    const recorder = await start(post);
    for (let i = 0; i < 12; i++) recorder.add(decision(i));
    await expect.poll(() => recorder.sent).toBe(11);
    expect(taken).toEqual(ids(0, 12).filter((id) => id !== 'evt_5'));
    expect(recorder.dropped).toBe(1);
    expect(facts).toEqual([['decisions.lost', { count: 1, why: 'the API answers 422' }]]);
  });

  it('gives up the oldest when the spool is full, counts them, and says so', async () => {
    const { post, taken, answers } = api();
    answers(() => LATER);
    const recorder = await start(post, 300_000);
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 400; i++) recorder.add(decision(round * 400 + i));
      await expect.poll(() => recorder.waiting).toBe(0);
    }
    expect(recorder.spooledBytes).toBeLessThanOrEqual(300_000);
    expect(recorder.dropped).toBeGreaterThan(0);
    expect(facts.map(([name]) => name)).toContain('decisions.dropped');
    answers(() => ({ kind: 'taken' }));
    await expect.poll(() => recorder.spooledBytes).toBe(0);
    expect(taken.at(-1)).toBe('evt_2399');
    expect(taken).not.toContain('evt_0');
  });

  it('loses no request with a disk that takes nothing: it says so and goes on', async () => {
    const { post, taken } = api();
    const recorder = await start(post);
    await rm(folder, { recursive: true });
    recorder.add(decision(0));
    await expect.poll(() => facts).toContainEqual(['decisions.lost', { count: 1, why: 'ENOENT' }]);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(folder);
    recorder.add(decision(1));
    await expect.poll(() => taken).toEqual(['evt_1']);
  });
});

describe('a spool', () => {
  it('leaves out a line that was being written when the process ended', async () => {
    const first = await openSpool();
    await first.append([decision(0), decision(1)]);
    const [name = ''] = await readdir(folder);
    await appendFile(join(folder, name), '{"id":"evt_2","verd');
    await first.seal();
    const second = await openSpool();
    const { decisions = [] } = (await second.oldest()) ?? {};
    expect(decisions).toMatchObject([{ id: 'evt_0', event_type: 'decision' }, { id: 'evt_1' }]);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it('sends what is behind a segment that cannot be read, and keeps that one', async () => {
    await mkdir(join(folder, '000000000001.jsonl'));
    const { post, taken } = api();
    const recorder = await start(post);
    recorder.add(decision(1));
    await expect.poll(() => taken).toEqual(['evt_1']);
    await recorder.stop(1000).catch(() => {});
    expect(await readdir(folder)).toEqual(['000000000001.jsonl']);
    expect(facts).toContainEqual(['decisions.unreadable', { why: 'EISDIR' }]);
  });

  it('says what is wrong with an API that cannot be reached', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const post = postTo({ apiUrl: `http://127.0.0.1:${port}`, token: 't', fetch });
    expect(await post([decision(1)], new AbortController().signal)).toEqual({
      kind: 'later',
      why: 'ECONNREFUSED',
      retryAfterMs: null,
    });
  });

  it('never writes on in a segment of an earlier process', async () => {
    const first = await openSpool();
    await first.append([decision(0)]);
    const second = await openSpool();
    await second.append([decision(1)]);
    expect((await readdir(folder)).toSorted()).toEqual(['000000000001.jsonl', '000000000002.jsonl']);
    await Promise.all([first.seal(), second.seal()]);
    expect(await readFile(join(folder, '000000000001.jsonl'), 'utf8')).toContain('evt_0');
  });
});

describe('a prompt hash', () => {
  const said = (content: string) => [{ role: 'user', content, toolCalls: [] }];

  it('is the same for the same prompt in every life of a gateway, and another one elsewhere', async () => {
    const first = await keptPromptHash(folder);
    const second = await keptPromptHash(folder);
    expect(first(said('x'))).toMatch(/^[0-9a-f]{64}$/);
    expect(second(said('x'))).toBe(first(said('x')));
    expect(first(said('y'))).not.toBe(first(said('x')));
    expect(passingPromptHash()(said('x'))).not.toBe(first(said('x')));
    expect((await stat(join(folder, 'events-key'))).mode & 0o777).toBe(0o600);
  });

  it('is not made with a key that is none', async () => {
    await appendFile(join(folder, 'events-key'), 'short');
    await expect(keptPromptHash(folder)).rejects.toThrow(/events-key holds no key/);
  });
});
