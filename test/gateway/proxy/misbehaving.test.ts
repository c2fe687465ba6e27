/** Providers that do what no provider should, and what is left behind by that: nothing. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, completion, startUpstream, streamsChunks, type Upstream } from '../../support/upstream.ts';
import { eventsIn, policyFor, post, startTestGateway } from './proxy.ts';

const TIMEOUTS = { connectMs: 5000, firstByteMs: 5000, idleMs: 5000, totalMs: 20_000 };
let upstream: Upstream;
let gateway: Awaited<ReturnType<typeof startTestGateway>>;
beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({ maxConcurrency: 1, timeouts: TIMEOUTS });
  gateway.load(policyFor([upstream.url], undefined, CALM), null);
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});
const CALM = { providers: { circuit_breaker: { failure_threshold: 1000 } } };

/** Says these bytes to every request, and nothing else. */
async function startRaw(bytes: string) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('data', () => socket.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

const BODY = JSON.stringify(completion('hi'));
const whole = `content-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

describe('a provider', () => {
  it.each([
    [
      'changes to another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      502,
    ],
    ['speaks no HTTP', 'hello\r\n\r\n', 502],
    ['has headers without an end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`, 502],
    [
      'answers in a way that could be read in two',
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n${whole}`,
      502,
    ],
    [
      'has hints before its answer',
      `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n${whole}`,
      200,
    ],
  ])('that %s leaves the place of the request to the next', async (_, bytes, status) => {
    const raw = await startRaw(bytes);
    try {
      gateway.load(policyFor([raw.url], undefined, CALM), null);
      expect((await post(gateway.url, 'x')).status).toBe(status);
      gateway.load(policyFor([upstream.url], undefined, CALM), null);
      expect((await post(gateway.url, 'x')).status).toBe(200);
    } finally {
      await raw.stop();
    }
  });

  it('that streams an error first and goes on is not listened to', async () => {
    const closed = new Promise<void>((resolve) =>
      upstream.behave((request, response) => {
        response.once('close', resolve);
        return streamsChunks([{ error: { message: 'no' } }], () => {})(request, response);
      }),
    );
    expect((await post(gateway.url, 'x', { stream: true })).status).toBe(502);
    await closed;
  });

  it.each([
    ['in the middle of an answer', [chunk({ content: 'half' })], ''],
    ['in the middle of an event', [chunk({ content: 'half' })], 'data: {"choi'],
    [
      'when only one of two choices is finished',
      [chunk({}, 'stop'), { choices: [{ index: 1, delta: {} }] }],
      '',
    ],
  ])('that politely ends its stream %s has broken it off', async (_, chunks, rest) => {
    gateway.decisions.length = 0;
    upstream.behave(streamsChunks(chunks, (response) => response.end(rest)));
    const events = eventsIn(await (await post(gateway.url, 'x', { stream: true })).text());
    expect(events.at(-1)).toContain('"upstream_failed"');
    await expect.poll(() => gateway.decisions).toMatchObject([{ reason: 'upstream_server_error' }]);
  });

  it('may leave out [DONE] when every choice is finished', async () => {
    gateway.decisions.length = 0;
    upstream.behave(
      streamsChunks(
        [chunk({ content: 'all' }), chunk({}, 'stop'), { choices: [], usage: null }],
        (response) => response.end(),
      ),
    );
    const text = await (await post(gateway.url, 'x', { stream: true })).text();
    expect(text).not.toContain('error');
    await expect.poll(() => gateway.decisions).toMatchObject([{ reason: null }]);
  });

  it('that closes connections as they are used again is asked over a new one', async () => {
    const used = new WeakSet<object>();
    let isRestarted = false;
    const provider = await startUpstream();
    const calm = await startTestGateway();
    try {
      let open = () => {};
      const both = new Promise<void>((resolve) => {
        open = resolve;
      });
      provider.behave(async (_, response) => {
        const { socket } = response;
        if (isRestarted && socket && used.has(socket)) return void socket.destroy();
        if (socket) used.add(socket);
        if (provider.seen.length === 2) open();
        await both;
        response.writeHead(200, { 'content-type': 'application/json' }).end(BODY);
      });
      calm.load(policyFor([provider.url]), null);
      await Promise.all(['x', 'y'].map(async (text) => (await post(calm.url, text)).text()));
      isRestarted = true;
      expect((await post(calm.url, 'x')).status).toBe(200);
      expect(provider.connections).toBe(3);
    } finally {
      await calm.stop();
      await provider.stop();
    }
  });
});
