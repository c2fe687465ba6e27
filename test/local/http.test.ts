import { once } from 'node:events';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, lambda, type Running, runStack, writeOutdir } from './fixture.ts';

/** Answers what the query asks for, and otherwise the event it got. */
const HANDLER = `
export const handler = async (event) => {
  const { returns, then } = event.queryStringParameters ?? {};
  if (then === 'throw') throw new Error('secret detail');
  if (then === 'hang') return new Promise(() => {});
  if (then === 'big') return { statusCode: 200, body: 'x'.repeat(7_000_000) };
  if (then === 'nothing') return undefined;
  if (returns) return JSON.parse(returns);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
};`;

let stack: Running;
beforeAll(async () => {
  const outdir = writeOutdir({
    resources: {
      Fast: lambda('fast', { Timeout: 1 }),
      ...api({ 'POST /v1/hooks/{hookId}': 'Fast', 'GET /files/{path+}': 'Fast', 'ANY /echo': 'Fast' }),
    },
    handlers: { fast: HANDLER },
  });
  stack = await runStack(outdir);
});

const event = async (path: string, init: RequestInit = {}): Promise<APIGatewayProxyEventV2> =>
  JSON.parse(await (await fetch(stack.url + path, init)).text());
const returning = (value: unknown) =>
  fetch(`${stack.url}/echo?returns=${encodeURIComponent(JSON.stringify(value))}`);

/** Bytes as written, for what no HTTP client would send. */
async function raw(text: string | Buffer): Promise<string> {
  const socket = connect(Number(new URL(stack.url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
    if (answer.includes('\r\n\r\n')) socket.end();
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

describe('an event', () => {
  it('has the shape of payload format 2.0', async () => {
    const got = await event('/v1/hooks/h%2D1?a=1&b=x%20y&a=2&empty=', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'X-Hub-Signature-256': 'sha256=00',
        'user-agent': 'git',
      },
      body: '{"a":"ü"}',
    });
    expect(got).toMatchObject({
      version: '2.0',
      routeKey: 'POST /v1/hooks/{hookId}',
      rawPath: '/v1/hooks/h-1',
      rawQueryString: 'a=1&b=x%20y&a=2&empty=',
      queryStringParameters: { a: '1,2', b: 'x y', empty: '' },
      pathParameters: { hookId: 'h-1' },
      body: '{"a":"ü"}',
      isBase64Encoded: false,
      headers: {
        'content-type': 'application/json',
        'x-hub-signature-256': 'sha256=00',
        host: new URL(stack.url).host,
        'x-forwarded-for': '127.0.0.1',
      },
      requestContext: {
        http: {
          method: 'POST',
          path: '/v1/hooks/h-1',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'git',
        },
        stage: '$default',
        routeKey: 'POST /v1/hooks/{hookId}',
      },
    });
    expect(got.requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(Math.abs(got.requestContext.timeEpoch - Date.now())).toBeLessThan(10_000);
    expect(got).not.toHaveProperty('cookies');
  });

  it('has cookies apart, repeated headers joined, and no body when there was none', async () => {
    const answer = await raw(
      'GET /echo HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1; b=2\r\nConnection: close\r\n\r\n',
    );
    const got = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
    expect(got.headers['x-a']).toBe('1,2');
    expect(got.cookies).toEqual(['a=1', 'b=2']);
    expect(got.headers).not.toHaveProperty('cookie');
    expect(got).not.toHaveProperty('body');
    expect(got).not.toHaveProperty('queryStringParameters');
  });

  it('gives a greedy variable the rest of the path', async () => {
    expect((await event('/files/a/b%20c.yaml')).pathParameters).toEqual({ path: 'a/b c.yaml' });
  });

  const bytes = Buffer.from([0, 255, 10, 200]);
  it.each([
    ['application/octet-stream', {}, true],
    ['application/x-www-form-urlencoded', {}, true],
    ['multipart/form-data; boundary=x', {}, true],
    ['application/json', { 'content-encoding': 'gzip' }, true],
    ['application/json; charset=utf-8', {}, false],
    ['application/vnd.api+json', {}, false],
    ['text/plain', {}, false],
    ['application/xml', {}, false],
  ])('carries a body of %s %j with base64: %s', async (type, headers, base64) => {
    const got = await event('/echo', {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body: bytes,
    });
    expect(got.isBase64Encoded).toBe(base64);
    if (base64) expect(Buffer.from(got.body ?? '', 'base64')).toEqual(bytes);
  });
});

describe('a reply', () => {
  it('has the status, headers, cookies and body that were returned', async () => {
    const reply = await returning({
      statusCode: 201,
      headers: { 'X-Kind': 'test', 'X-Number': 5 },
      cookies: ['a=1; HttpOnly', 'b=2'],
      body: Buffer.from('bytes').toString('base64'),
      isBase64Encoded: true,
    });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('x-kind')).toBe('test');
    expect(reply.headers.get('x-number')).toBe('5');
    expect(reply.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
    expect(await reply.text()).toBe('bytes');
  });

  it('has no body with 204 and 304', async () => {
    for (const statusCode of [204, 304]) {
      const reply = await returning({ statusCode, headers: { etag: '"1"' } });
      expect([reply.status, await reply.text(), reply.headers.get('etag')]).toEqual([statusCode, '', '"1"']);
    }
  });

  it('is 200 with JSON for anything that is not a reply', async () => {
    const object = await returning({ ok: true });
    expect([object.status, object.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await object.json()).toEqual({ ok: true });
    expect(await (await returning('hello')).text()).toBe('hello');
    expect(await (await fetch(`${stack.url}/echo?then=nothing`)).text()).toBe('null');
  });

  it('is 500 without the reason when the function throws, answers nonsense or too much', async () => {
    for (const path of ['then=throw', 'then=big', `returns=${encodeURIComponent('{"statusCode":"x"}')}`]) {
      const reply = await fetch(`${stack.url}/echo?${path}`);
      expect([reply.status, await reply.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    }
    expect(stack.lines.join()).toContain('secret detail');
  });

  it('is 500 when the function times out, and the next request is served', async () => {
    expect((await fetch(`${stack.url}/echo?then=hang`)).status).toBe(500);
    expect((await fetch(`${stack.url}/echo`)).status).toBe(200);
  });

  it('is 404 where no route leads', async () => {
    const reply = await fetch(`${stack.url}/v1/none`);
    expect([reply.status, await reply.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it('does not send a body to HEAD', async () => {
    const reply = await fetch(`${stack.url}/echo`, { method: 'HEAD' });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
  });
});

describe('the limits', () => {
  it('is 413 for more than 10 MB, promised or sent, and 413 for what does not fit into an event', async () => {
    const post = (size: number) => fetch(`${stack.url}/echo`, { method: 'POST', body: 'x'.repeat(size) });
    const large = await post(6_500_000);
    expect([large.status, await large.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\n';
    expect(await raw(`${head}Content-Length: 999999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    const chunk = Buffer.concat([
      Buffer.from('b00000\r\n'),
      Buffer.alloc(0xb00000, 120),
      Buffer.from('\r\n'),
    ]);
    expect(
      await raw(Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), chunk])),
    ).toMatch(/^HTTP\/1.1 413 /);
  });

  it('is 431 for more than 10,240 bytes of request line and header values', async () => {
    const ask = (size: number) => fetch(`${stack.url}/echo`, { headers: { 'x-long': 'x'.repeat(size) } });
    expect((await ask(9_000)).status).toBe(200);
    expect((await ask(10_240)).status).toBe(431);
    expect(await raw(`GET /${'x'.repeat(50_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('survives clients that leave in the middle', async () => {
    for (const text of [
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc',
      'GET /ec',
      '\0\0\0',
    ]) {
      const socket = connect(Number(new URL(stack.url).port), '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      await new Promise((resolve) => socket.write(text, resolve));
      socket.destroy();
    }
    expect((await fetch(`${stack.url}/echo`)).status).toBe(200);
  });

  it('does not decode a path it cannot', async () => {
    expect(await raw('GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1.1 404 /);
  });
});
