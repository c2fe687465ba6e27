/** Clients that mean no good, or have none of it. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIST_PRICES } from '../../../gateway/engine/prices.ts';
import { newState } from '../../../gateway/engine/state.ts';
import { Slots } from '../../../gateway/proxy/http/slots.ts';
import {
  chunk,
  echo,
  hangs,
  json,
  startUpstream,
  streamsChunks,
  type Upstream,
} from '../../support/upstream.ts';
import { policyFor, post, startTestGateway } from './proxy.ts';

const BOUNDS = { headersMs: 400, requestMs: 800, stallMs: 60_000, checkEveryMs: 20, maxConnections: 20 };
let upstream: Upstream;
let gateway: Awaited<ReturnType<typeof startTestGateway>>;
beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({ bounds: BOUNDS });
  gateway.load(policyFor([upstream.url]), null);
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

function speak(text: string, port = gateway.port) {
  const socket: Socket = connect(port, '127.0.0.1');
  const heard = { text: '' };
  socket.setEncoding('utf8').on('data', (data: string) => {
    heard.text += data;
  });
  socket.on('error', () => {});
  socket.write(text);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, heard, closed };
}
const HEAD = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

describe('a gateway', () => {
  it('does not wait for headers that never end, nor for a body that does not come', async () => {
    const clients = [
      speak('GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: '),
      speak(`${HEAD}content-length: 500\r\n\r\n{"model"`),
    ];
    await Promise.all(clients.map(({ closed }) => closed));
    for (const { heard } of clients) expect(heard.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(upstream.seen).toEqual([]);
  });

  it('does not take headers without an end, or a request that could be read in two ways', async () => {
    const large = speak(`GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`);
    const double = speak(`${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`);
    await Promise.all([large.closed, double.closed]);
    expect(large.heard.text).toMatch(/^HTTP\/1\.1 431 /);
    expect(double.heard.text).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('does not keep a connection for who asks and never reads, and does for who waits', async () => {
    const calm = await startTestGateway({
      bounds: { ...BOUNDS, headersMs: 60_000, requestMs: 60_000, stallMs: 200 },
    });
    calm.load(policyFor([upstream.url]), null);
    let answer = () => {};
    const arrived = new Promise<void>((resolve) =>
      upstream.behave((request, response) => {
        answer = () => void echo()(request, response);
        resolve();
      }),
    );
    try {
      const waiting = post(calm.url, 'x');
      await arrived;
      const { socket } = speak('', calm.port);
      socket.pause().write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20_000));
      const isCutOff = () => {
        // What is paused learns of its end when it writes.
        socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
        return socket.destroyed;
      };
      await expect.poll(isCutOff, { timeout: 5000 }).toBe(true);
      answer();
      expect((await waiting).status).toBe(200);
    } finally {
      upstream.behave(echo());
      await calm.stop();
    }
  });

  it('sees what a proxy adds behind however many headers', async () => {
    const many = speak(`${HEAD}content-length: 0\r\n${'a:b\r\n'.repeat(3000)}x-request-id: mine\r\n\r\n`);
    await expect.poll(() => many.heard.text).toContain('x-request-id: mine');
    many.socket.destroy();
  });

  it('does not take more connections than it has room for, and serves those it has', async () => {
    const open = Array.from({ length: 30 }, () => speak('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'));
    const answered = () => open.filter(({ heard }) => heard.text.startsWith('HTTP/1.1 200')).length;
    await expect.poll(answered).toBeGreaterThanOrEqual(18);
    expect(answered()).toBeLessThanOrEqual(20);
    for (const { socket } of open) socket.destroy();
    await Promise.all(open.map(({ closed }) => closed));
  });

  it('that ends still answers all that a client has sent over one connection', async () => {
    const ending = await startTestGateway();
    ending.load(policyFor([upstream.url]), null);
    let answerLate = () => {};
    const arrived = new Promise<void>((resolve) =>
      upstream.behave((request, response) => {
        if (!JSON.stringify(request.body).includes('late')) return echo()(request, response);
        answerLate = () => void echo()(request, response);
        return resolve();
      }),
    );
    const asking = (content: string) => {
      const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
      return `${HEAD}content-length: ${body.length}\r\n\r\n${body}`;
    };
    const { heard, closed } = speak(asking('first') + asking('late'), ending.port);
    await arrived;
    await expect.poll(() => heard.text).toContain('first');
    const stopped = ending.stop(5000);
    answerLate();
    await Promise.all([stopped, closed]);
    expect(heard.text).toContain('late');
    upstream.behave(echo());
  });

  it('survives clients that leave at any moment', async () => {
    const body = JSON.stringify({
      model: 'm',
      messages: [{ role: 'user', content: 'x'.repeat(2000) }],
      stream: true,
    });
    upstream.behave(streamsChunks([chunk({ content: 'a' })], () => {}));
    for (const keep of [10, HEAD.length + 40, HEAD.length + 500, 10_000]) {
      const { socket, closed } = speak(`${HEAD}content-length: ${body.length}\r\n\r\n${body}`.slice(0, keep));
      await new Promise((resolve) => setTimeout(resolve, 15));
      socket.destroy();
      await closed;
    }
    upstream.behave(echo());
    expect((await post(gateway.url, 'still here')).status).toBe(200);
    expect(gateway.facts.map(([name]) => name)).toEqual(['policy.loaded']);
  });
});

describe('money that is set aside for a request', () => {
  it('is given back when no provider did anything, becomes what was used, and is spent when nobody can say', async () => {
    const state = newState();
    const spending = await startTestGateway({
      load: { state },
      timeouts: { connectMs: 5000, firstByteMs: 500, idleMs: 500, totalMs: 5000 },
    });
    try {
      const policy = { 'spend-limit': { max_daily_usd: 1 } };
      spending.load(policyFor([upstream.url], policy, { target: { model: 'gpt-4o-mini' } }), null);
      for (const behaviour of [json({}, 500), json({ error: {} }, 400)]) {
        upstream.behave(behaviour);
        await post(spending.url, 'x');
        expect([state.spend.today(), state.spend.reserved()]).toEqual([0, 0]);
      }
      upstream.behave(echo());
      await (await post(spending.url, 'x')).text();
      const { input = 0, output = 0 } = LIST_PRICES.get('gpt-4o-mini') ?? {};
      expect(input).toBeGreaterThan(0);
      expect(state.spend.today()).toBeCloseTo((11 * input + 7 * output) / 1e6, 12);
      expect(state.spend.reserved()).toBe(0);
      // As much as a provider may have written before anybody stopped it.
      for (const behaviour of [hangs, json({ no: 'completion' })]) {
        const before = state.spend.today();
        upstream.behave(behaviour);
        await post(spending.url, 'x');
        expect(state.spend.today() - before).toBeGreaterThan((16_384 * output) / 1e6);
        expect(state.spend.reserved()).toBe(0);
      }
    } finally {
      await spending.stop();
    }
  });
});

describe('a line of requests', () => {
  const forever = new AbortController().signal;

  it('is served in its order, and whoever leaves it takes no place', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const leaving = new AbortController();
    expect(await slots.take(forever)).toBe(true);
    const waits = [
      slots.take(forever).then((got) => order.push(`first ${got}`)),
      slots.take(leaving.signal).then((got) => order.push(`left ${got}`)),
      slots.take(forever).then((got) => order.push(`third ${got}`)),
    ];
    leaving.abort();
    slots.giveBack();
    slots.giveBack();
    await Promise.all(waits);
    expect(order.toSorted()).toEqual(['first true', 'left false', 'third true']);
    expect(slots.used).toBe(1);
    slots.giveBack();
    expect(slots.used).toBe(0);
  });
});
