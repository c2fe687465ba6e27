/** Secrets that were given in confidence are in no answer, log line, row, message, metric or file, whatever goes wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { signedDelivery } from '../support/deliveries.ts';
import type { Answer } from '../support/stack.ts';
import { about, FILE, type Linked, type Loop, startLoop } from './loop.ts';

/** With characters that change in a URL and in base64, so that every form is another text. */
const FIRST_TOKEN = 'ghp_CANARY1+/first=token~';
const SECOND_TOKEN = 'glpat-CANARY2+/second=token~';
const HOOK_SECRET = 'whs-CANARY3+/hook=secret~';

let loop: Loop;
let tap: Awaited<ReturnType<typeof startTap>>;
let one: Linked;
let canaries: Record<string, string>;
/** Every answer that a caller got, but for the fields that hand out a secret once. */
const answers: string[] = [];

beforeAll(async () => {
  tap = await startTap();
  loop = await startLoop({ env: { '*': { AWS_ENDPOINT_URL_SQS: tap.url } } });
  tap.forwardTo(loop.stack.stack.endpoints.sqs);
  await liveDangerously();
});
afterAll(async () => {
  await loop.close();
  await tap.close();
});

/** Between the functions and SQS: passes every call on, and keeps what was sent. */
async function startTap() {
  const sent: string[] = [];
  let onward = '';
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    sent.push(body.toString());
    const { method, headers, url } = request;
    const passed = send(`${onward}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    forwardTo: (endpoint: string) => {
      onward = endpoint;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function call(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
  const answer = await loop.stack.call(method, path, body, token);
  answers.push(`${method} ${path} ${JSON.stringify([...answer.headers])} ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Success and failure, on every way that a secret takes. */
async function liveDangerously(): Promise<void> {
  one = await loop.linked('canary', { provider: 'gitea', access_token: FIRST_TOKEN, username: 'reader' });
  const rotated = await loop.stack.call('POST', `${one.link}/hook-secret`, { secret: HOOK_SECRET });
  answers.push(JSON.stringify({ ...rotated.body.webhook, secret: null }));
  const made = await loop.stack.call('POST', '/v1/tokens', { name: 'canary', role: 'configurations_reader' });
  answers.push(JSON.stringify({ ...made.body, token: null }));
  canaries = {
    'the access token': FIRST_TOKEN,
    'the access token given later': SECOND_TOKEN,
    'the hook secret': HOOK_SECRET,
    'the hook secret that was made for us': one.webhook.secret,
    'the admin token': loop.stack.adminToken,
    'the gateway token': one.gateway.token,
    'another token': made.body.token,
  };

  const deliver = async (secret: string) => {
    const after = await one.repository.tip();
    const delivery = signedDelivery('gitea', secret, { after, repositoryUrl: one.repository.url });
    const answer = await loop.stack.deliver(one.webhook.url, delivery);
    answers.push(JSON.stringify(answer.body));
    return answer.status;
  };
  expect(await deliver(HOOK_SECRET)).toBe(202);
  expect(await deliver(one.webhook.secret)).toBe(202);
  expect(await deliver(`${HOOK_SECRET}x`)).toBe(401);
  await one.push(200);
  await loop.cycle(one.linkId);
  expect(await one.reload()).toMatchObject({ manifest: { number: 2 } });

  const echo = `no entry for reader:${FIRST_TOKEN} (${encodeURIComponent(FIRST_TOKEN)}, ${basic(FIRST_TOKEN)})`;
  const packet = `ERR ${echo}\n`;
  const packets = `${(packet.length + 4).toString(16).padStart(4, '0')}${packet}0000`;
  const git = { 'content-type': 'application/x-git-upload-pack-advertisement' };
  for (const trouble of [
    { kind: 'answer', status: 401, headers: { 'www-authenticate': `Basic realm="${echo}"` }, body: echo },
    { kind: 'answer', status: 403, body: echo },
    { kind: 'answer', status: 404, body: echo },
    { kind: 'answer', status: 500, body: echo },
    { kind: 'answer', status: 429, headers: { 'retry-after': FIRST_TOKEN }, body: echo },
    { kind: 'answer', status: 200, headers: git, body: packets },
    { kind: 'answer', status: 200, headers: { 'content-type': `text/html; ${FIRST_TOKEN}` }, body: echo },
    {
      kind: 'redirect',
      status: 302,
      to: `http://localhost:9/${encodeURIComponent(FIRST_TOKEN)}/${FIRST_TOKEN}`,
    },
    { kind: 'redirect', status: 302, to: `http://reader:${encodeURIComponent(FIRST_TOKEN)}@127.0.0.1:9/x` },
    { kind: 'hang up' },
  ] as const) {
    loop.git.inject(trouble, about(one.repository));
    await loop.cycle(one.linkId);
    expect((await call('GET', one.link)).body).toMatchObject({ status: 'error' });
    loop.git.calm();
    await forgetHostLimits();
  }
  await loop.cycle(one.linkId);
  expect((await call('GET', one.link)).body).toMatchObject({ status: 'synced' });

  for (const body of [
    {
      repo_url: `https://reader:${encodeURIComponent(FIRST_TOKEN)}@git.example.com/x`,
      path: FILE,
      provider: 'generic',
    },
    { repo_url: one.repository.url, path: FILE, provider: 'generic', access_token: `${FIRST_TOKEN} ` },
    { repo_url: one.repository.url, path: FILE, provider: 'generic', access_token: [FIRST_TOKEN] },
    { repo_url: one.repository.url, path: FILE, provider: 'generic', token: FIRST_TOKEN },
    {
      repo_url: one.repository.url,
      path: FILE,
      provider: 'gitea',
      access_token: FIRST_TOKEN,
      configuration_id: 'none',
    },
  ])
    expect((await call('POST', '/v1/git-repos', body)).status).toBeGreaterThanOrEqual(400);
  expect((await call('POST', `${one.link}/hook-secret`, { secret: `${HOOK_SECRET} ` })).status).toBe(400);
  expect((await call('GET', '/v1/whoami', undefined, `${one.gateway.token}x`)).status).toBe(401);
  expect((await call('GET', '/v1/git-repos', undefined, one.gateway.token)).status).toBe(403);
  expect((await call('PATCH', one.link, { access_token: SECOND_TOKEN })).status).toBe(200);
  await loop.stack.until(one.link, ({ status }) => status === 'synced');
  await call('POST', `${one.configuration}/versions/1/activate`, { reason: 'test', hold: { minutes: 5 } });
  expect(await one.reload()).not.toBeNull();
  for (const path of [
    '/v1/git-repos',
    one.link,
    '/v1/configurations',
    one.configuration,
    `${one.configuration}/versions`,
    '/v1/gateways',
    `/v1/gateways/${one.gateway.id}/configuration`,
    '/v1/tokens',
    '/v1/whoami',
    '/v1/keys',
    '/v1/events?limit=500',
    '/metrics',
    '/openapi.json',
  ])
    expect((await call('GET', path)).status, path).toBe(200);
}

const basic = (token: string) => Buffer.from(`reader:${token}`).toString('base64');

/** The host is this machine, which the next step wants to ask again at once. */
async function forgetHostLimits(): Promise<void> {
  const { pk, sk } = keyOf.hostLimit(new URL(loop.git.url).host);
  const item = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await loop.stack.clients.dynamodb.send(
    new GetItemCommand({ TableName: loop.stack.table, Key: item }),
  );
  if (!Item) return;
  const past = { ...Item, until: { S: new Date(0).toISOString() } };
  await loop.stack.clients.dynamodb.send(new PutItemCommand({ TableName: loop.stack.table, Item: past }));
}

/** Plain, in a URL, and in base64 wherever in a longer text it begins. */
function formsOf(secret: string): string[] {
  const encoded = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    // What is before it colours the first characters.
    const from = before === 0 ? 0 : 4;
    return [whole.toString('base64').slice(from), whole.toString('base64url').slice(from)];
  });
  return [...new Set([secret, encodeURIComponent(secret), ...encoded])];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function rows(): Promise<string[]> {
  const { Items = [] } = await loop.stack.clients.dynamodb.send(
    new ScanCommand({ TableName: loop.stack.table }),
  );
  return Items.map((item) =>
    JSON.stringify(unmarshall(item), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    ),
  );
}

describe('secrets', () => {
  const PLACES: Readonly<Record<string, () => Promise<readonly string[]>>> = {
    'an answer, an event or a metric': async () => answers,
    'a log line': async () => loop.stack.lines,
    'a row': rows,
    'a message on a queue': async () => tap.sent,
    'a file': async () =>
      filesBelow(loop.stack.dataDir)
        .filter((path) => path !== join(loop.stack.dataDir, 'local.json'))
        .map((path) => readFileSync(path, 'latin1')),
  };

  it.each(Object.keys(PLACES))('are not in %s', async (place) => {
    const texts = (await PLACES[place]?.()) ?? [];
    expect(texts.length).toBeGreaterThan(4);
    for (const [name, secret] of Object.entries(canaries)) {
      for (const form of formsOf(secret)) {
        const found = texts.find((text) => text.includes(form));
        expect(
          found &&
            `${name}, as ${form}: ${found.slice(Math.max(0, found.indexOf(form) - 200)).slice(0, 500)}`,
        ).toBe(undefined);
      }
    }
  });

  it('of callers are in local.json only as the one admin token', () => {
    const local = readFileSync(join(loop.stack.dataDir, 'local.json'), 'utf8');
    expect(local).toContain(loop.stack.adminToken);
    for (const secret of Object.values(canaries))
      if (secret !== loop.stack.adminToken) expect(local).not.toContain(secret);
  });

  it('would be found: the host did see the token, and the tap the messages', () => {
    expect(loop.git.requests.length).toBeGreaterThan(0);
    expect(loop.git.requests.map(({ authorization }) => authorization)).toContain(
      `Basic ${basic(SECOND_TOKEN)}`,
    );
    expect(formsOf(FIRST_TOKEN).some((form) => basic(FIRST_TOKEN).includes(form))).toBe(true);
    expect(tap.sent.some((body) => body.includes('manifest'))).toBe(true);
  });
});

describe('a sealed token that was moved to the row of another link', () => {
  it('does not open: the link is in error, and its repository is not asked, with another token or with none', async () => {
    const victim = await loop.linked('victim', { access_token: 'victim-token', username: 'reader' });
    const thief = await loop.linked('thief', { access_token: 'thief-token', username: 'reader' });
    const { dynamodb } = loop.stack.clients;
    const TableName = loop.stack.table;
    const { pk, sk } = keyOf.credential(victim.linkId);
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } }),
    );
    const moved = { ...Item, pk: { S: keyOf.credential(thief.linkId).pk } };
    await dynamodb.send(new PutItemCommand({ TableName, Item: moved }));

    await thief.push(200);
    loop.git.calm();
    await loop.cycle(thief.linkId);
    expect((await loop.stack.call('GET', thief.link)).body).toMatchObject({
      status: 'error',
      error: { class: 'auth', message: expect.stringContaining('cannot be opened') },
    });
    expect(loop.git.requests.filter(about(thief.repository))).toEqual([]);
    expect(await thief.active()).toMatchObject({ number: 1 });
  });
});
