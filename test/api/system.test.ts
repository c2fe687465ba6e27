/** Health, metrics and keys; and the manners that every route shares. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LARGEST_BODY } from '../../lib/api/body.ts';
import { type Api, LINK, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
beforeAll(async () => {
  server = await startApi();
  api = await server.fresh();
});
afterAll(() => server.close());

describe('health', () => {
  it('is alive without anything else', async () => {
    expect((await api.call('GET', '/healthz', { token: null })).json).toEqual({ status: 'ok' });
  });

  it('is ready when what it needs is', async () => {
    expect((await api.call('GET', '/readyz', { token: null })).json).toEqual({ status: 'ready' });
    const ready = () => Promise.reject(new Error('table not found: secret-name'));
    const broken = await server.fresh({ ready });
    const answer = await broken.call('GET', '/readyz', { token: null });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.text).not.toContain('secret-name');
  });
});

describe('keys', () => {
  it('are public, and may be kept for a while', async () => {
    const answer = await api.call('GET', '/v1/keys', { token: null });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.json.keys).toHaveLength(1);
    expect(answer.json.keys[0]).not.toHaveProperty('d');
  });
});

describe('the schema of policy documents', () => {
  it('is public, may be kept for a while, and is the one in the package', async () => {
    const answer = await api.call('GET', '/schemas/policy-config.json', { token: null });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    const packaged = readFileSync(new URL('../../schemas/policy-config.json', import.meta.url), 'utf8');
    expect(JSON.parse(answer.text)).toEqual(JSON.parse(packaged));
  });
});

describe('metrics', () => {
  const series = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

  it('say of each link which status it is in, as the guides’ alert reads it', async () => {
    const own = await server.fresh();
    const repository = await server.git.createRepository();
    const clone = await repository.clone();
    await clone.push({ 'good.yaml': policy({ id: 'cfg' }), 'bad".yaml': 'nonsense' });
    const link = { ...LINK, repo_url: repository.url, provider: 'generic' };
    await own.created('/v1/git-repos', { ...link, path: 'good.yaml' });
    await own.created('/v1/git-repos', { ...link, path: 'bad".yaml' });
    await own.created('/v1/git-repos', { ...link, path: 'good.yaml', team: 'red' });
    await own.deliver();
    const { text, headers } = await own.call('GET', '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const status = series(text, 'keeptrusts_git_sync_status{');
    expect(status).toHaveLength(9);
    const labels = (path: string, team: string, value: string) =>
      `keeptrusts_git_sync_status{repo_url="${repository.url}",branch="main",path="${path}",team="${team}",status="${value}"}`;
    expect(status).toContain(`${labels('good.yaml', 'default', 'synced')} 1`);
    expect(status).toContain(`${labels('good.yaml', 'default', 'error')} 0`);
    expect(status).toContain(`${labels('bad\\".yaml', 'default', 'error')} 1`);
    expect(new Set(status.map((line) => line.slice(0, line.lastIndexOf(' ')))).size).toBe(9);
    expect(series(text, 'keeptrusts_git_last_sync_timestamp_seconds{')[0]).toMatch(/ 1772366400$/);
    const red = await own.tokenFor('configurations_reader', 'red');
    const ofRed = (await own.call('GET', '/metrics', { token: red })).text;
    expect(series(ofRed, 'keeptrusts_git_sync_status{')).toHaveLength(3);
    expect(ofRed).not.toContain('duration');
  });

  it('have cumulative histograms that add up', async () => {
    const own = await server.fresh();
    for (const seconds of [0.005, 0.02, 0.02, 100]) await own.ports.metrics.observe('sync_duration', seconds);
    const { text } = await own.call('GET', '/metrics');
    const values = series(text, 'keeptrusts_git_sync_duration_seconds_bucket').map(
      (line) => line.split(' ')[1],
    );
    expect(values).toEqual(['1', '3', ...Array(10).fill('3'), '4']);
    expect(text).toContain('keeptrusts_git_sync_duration_seconds_bucket{le="+Inf"} 4\n');
    expect(text).toContain('keeptrusts_git_sync_duration_seconds_count 4\n');
    expect(series(text, 'keeptrusts_git_sync_duration_seconds_sum')[0]).toMatch(/ 100\.045\d*$/);
    expect(text).toContain('keeptrusts_push_to_announced_seconds_count 0\n');
  });

  it('are text that Prometheus reads: each name once, with its type', async () => {
    const { text } = await api.call('GET', '/metrics');
    expect(text.endsWith('\n')).toBe(true);
    const types = series(text, '# TYPE ').map((line) => line.split(' ')[2]);
    expect(new Set(types).size).toBe(types.length);
    expect(series(text, '# HELP ')).toHaveLength(types.length);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^# (HELP|TYPE) \w+ .+$|^\w+(\{(\w+="([^"\\\n]|\\.)*",?)+\})? [0-9.e+-]+$/);
  });

  it('need a token', async () => {
    await api.refused(401, 'GET', '/metrics', { token: null });
  });
});

describe('every route', () => {
  const post = (body: string, headers = {}) =>
    api.refused(400, 'POST', '/v1/configurations', { body, headers });

  it('refuses what is not JSON, without repeating it', async () => {
    for (const body of ['{', '{"name": hunter2}', '[]', '"x"', 'null', '{"name":"x"} trailing', '\ufeff{}']) {
      const error = await post(body);
      expect(error.code).toBe('malformed_json');
      expect(error.message).not.toContain('hunter2');
    }
    expect((await post(`{"name":${'['.repeat(100_000)}`)).message).toContain('deep');
    expect((await post('{"name":"x","name":7}')).details[0].field).toBe('name');
  });

  it('takes JSON only', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
      await api.refused(415, 'POST', '/v1/configurations', { body: '{}', headers: { 'content-type': type } });
    const odd = { 'content-type': 'Application/JSON; charset=utf-8' };
    const answer = await api.call('POST', '/v1/configurations', { body: { name: 'odd type' }, headers: odd });
    expect(answer.status).toBe(201);
  });

  it('reads no more than a megabyte, whatever the request says of its length', async () => {
    const body = JSON.stringify({ name: 'x', policy_yaml: 'x'.repeat(LARGEST_BODY) });
    await api.refused(413, 'POST', '/v1/configurations', { body });
    await api.refused(413, 'POST', '/v1/configurations', {
      body: '{}',
      headers: { 'content-length': '9999999' },
    });
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    });
    const headers = { authorization: `Bearer ${api.admin}`, 'content-type': 'application/json' };
    const init = { method: 'POST', body: endless, headers, duplex: 'half' as const };
    expect((await api.app.request('/v1/configurations', init)).status).toBe(413);
  });

  it('reads no body before it knows who sends it', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled++;
          controller.enqueue(new Uint8Array(10));
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: 'POST', body, duplex: 'half' as const };
    expect((await api.app.request('/v1/configurations', init)).status).toBe(401);
    expect(pulled).toBe(0);
  });

  it('says which methods a path takes', async () => {
    const answer = await api.call('PUT', '/v1/git-repos', { token: null });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
    expect((await api.call('GET', '/v1/git-repos/x/sync')).headers.get('allow')).toBe('POST');
  });

  it('answers HEAD as GET, without the body', async () => {
    const answer = await api.call('HEAD', '/v1/git-repos');
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect((await api.call('HEAD', '/v1/git-repos', { token: null })).status).toBe(401);
  });

  it('knows no other path', async () => {
    for (const path of [
      '/',
      '/v1',
      '/v1/',
      '/v2/git-repos',
      '/v1/git-repos/',
      '/v1//git-repos',
      '/V1/git-repos',
    ])
      await api.refused(404, 'GET', path);
    for (const id of ['%2e%2e', 'a%2fb', 'a%00b', '%', '..%2f', 'x'.repeat(201), '__proto__', '-'])
      await api.refused(404, 'GET', `/v1/configurations/${id}`);
  });

  it('is asked under the id that API Gateway gave the request', async () => {
    const env = { requestContext: { requestId: 'JKJaXmPLvHcESHA=' } };
    const response = await api.app.request('/healthz', {}, env);
    expect(response.headers.get('x-request-id')).toBe('JKJaXmPLvHcESHA=');
    const odd = await api.app.request('/healthz', {}, { requestContext: { requestId: 'a b' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('leaves one line in the log, with no query, header or body in it', async () => {
    const own = await server.fresh();
    await own.call('GET', '/v1/events?since=5m&configuration_id=canary', {
      headers: { 'x-canary': 'canary' },
    });
    expect(own.facts).toEqual([
      {
        name: 'api.answered',
        fields: {
          request_id: expect.any(String),
          method: 'GET',
          route: '/v1/events',
          status: 200,
          ms: expect.any(Number),
          token: own.admin.split('_')[2],
        },
      },
    ]);
    await own.call('GET', '/v1/git-repos/lnk_canary');
    expect(own.facts[1]?.fields).toMatchObject({ route: '/v1/git-repos/{id}', status: 404 });
  });

  it('says nothing of its own faults but the id to ask for', async () => {
    const list = () => Promise.reject(new Error('the table kt-1 is on fire'));
    const own = await server.fresh({ links: { ...api.ports.links, list } });
    const answer = await own.call('GET', '/v1/git-repos');
    const id = answer.headers.get('x-request-id');
    expect([answer.status, answer.json]).toEqual([
      500,
      {
        error: {
          type: 'internal_error',
          code: 'internal_error',
          message: `something went wrong; quote request ${id}`,
        },
      },
    ]);
    expect(own.facts.at(-1)?.fields).toMatchObject({ status: 500, message: 'the table kt-1 is on fire' });
  });

  it('asks to wait when the database does', async () => {
    const busy = Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' });
    const own = await server.fresh({ links: { ...api.ports.links, list: () => Promise.reject(busy) } });
    const answer = await own.call('GET', '/v1/git-repos');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1']);
  });

  it('may not be shown in a frame, sniffed, or kept', async () => {
    const { headers } = await api.call('GET', '/v1/whoami');
    const names = [
      'content-security-policy',
      'referrer-policy',
      'strict-transport-security',
      'cache-control',
    ];
    expect(names.map((name) => headers.get(name))).toEqual([
      "default-src 'none'; frame-ancestors 'none'",
      'no-referrer',
      'max-age=31536000; includeSubDomains',
      'no-store',
    ]);
    expect(headers.has('access-control-allow-origin')).toBe(false);
  });
});
