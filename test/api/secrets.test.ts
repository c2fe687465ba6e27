/** Secrets: what is given in confidence is seen nowhere, whatever goes wrong. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { ApiPorts } from '../../lib/api/ports.ts';
import { ROUTES } from '../../lib/api/routes/table.ts';
import { type Api, LINK, startApi } from '../support/api.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
beforeAll(async () => {
  server = await startApi();
});
afterAll(() => server.close());
beforeEach(async () => {
  api = await server.fresh();
});

const CANARY = 'CANARY7f3a';
const TOKEN = `ghp_${CANARY}+/x`;
const FORMS = [
  TOKEN,
  Buffer.from(TOKEN).toString('base64').replace(/=+$/, ''),
  encodeURIComponent(TOKEN),
  CANARY,
];

/** Everything that is kept, sent or logged. */
async function traces(): Promise<string> {
  const rows = JSON.stringify(await api.rows(), (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
  return [
    rows,
    JSON.stringify(api.facts),
    JSON.stringify(api.hints),
    JSON.stringify(api.announcements),
  ].join();
}

describe('the token of a repository', () => {
  it('is nowhere but sealed', async () => {
    api.canaries.push(...FORMS);
    const link = await api.created('/v1/git-repos', { ...LINK, access_token: TOKEN, username: 'bot' });
    await api.call('PATCH', `/v1/git-repos/${link.id}`, { body: { access_token: `${TOKEN}2` } });
    await api.call('POST', `/v1/git-repos/${link.id}/sync`);
    for (const path of ['/v1/git-repos', `/v1/git-repos/${link.id}`, '/v1/events', '/metrics'])
      await api.call('GET', path);
    for (const form of FORMS) expect(await traces()).not.toContain(form);
  });
});

describe('the secret of a webhook', () => {
  it('is shown once, and kept sealed', async () => {
    const { id, webhook } = await api.created('/v1/git-repos', LINK);
    const body = { secret: `${CANARY}-and-more-of-it` };
    expect((await api.call('POST', `/v1/git-repos/${id}/hook-secret`, { body })).text).toContain(CANARY);
    api.canaries.push(CANARY, webhook.secret);
    for (const path of ['/v1/git-repos', `/v1/git-repos/${id}`, '/v1/events']) await api.call('GET', path);
    expect(await traces()).not.toContain(CANARY);
    expect(await traces()).not.toContain(webhook.secret);
  });
});

/** Values that no field takes, and that would be a secret if they were one. */
const WRONG: readonly unknown[] = [
  `${CANARY} \u0000 not this`,
  [CANARY],
  { nested: { secret: CANARY } },
  `https://${CANARY}:x@github.com/a/b`,
  `${CANARY}`.repeat(2000),
];

describe('what is refused', () => {
  const bodies = ROUTES.filter(({ body }) => body instanceof z.ZodObject);

  it.each(bodies.map((route) => [route.method, route.path, route] as const))(
    'is not repeated by %s %s, nor logged',
    async (method, path, { body }) => {
      const fields = body instanceof z.ZodObject ? Object.keys(body.shape) : [];
      const asked = path.replace('{id}', 'x').replace('{v}', '1');
      for (const field of [...fields, 'unknown']) {
        for (const value of WRONG) {
          const answer = await api.call(method.toUpperCase(), asked, { body: { [field]: value } });
          // A name may be any line of text; it is not a secret when it is taken as one.
          if (answer.status === 201 && field === 'name') continue;
          expect([field, answer.status >= 400 && answer.status < 500]).toEqual([field, true]);
          expect([field, answer.text.includes(CANARY)]).toEqual([field, false]);
        }
      }
      expect(JSON.stringify(api.facts)).not.toContain(CANARY);
    },
  );

  it('is not repeated from a query, a header or a path', async () => {
    api.canaries.push(CANARY);
    for (const query of ['team', 'cursor', 'status', CANARY.toLowerCase()])
      await api.call('GET', `/v1/git-repos?${query}=${CANARY}!`);
    await api.call('GET', `/v1/git-repos/${CANARY}`);
    await api.call('GET', `/${CANARY}`);
    await api.call('GET', '/v1/whoami', { token: CANARY });
    await api.call('POST', '/v1/tokens', { body: '{}', headers: { 'content-type': CANARY } });
    expect(JSON.stringify(api.facts)).not.toContain(CANARY);
  });
});

describe('when something breaks', () => {
  /** Each function of each port in turn throws. */
  const ports = ['links', 'hooks', 'sources', 'configurations', 'syncQueue', 'sealer', 'clock'] as const;

  it.each(ports)('in %s, the answer holds nothing of the request', async (name) => {
    const broken = breaking(api.ports[name]);
    const own = await server.fresh(name === 'clock' ? {} : ({ [name]: broken } as Partial<ApiPorts>));
    own.canaries.push(...FORMS);
    const body = { ...LINK, access_token: TOKEN, configuration_id: 'cfg' };
    const answer = await own.call('POST', '/v1/git-repos', { body });
    expect([201, 500]).toContain(answer.status);
    expect(JSON.stringify(own.facts)).not.toContain(CANARY);
  });
});

function breaking<T extends object>(port: T): T {
  return new Proxy(port, {
    get: (target, key) =>
      typeof Reflect.get(target, key) === 'function'
        ? () => Promise.reject(new Error('the service is not there'))
        : Reflect.get(target, key),
  });
}
