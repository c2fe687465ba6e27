/** What `kt` says, how often it asks, and how it ends when the API is not there, says no, or misbehaves. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newSecret } from '../../lib/domain/token.ts';
import { type KtOptions, runKt } from '../support/kt.ts';
import { type FakeApi, startFakeApi } from './fake-api.ts';

const CANARY = newSecret();
const ME = {
  id: 'a',
  name: 'ci',
  role: null,
  permissions: [],
  scope: 'org',
  team: null,
  gateway_id: null,
  created_at: '2026-01-01T00:00:00Z',
  created_by: 'x',
  expires_at: null,
};
const GATEWAY = {
  id: 'gw_1',
  name: 'gw',
  configuration_id: null,
  token: 'kt_live_x',
  queue_url: 'https://q',
};

const running: FakeApi[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((api) => api.close()));
});

async function serving(...wish: Parameters<typeof startFakeApi>): Promise<FakeApi> {
  const api = await startFakeApi(...wish);
  running.push(api);
  return api;
}

async function kt(api: { url: string }, args: readonly string[], options: KtOptions = {}) {
  const env = { KEEPTRUSTS_API_URL: api.url, KEEPTRUSTS_API_TOKEN: CANARY.text };
  const result = await runKt(args, { ...options, env: { ...env, ...options.env } });
  expect(result.stdout + result.stderr).not.toContain(CANARY.secret);
  return result;
}

const refusal = (type: string, code: string, message: string, details?: unknown) => ({
  error: { type, code, message, ...(details ? { details } : {}) },
});

describe('an API that says no', () => {
  it.each<[string, number, unknown, number, RegExp]>([
    [
      '401',
      401,
      refusal('unauthenticated', 'token_invalid', 'the token is not valid'),
      2,
      /the token is not valid\nThe token comes from KEEPTRUSTS_API_TOKEN\./,
    ],
    [
      '403',
      403,
      refusal('forbidden', 'permission_missing', 'the token lacks the permission gateways:write'),
      2,
      /lacks the permission gateways:write\nThe token comes from/,
    ],
    [
      '404',
      404,
      refusal('not_found', 'not_found', 'there is no such gateway'),
      1,
      /^kt gateway inspect: there is no such gateway\n$/,
    ],
    ['409', 409, refusal('conflict', 'changed_meanwhile', 'it was changed'), 1, /it was changed/],
    ['400', 400, refusal('invalid_request', 'invalid_field', 'id: is not one'), 2, /id: is not one/],
    [
      'a page of a proxy',
      403,
      '<html>\n<h1>Forbidden</h1>',
      2,
      /the API answered 403: <html> <h1>Forbidden<\/h1>/,
    ],
    [
      '404 that is not of this API',
      404,
      'nginx',
      1,
      /the API answered 404: nginx\nThe API is http.*\(from KEEPTRUSTS_API_URL\)/,
    ],
    ['418', 418, 'teapot', 2, /the API answered 418: teapot/],
  ])('is quoted, with what helps, and decides the exit code: %s', async (_, status, body, code, message) => {
    const api = await serving(() => ({ status, body }));
    const result = await kt(api, ['gateway', 'inspect', 'gw_1']);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(api.requests).toHaveLength(1);
  });

  it('lists the findings of a document that it refuses', async () => {
    const finding = {
      field: 'policy_yaml',
      code: 'E001',
      severity: 'error',
      path: 'policies.chain[0]',
      line: 7,
      column: 4,
      message: 'unknown policy kind',
      suggestion: 'did you mean `pii-detector`?',
    };
    const body = refusal('validation_error', 'invalid_policy', 'policy_yaml: 1 error', [finding]);
    const { code, stderr } = await kt(await serving(() => ({ status: 422, body })), [
      'gateway',
      'inspect',
      'x',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error[E001]: unknown policy kind\n  --> 7:4 policies.chain[0]\n  help: did you mean',
    );
  });

  it.each([
    [['repo', 'list', '--status', 'wrong'], 'Allowed choices are pending, synced, error.'],
    [
      ['auth', 'token', 'create', '--name', 'x'],
      'what may the token do? Give --role, or --scope with permissions',
    ],
    [['auth', 'token', 'create', '--name', 'x', '--scope', 'team'], 'what may the token do?'],
    [
      ['gateway', 'create', '--name', 'x', '--public-key', '/nonexistent'],
      '--public-key: /nonexistent cannot be read: there is no such file',
    ],
  ])('is not asked what cannot be right: %j', async (args, why) => {
    const api = await serving(() => ({ status: 500 }));
    const { code, stdout, stderr } = await kt(api, args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(why);
    expect(api.requests).toEqual([]);
  });

  it('has no links of that status, which is not to say that it has none', async () => {
    const api = await serving(() => ({ status: 200, body: [] }));
    expect((await kt(api, ['repo', 'list'])).stderr).toContain('There are no links.');
    expect((await kt(api, ['repo', 'list', '--status', 'error'])).stderr).toBe('There are no such links.\n');
  });

  it('cannot write to the terminal by what it says', async () => {
    const body = refusal('not_found', 'x', 'no\u001b[2Jsuch\nthing\u202e');
    const { stderr } = await kt(await serving(() => ({ status: 404, body })), ['gateway', 'inspect', 'x']);
    expect(stderr).toBe('kt gateway inspect: no\\u{1b}[2Jsuch thing\\u{202e}\n');
  });

  it('is told that no token was sent, and why the one there is was not', async () => {
    const body = refusal('unauthenticated', 'token_missing', 'send a token');
    const api = await serving(() => ({ status: 401, body }));
    const env = { KEEPTRUSTS_API_URL: 'https://prod.test' };
    const { code, stderr } = await kt(api, ['auth', 'whoami', '--api-url', api.url], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'The token of KEEPTRUSTS_API_TOKEN belongs to https://prod.test and was not sent.',
    );
    expect(api.requests[0]?.headers['authorization']).toBeUndefined();
  });
});

describe('an API that is not there', () => {
  it('is named, with 2 and what would help', async () => {
    const api = await startFakeApi(() => ({ status: 200 }));
    await api.close();
    const { code, stdout, stderr } = await kt(api, ['repo', 'list']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      `kt repo list: cannot connect to ${api.url}: nobody listens there (ECONNREFUSED)`,
    );
    expect(stderr).toContain(
      'The URL comes from KEEPTRUSTS_API_URL. Start the local stack with npm start, or give --api-url.',
    );
  });

  it('is asked for when nothing says where it is', async () => {
    const { code, stdout, stderr } = await runKt(['repo', 'list']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('where is the API? Nothing says so');
    expect(stderr).toContain('npm start');
  });
});

describe('an API behind a certificate of its own', () => {
  let tls: Server;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kt-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    tls = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ME));
    });
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    tls.closeAllConnections();
    return new Promise((resolve) => tls.close(resolve));
  });
  const url = () => `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;

  it('is trusted when its authority is named, and else sent nothing', async () => {
    const { code, stdout, stderr } = await kt({ url: url() }, ['auth', 'whoami']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /the certificate of https:\S+ is not to be trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    );
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
    const env = { NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') };
    expect(await kt({ url: url() }, ['auth', 'whoami'], { env })).toMatchObject({ code: 0, stderr: '' });
  });

  it('is not there when it does not speak TLS at all', async () => {
    const api = await serving(() => ({ status: 200, body: ME }));
    const { code, stderr } = await kt({ url: api.url.replace('http', 'https') }, ['auth', 'whoami']);
    expect(code).toBe(2);
    expect(stderr).toContain('does not speak TLS');
  });
});

describe('an API in trouble', () => {
  it('is asked again when it is busy', async () => {
    const api = await serving((_, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after': '0' } } : { status: 200, body: ME },
    );
    expect(await kt(api, ['auth', 'whoami'])).toMatchObject({ code: 0 });
    expect(api.requests).toHaveLength(2);
  });

  it('is left alone at once when it wants more time than anybody waits', async () => {
    const body = refusal('rate_limit', 'busy', 'too many requests');
    const api = await serving(() => ({ status: 429, headers: { 'retry-after': '3600' }, body }));
    const { code, stderr } = await kt(api, ['auth', 'whoami']);
    expect({ code, asked: api.requests.length }).toEqual({ code: 2, asked: 1 });
    expect(stderr).toContain('too many requests');
    expect(stderr).toContain('It wants to be left alone for 3600 s.');
  });

  it('is asked five times in all, and its request id is quoted', async () => {
    const body = refusal('unavailable', 'not_ready', 'not ready');
    const api = await serving(() => ({ status: 503, body, headers: { 'x-request-id': 'req-7' } }));
    const { code, stdout, stderr } = await kt(api, ['auth', 'whoami']);
    expect({ code, stdout, asked: api.requests.length }).toEqual({ code: 2, stdout: '', asked: 5 });
    expect(stderr).toContain('not ready\nrequest req-7\n');
  });

  it('is not asked twice to make something, unless it said that it did not', async () => {
    const broken = await serving(() => ({ status: 503 }));
    expect(await kt(broken, ['gateway', 'create', '--name', 'x'])).toMatchObject({ code: 2 });
    expect(broken.requests).toHaveLength(1);
    const cut = await serving(() => (response) => response.destroy());
    const { code, stderr } = await kt(cut, ['gateway', 'create', '--name', 'x']);
    expect({ code, asked: cut.requests.length }).toEqual({ code: 2, asked: 1 });
    expect(stderr).toContain('the connection broke');
    const limited = await serving((_, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after': '0' } } : { status: 201, body: GATEWAY },
    );
    expect(await kt(limited, ['gateway', 'create', '--name', 'x'])).toMatchObject({ code: 0 });
    expect(limited.requests).toHaveLength(2);
  });

  it('has deleted what is gone when it is asked to delete it again', async () => {
    const api = await serving((_, count) =>
      count === 1
        ? (response) => response.destroy()
        : { status: 404, body: refusal('not_found', 'x', 'gone') },
    );
    expect(await kt(api, ['gateway', 'delete', 'gw_1', '--yes'])).toMatchObject({ code: 0 });
    expect(api.requests.map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
  });

  it.each([['--request-timeout'], ['--timeout']])('is waited for as long as %s says', async (flag) => {
    const api = await serving(() => () => {});
    const { code, stdout, stderr } = await kt(api, ['gateway', 'create', '--name', 'x', flag, '1']);
    expect({ code, stdout, asked: api.requests.length }).toEqual({ code: 2, stdout: '', asked: 1 });
    expect(stderr).toContain('no answer within 1 s (--request-timeout)');
  });

  it('is not read without end', async () => {
    const api = await serving(() => (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const { code, stderr } = await kt(api, ['auth', 'whoami']);
    expect({ code, asked: api.requests.length }).toEqual({ code: 2, asked: 1 });
    expect(stderr).toContain('the answer is larger than 32 MiB');
  });

  it.each<[string, unknown, string]>([
    ['not JSON', 'welcome', 'was not answered with JSON'],
    ['of another shape', { id: 7 }, 'in a way this kt does not understand (id:'],
  ])('is not believed when its answer is %s', async (_, body, message) => {
    const { code, stdout, stderr } = await kt(await serving(() => ({ status: 200, body })), [
      'auth',
      'whoami',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('pages', () => {
  const token = (id: string) => ({ ...ME, id });

  it('are followed by their question only, whatever the API calls itself', async () => {
    const api = await serving(({ path }) =>
      path.includes('cursor=two')
        ? { status: 200, body: { data: [token('b')] } }
        : {
            status: 200,
            body: { data: [token('a')], next: 'two' },
            headers: { link: '<https://public.test/prod/v1/tokens?cursor=two>; rel="next"' },
          },
    );
    const { code, stdout } = await kt(api, ['auth', 'token', 'list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ data: [token('a'), token('b')] });
    expect(api.requests.map(({ path }) => path)).toEqual(['/v1/tokens', '/v1/tokens?cursor=two']);
  });

  it('that lead in a circle are an error', async () => {
    const headers = { link: '</v1/tokens?cursor=one>; rel=next' };
    const api = await serving(() => ({ status: 200, body: { data: [] }, headers }));
    const { code, stderr } = await kt(api, ['auth', 'token', 'list']);
    expect({ code, asked: api.requests.length }).toEqual({ code: 2, asked: 2 });
    expect(stderr).toContain('the next page is one that was there before');
  });
});
