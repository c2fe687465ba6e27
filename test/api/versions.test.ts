/** Versions: what was published, the exact bytes of it, and putting one in force. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Json, LINK, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
/** For the rows of a table of cases: each leaves nothing that the next one could meet. */
let shared: Api;
beforeAll(async () => {
  server = await startApi();
  shared = await server.fresh();
  await threeVersions(shared);
});
afterAll(() => server.close());
beforeEach(async ({ task }) => {
  api = task.each ? shared : await server.fresh();
});

const CFG = '/v1/configurations/cfg';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function threeVersions(api: Api): Promise<void> {
  await api.created('/v1/configurations', { id: 'cfg', name: 'x', policy_yaml: policy({ limit: 1 }) });
  for (const limit of [2, 3]) {
    await api.call('PATCH', CFG, { body: { policy_yaml: policy({ limit }) } });
  }
}

describe('versions', () => {
  it('are a bare array, newest first, and one of them is active', async () => {
    await threeVersions(api);
    const { json } = await api.call('GET', `${CFG}/versions`);
    expect(json.map(({ number, active }: Record<string, unknown>) => [number, active])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
    expect(json[0]).toEqual({
      id: expect.stringMatching(/^ver_/),
      configuration_id: 'cfg',
      number: 3,
      content_hash: sha256(policy({ limit: 3 })),
      commit: null,
      author: expect.stringMatching(/^token:/),
      message: null,
      source: 'api',
      pack_version: '1.0.0',
      created_at: '2026-03-01T12:00:00.000Z',
      active: true,
      summary: expect.any(String),
    });
  });

  it('go on in pages by the Link header', async () => {
    await threeVersions(api);
    const first = await api.call('GET', `${CFG}/versions?limit=2`);
    expect(first.json).toHaveLength(2);
    const next = /<https:\/\/kt\.example(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect((await api.call('GET', next)).json).toMatchObject([{ number: 1 }]);
    for (const limit of ['0', '201', 'x', '-1', '1.5'])
      await api.refused(400, 'GET', `${CFG}/versions?limit=${limit}`);
  });

  it('a cursor from elsewhere is the caller’s mistake', async () => {
    // DynamoDB refuses a start outside the query; the emulator starts anywhere.
    const refusing = Object.assign(new Error('The provided starting key is invalid'), {
      name: 'ValidationException',
    });
    const list = () => Promise.reject(refusing);
    const strict = await server.fresh({ versions: { ...api.ports.versions, list } });
    await strict.created('/v1/configurations', { id: 'cfg', name: 'x' });
    const error = await strict.refused(400, 'GET', `${CFG}/versions?cursor=eyJzayI6IloifQ`);
    expect(error.details[0].field).toBe('cursor');
    await strict.refused(500, 'GET', `${CFG}/versions`);
  });

  it('are found by number and by id', async () => {
    await threeVersions(api);
    const byNumber = (await api.call('GET', `${CFG}/versions/2`)).json;
    expect((await api.call('GET', `${CFG}/versions/${byNumber.id}`)).json).toEqual(byNumber);
    for (const v of ['4', '0', 'ver_nope', '99999999999'])
      await api.refused(404, 'GET', `${CFG}/versions/${v}`);
  });

  it('have their exact bytes, which need not be sent again', async () => {
    const policy_yaml = `# Größe — ok\r\n${policy()}`;
    await api.created('/v1/configurations', { id: 'cfg', name: 'x', policy_yaml });
    const answer = await api.call('GET', `${CFG}/versions/1/content`);
    expect(answer.text).toBe(policy_yaml);
    expect(answer.headers.get('content-type')).toBe('application/yaml');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toBe(`"${sha256(policy_yaml)}"`);
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await api.call('GET', `${CFG}/versions/1/content`, { headers: { 'if-none-match': tag } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    const other = await api.call('GET', `${CFG}/versions/1/content`, { headers: { 'if-none-match': '"x"' } });
    expect(other.status).toBe(200);
    await api.refused(404, 'GET', `${CFG}/versions/2/content`);
  });
});

describe('activating a version', () => {
  it('puts it in force at once', async () => {
    await threeVersions(api);
    const { json } = await api.call('POST', `${CFG}/versions/1/activate`, { body: { reason: 'incident 7' } });
    expect(json).toMatchObject({ active_version: { number: 1 }, head_version: { number: 3 }, sequence: 4 });
    const events = (await api.call('GET', '/v1/events?type=version.activated')).json.data;
    const byHand = events.filter(({ detail }: Json) => detail.reason === 'incident 7');
    expect(byHand).toMatchObject([{ configuration_id: 'cfg', actor: expect.stringMatching(/^token:/) }]);
  });

  it('needs no body', async () => {
    await threeVersions(api);
    expect((await api.call('POST', `${CFG}/versions/2/activate`)).status).toBe(200);
  });

  it('is a permission of its own', async () => {
    await threeVersions(api);
    const writer = await api.tokenFor('configurations_writer');
    const error = await api.refused(403, 'POST', `${CFG}/versions/1/activate`, { token: writer });
    expect(error.message).toContain('configurations:activate');
    const activator = await api.tokenFor('configurations_activator');
    expect((await api.call('POST', `${CFG}/versions/1/activate`, { token: activator })).status).toBe(200);
    await api.refused(403, 'PATCH', CFG, { token: activator, body: { name: 'y' } });
  });

  it('has nothing to hold against when git does not feed the configuration', async () => {
    await threeVersions(api);
    const body = { hold: { minutes: 5 } };
    expect((await api.refused(409, 'POST', `${CFG}/versions/1/activate`, { body })).code).toBe(
      'nothing_to_hold',
    );
  });

  it.each([
    [{ hold: {} }, 'hold'],
    [{ hold: { minutes: 5, until: '2026-03-01T13:00:00Z' } }, 'hold'],
    [{ hold: { minutes: 0 } }, 'hold.minutes'],
    [{ hold: { minutes: 43_201 } }, 'hold.minutes'],
    [{ hold: { minutes: 1.5 } }, 'hold.minutes'],
    [{ hold: { until: 'tomorrow' } }, 'hold.until'],
    [{ hold: { until: '2026-03-01T11:59:59Z' } }, 'hold.until'],
    [{ hold: { until: '2026-03-31T12:00:01Z' } }, 'hold.until'],
    [{ reason: 'x'.repeat(1001) }, 'reason'],
    [{ why: 'x' }, 'why'],
  ])('refuses %j', async (body, field) => {
    const error = await api.refused(400, 'POST', `${CFG}/versions/1/activate`, { body });
    expect(error.details[0].field).toBe(field);
  });

  it('refuses a version that is not there', async () => {
    await threeVersions(api);
    await api.refused(404, 'POST', `${CFG}/versions/9/activate`);
    await api.refused(404, 'POST', '/v1/configurations/nope/versions/1/activate');
  });
});

describe('a hold', () => {
  async function fedByGit() {
    const repository = await server.git.createRepository();
    const clone = await repository.clone();
    const body = { ...LINK, repo_url: repository.url, provider: 'generic', path: 'a.yaml' };
    await clone.push({ 'a.yaml': policy({ id: 'cfg', limit: 1 }) });
    await api.created('/v1/git-repos', body);
    await api.deliver();
    await clone.push({ 'a.yaml': policy({ id: 'cfg', limit: 2 }) });
    await api.advance(60);
    await api.tick();
    expect((await api.call('GET', CFG)).json).toMatchObject({ active_version: { number: 2 } });
  }

  it('keeps a version in force until the time it states, and can be lifted', async () => {
    await fedByGit();
    await api.refused(404, 'DELETE', `${CFG}/hold`);
    const body = { reason: 'incident 7', hold: { minutes: 30 } };
    const { json } = await api.call('POST', `${CFG}/versions/1/activate`, { body });
    const at = new Date(api.time.at).toISOString();
    const until = new Date(api.time.at + 30 * 60_000).toISOString();
    expect(json.hold).toEqual({ until, reason: 'incident 7', actor: expect.stringMatching(/^token:/), at });
    await api.tick();
    expect((await api.call('GET', CFG)).json).toMatchObject({
      active_version: { number: 1 },
      hold: { until },
    });
    expect((await api.call('GET', '/metrics')).text).toContain('\nkeeptrusts_configurations_held 1\n');

    expect((await api.call('DELETE', `${CFG}/hold`)).status).toBe(204);
    await api.advance(1);
    expect((await api.call('GET', CFG)).json).toMatchObject({ active_version: { number: 2 }, hold: null });
    await api.refused(404, 'DELETE', `${CFG}/hold`);
  });

  it('is not shown any more once its time is over', async () => {
    await fedByGit();
    const until = new Date(api.time.at + 60_000).toISOString().replace('Z', '+00:00');
    await api.call('POST', `${CFG}/versions/1/activate`, { body: { hold: { until } } });
    api.time.at += 60_001;
    expect((await api.call('GET', CFG)).json.hold).toBeNull();
    await api.refused(404, 'DELETE', `${CFG}/hold`);
    expect((await api.call('GET', '/metrics')).text).toContain('\nkeeptrusts_configurations_held 0\n');
  });
});
