/** Deliveries over the wire: lengths that lie, bodies that drip or never end, encodings; the others are served meanwhile. */
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedDelivery } from '../../support/deliveries.ts';
import { tally, times } from '../../support/soak.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { watchHeap } from './heap.ts';

const ROUNDS = times(1, 25);
const SLOW = times(40, 200);
const KB = 1024;
const SIZES = [1, 10, 100, 1024, 6 * KB, 10 * KB].map((kb) => kb * KB);

let stack: TestStack;
let hook: { readonly url: string; readonly secret: string };
const counts = { requests: 0, '5xx': 0, 'slow connections': 0, 'others served': 0, 'heap growth, MB': 0 };

beforeAll(async () => {
  stack = await startTestStack();
  const wish = {
    repo_url: 'https://git.example.com/acme/policies',
    path: 'policy.yaml',
    provider: 'github',
    auto_create_configuration: true,
  };
  const { status, body } = await stack.call('POST', '/v1/git-repos', wish);
  expect(status).toBe(201);
  hook = body.webhook;
});
afterAll(async () => {
  await stack.close();
  tally('hostile deliveries: over the wire', counts);
});

const path = () => new URL(hook.url).pathname;

/** The status line of what came back; empty when the connection ended without one. */
async function raw(parts: readonly (string | Buffer)[], { hold = false } = {}): Promise<string> {
  const socket = open();
  let answer = '';
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (chunk) => {
    answer += chunk;
    if (answer.includes('\r\n\r\n')) socket.destroy();
  });
  for (const part of parts) socket.write(part);
  if (!hold) socket.end();
  await closed;
  counts.requests++;
  const status = answer.slice(0, answer.indexOf('\r\n'));
  if (/^HTTP\/1.1 5/.test(status)) counts['5xx']++;
  return status;
}

function open(): Socket {
  const socket = connect(Number(new URL(hook.url).port), '127.0.0.1');
  socket.on('error', () => {});
  return socket;
}

const head = (...headers: string[]) =>
  `${[`POST ${path()} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', ...headers].join('\r\n')}\r\n\r\n`;

async function isServed(): Promise<void> {
  const ping = signedDelivery('github', hook.secret, { event: 'ping', payload: { zen: 'x' } });
  expect((await stack.deliver(hook.url, ping)).status).toBe(200);
  counts['others served']++;
}

describe('a body of any size', () => {
  it('is refused with a clear status, whatever its length is said to be, and memory stays flat', async () => {
    const heap = watchHeap(10);
    for (let round = 0; round < ROUNDS; round++) {
      for (const size of SIZES) {
        const body = Buffer.alloc(size, 'x');
        const expected = size < 6 * KB * KB ? /^HTTP\/1.1 401 / : /^HTTP\/1.1 413 /;
        expect(await raw([head(`Content-Length: ${size}`), body], { hold: true })).toMatch(expected);
        const chunk = [`${size.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
        expect(await raw([head('Transfer-Encoding: chunked'), ...chunk], { hold: true })).toMatch(expected);
        // Less than was promised, and more: what is beyond it is no request, and may reset the connection before the answer is read.
        expect(await raw([head(`Content-Length: ${size + 1}`), body])).toMatch(/^$|^HTTP\/1.1 4\d\d /);
        expect(await raw([head(`Content-Length: ${Math.ceil(size / 2)}`), body], { hold: true })).toMatch(
          /^$|^HTTP\/1.1 (400|401|413) /,
        );
      }
      heap.look(round * 10 + 1);
    }
    await isServed();
    counts['heap growth, MB'] = heap.grownMb;
    expect(heap.grownMb).toBeLessThan(30);
  });

  it.each([
    ['a negative length', ['Content-Length: -1']],
    ['a length that is no number', ['Content-Length: ten']],
    ['a length beyond all', [`Content-Length: ${'9'.repeat(400)}`]],
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['chunks twice', ['Transfer-Encoding: chunked, chunked']],
    ['chunks hidden', ['Transfer-Encoding: xchunked']],
    ['a terabyte', ['Content-Length: 1099511627776']],
  ])('%s is a 4xx', async (_, headers) => {
    expect(await raw([head(...headers), 'xxxxx'])).toMatch(/^HTTP\/1.1 4\d\d /);
    await isServed();
  });

  it.each(['zz\r\n', '-5\r\n', `${'f'.repeat(400)}\r\n`, '5;x='.padEnd(100_000, 'y')])(
    'chunks of a wrong size are a 4xx: %#',
    async (chunk) => {
      expect(await raw([head('Transfer-Encoding: chunked'), chunk])).toMatch(/^$|^HTTP\/1.1 4\d\d /);
      await isServed();
    },
  );
});

describe('a body in gzip', () => {
  it('is taken as the bytes it is: nothing is unpacked, and what was signed is what was sent', async () => {
    const { headers, body } = signedDelivery('github', hook.secret, { branch: 'main' });
    const { 'content-length': _, ...kept } = headers;
    const packed = gzipSync(body);
    const sent = { headers: { ...kept, 'content-encoding': 'gzip' }, body: packed };
    expect([400, 401]).toContain((await stack.deliver(hook.url, sent)).status);
    const bomb = gzipSync(Buffer.alloc(100 * KB * KB, '['));
    expect([400, 401]).toContain((await stack.deliver(hook.url, { ...sent, body: bomb })).status);
    await isServed();
  });
});

describe('connections that drip', () => {
  it('hold nobody up: deliveries are answered while they are open', async () => {
    const sockets = Array.from({ length: SLOW }, (_, i) => {
      const socket = open();
      // A third stops in the headers, a third in the body, a third in a chunk.
      if (i % 3 === 0) socket.write(`POST ${path()} HTTP/1.1\r\nHost: x\r\nX-Slow: `);
      else if (i % 3 === 1) socket.write(`${head('Content-Length: 1000000')}{"ref":`);
      else socket.write(`${head('Transfer-Encoding: chunked')}fffff\r\n{`);
      return socket;
    });
    counts['slow connections'] += sockets.length;
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise((resolve) => (socket.connecting ? socket.once('connect', resolve) : resolve(null))),
      ),
    );
    for (let i = 0; i < 20; i++) {
      for (const socket of sockets) socket.write('x');
      await isServed();
    }
    for (const socket of sockets) socket.destroy();
    await isServed();
  });
});
