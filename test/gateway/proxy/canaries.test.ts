/** Secrets of a gateway: a provider's key, a client's own, and the word to reload are in no answer, fact, decision or metric. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLog } from '../../../lib/log.ts';
import {
  type Behaviour,
  chunk,
  completion,
  json,
  says,
  startUpstream,
  streamsChunks,
  type Upstream,
} from '../../support/upstream.ts';
import { policyFor, post, startTestGateway } from './proxy.ts';

const KEY = 'sk-CANARY1+/key=of~provider';
const CLIENTS = 'sk-CANARY2+/key=of~client';
const ADMIN = 'CANARY3+/admin=word';
const COOKIE = 'session=CANARY4+/cookie';
const SECRETS = [KEY, CLIENTS, ADMIN, COOKIE];

let upstream: Upstream;
let gateway: Awaited<ReturnType<typeof startTestGateway>>;
const lines: string[] = [];
/** What clients and scrapers were answered, headers and all. */
const answers: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({
    adminToken: ADMIN,
    log: jsonLog((line) => lines.push(line)),
    load: { environment: (name) => ({ KEY })[name] },
  });
  await load();
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

async function load(target: object = {}): Promise<void> {
  gateway.load(policyFor([upstream.url], undefined, { target }), null);
}

async function keep(response: Response): Promise<number> {
  // A stream that is cut off ends in an error.
  const text = await response.text().catch((error: unknown) => String(error));
  answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${text}`);
  return response.status;
}

async function chat(stream = false): Promise<number> {
  const headers = { authorization: `Bearer ${CLIENTS}`, 'x-api-key': CLIENTS, cookie: COOKIE };
  return keep(await post(gateway.url, 'hello', { stream, headers }));
}

const FORMS = [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString('base64')].join(' ');
const echoed = (status: number): Behaviour =>
  json({ error: { message: `Incorrect API key provided: ${FORMS}`, code: FORMS } }, status, {
    'x-echo': KEY,
    'retry-after': KEY,
    'set-cookie': KEY,
    'www-authenticate': `Bearer realm="${KEY}"`,
  });

const TROUBLES: readonly (readonly [string, Behaviour])[] = [
  ...[400, 401, 403, 404, 422, 429, 500, 503].map((status) => [`${status}`, echoed(status)] as const),
  ['an answer that is no JSON', (_, response) => void response.end(`<html>${FORMS}`)],
  ['an answer that is no completion', json({ message: FORMS })],
  ['a redirect', json({}, 302, { location: `http://127.0.0.1:9/?key=${encodeURIComponent(KEY)}` })],
  [
    'a status line of its own',
    (_, response) => void response.writeHead(500, KEY.replace('~', '')).end(FORMS),
  ],
  ['a hang-up', (_, response) => void response.destroy()],
  ['headers beside an answer', json(completion('fine'), 200, { 'x-echo': KEY, 'x-request-id': KEY })],
  [
    'an error in a stream',
    streamsChunks(
      [chunk({ content: 'a' }), { error: { message: FORMS } }],
      (response) => void response.destroy(),
    ),
  ],
  [
    'a stream that is no stream',
    (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: {"x": ${FORMS}\n\n`),
  ],
];

describe('a secret of the gateway', () => {
  it('is sent where it belongs and is nowhere else, whatever a provider does with it', async () => {
    for (const [, behaviour] of [['an answer', says('fine')] as const, ...TROUBLES]) {
      for (const stream of [false, true]) {
        upstream.behave(behaviour);
        await chat(stream);
      }
      // Also of a breaker that is open.
      gateway.load(
        policyFor([upstream.url], undefined, { providers: { circuit_breaker: { enabled: false } } }),
        null,
      );
    }
    upstream.behave(says('fine'));
    for (const target of [
      { api_key_header: 'x-key' },
      { api_key_prefix: 'a\nb' },
      { secret_key_ref: { env: 'NOT_SET' } },
      { secret_key_ref: { store: 'KEY' } },
      { base_url: 'http://127.0.0.1:9' },
      { base_url: `http://user:${encodeURIComponent(KEY)}@127.0.0.1:9` },
    ]) {
      await load(target);
      await chat();
    }
    await load();
    for (const [method, path] of [
      ['GET', '/health'],
      ['GET', '/readyz'],
      ['GET', '/metrics'],
      ['GET', '/v1/models'],
      ['GET', '/keeptrusts/config'],
      ['GET', '/keeptrusts/providers/metrics'],
      ['POST', '/keeptrusts/config/reload'],
      ['GET', `/${encodeURIComponent(CLIENTS)}?key=${encodeURIComponent(CLIENTS)}`],
    ] as const) {
      for (const authorization of [`Bearer ${ADMIN}`, `Bearer ${CLIENTS}`])
        await keep(await fetch(gateway.url + path, { method, headers: { authorization } }));
    }
    const broken = { method: 'POST', headers: { authorization: `Bearer ${CLIENTS}` } };
    await keep(
      await fetch(`${gateway.url}/v1/chat/completions`, { ...broken, body: `{"api_key": "${CLIENTS}"` }),
    );

    expect(upstream.seen.some(({ headers }) => headers.authorization === `Bearer ${KEY}`)).toBe(true);
    expect(JSON.stringify(upstream.seen)).not.toContain(CLIENTS);
    expect(JSON.stringify(upstream.seen)).not.toContain(COOKIE);
    expect(gateway.decisions.length).toBeGreaterThan(30);
    expect(lines.length).toBeGreaterThan(5);
    const places = { answers, lines, decisions: gateway.decisions.map((one) => JSON.stringify(one)) };
    for (const [place, texts] of Object.entries(places)) {
      for (const secret of SECRETS) {
        for (const form of formsOf(secret)) {
          const found = texts.find((text) => text.includes(form)) ?? null;
          expect([place, form, found]).toEqual([place, form, null]);
        }
      }
    }
  });
});

function formsOf(secret: string): string[] {
  const encoded = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    return bytes
      .subarray(0, bytes.length - (bytes.length % 3))
      .toString('base64')
      .slice(before === 0 ? 0 : 4);
  });
  return [secret, encodeURIComponent(secret), ...encoded];
}
