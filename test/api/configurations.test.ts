/** Configurations that are fed through the API. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, LINK, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
/** For the rows of a table of cases: each leaves nothing that the next one could meet. */
let shared: Api;
beforeAll(async () => {
  server = await startApi();
  shared = await server.fresh();
});
afterAll(() => server.close());
beforeEach(async ({ task }) => {
  api = task.each ? shared : await server.fresh();
});

const CONFIGURATIONS = '/v1/configurations';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('creating a configuration', () => {
  it('without a document has no version yet', async () => {
    const answer = await api.call('POST', CONFIGURATIONS, { body: { name: 'Payments, production' } });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: 'payments-production',
      name: 'Payments, production',
      description: '',
      labels: {},
      team: 'default',
      content_hash: null,
      active_version: null,
      head_version: null,
      sequence: 0,
      hold: null,
      source: 'api',
      git: null,
      created_at: '2026-03-01T12:00:00.000Z',
      updated_at: '2026-03-01T12:00:00.000Z',
    });
    expect(answer.headers.get('location')).toMatch(/\/v1\/configurations\/payments-production$/);
  });

  it('with a document has version 1 in force, and gateways are to be told', async () => {
    const policy_yaml = policy();
    const body = {
      id: 'cfg_finance_prod',
      name: 'x',
      description: 'd',
      labels: { env: 'prod' },
      policy_yaml,
    };
    const created = await api.created(CONFIGURATIONS, body);
    expect(created).toMatchObject({
      id: 'cfg_finance_prod',
      labels: { env: 'prod' },
      content_hash: sha256(policy_yaml),
      active_version: { number: 1, content_hash: sha256(policy_yaml), commit: null },
      sequence: 1,
    });
    expect(created.head_version).toEqual(created.active_version);
    expect(api.announcements).toEqual([{ configuration: 'cfg_finance_prod', sequence: 1, after: null }]);
  });

  it('refuses an id that is taken, by whichever team', async () => {
    await api.created(CONFIGURATIONS, { id: 'cfg', name: 'x', team: 'red' });
    const blue = await api.tokenFor('configurations_writer', 'blue');
    const error = await api.refused(409, 'POST', CONFIGURATIONS, {
      token: blue,
      body: { id: 'cfg', name: 'x' },
    });
    expect(error).toMatchObject({ code: 'id_taken' });
    expect(error.message).not.toContain('red');
  });

  it('refuses an invalid document with every finding, and stores nothing', async () => {
    const policy_yaml = 'pack:\n  name: x\npolicies:\n  chain: [nonsense]\n';
    const error = await api.refused(422, 'POST', CONFIGURATIONS, { body: { name: 'x', policy_yaml } });
    expect(error).toMatchObject({ type: 'validation_error', code: 'invalid_policy' });
    expect(error.details.length).toBeGreaterThan(1);
    expect(error.details[0]).toMatchObject({
      field: 'policy_yaml',
      code: expect.stringMatching(/^E\d+$/),
      severity: 'error',
      line: expect.any(Number),
      column: expect.any(Number),
      message: expect.any(String),
      suggestion: expect.any(String),
    });
  });

  it.each([
    [
      'an alias bomb',
      ['a: &a [x]', ...Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [*a, *a]`)].join('\n'),
    ],
    ['deep nesting', '['.repeat(5000)],
    ['deep nesting that ends', `${'['.repeat(2000)}${']'.repeat(2000)}`],
    ['a document that is too long', `# ${'x'.repeat(300_000)}\n${policy()}`],
    ['no document', ''],
    ['a hostile key', `${policy()}__proto__: {polluted: true}\n`],
  ])('refuses %s', async (_what, policy_yaml) => {
    await api.refused(422, 'POST', CONFIGURATIONS, { body: { name: 'x', policy_yaml } });
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: 'a\nb' }],
    ['name', { name: 'x'.repeat(201) }],
    ['id', { name: '!!!' }],
    ['id', { name: 'x', id: 'a/b' }],
    ['id', { name: 'x', id: '../x' }],
    ['labels.a b', { name: 'x', labels: { 'a b': 'c' } }],
    ['labels.a', { name: 'x', labels: { a: 1 } }],
    [
      'labels',
      { name: 'x', labels: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`l${i}`, ''])) },
    ],
    ['policy_yaml', { name: 'x', policy_yaml: 'a: \ud800' }],
    ['policy_yaml', { name: 'x', policy_yaml: { pack: 1 } }],
    ['tenant', { name: 'x', tenant: 'y' }],
    ['team', { name: 'x', team: 'org' }],
  ])('refuses a bad %s', async (field, body) => {
    const error = await api.refused(400, 'POST', CONFIGURATIONS, { body });
    expect(error.details[0].field).toBe(field);
  });
});

describe('listing configurations', () => {
  it('is an envelope, as the guides read it', async () => {
    await api.created(CONFIGURATIONS, { id: 'a', name: 'a', policy_yaml: policy() });
    await api.created(CONFIGURATIONS, { id: 'b', name: 'b', team: 'red' });
    const { json } = await api.call('GET', CONFIGURATIONS);
    // jq '.data[] | {id, content_hash}'
    expect(json.data.map(({ id, content_hash }: Record<string, unknown>) => ({ id, content_hash }))).toEqual([
      { id: 'a', content_hash: sha256(policy()) },
      { id: 'b', content_hash: null },
    ]);
    const red = (await api.call('GET', `${CONFIGURATIONS}?team=red`)).json;
    expect(red.data).toHaveLength(1);
  });

  it('goes on in pages', async () => {
    await Promise.all(Array.from({ length: 101 }, (_, i) => api.created(CONFIGURATIONS, { name: `c${i}` })));
    const first = await api.call('GET', CONFIGURATIONS);
    expect(first.json.data).toHaveLength(100);
    const second = await api.call('GET', `${CONFIGURATIONS}?cursor=${first.json.next}`);
    expect(second.json.data).toHaveLength(1);
    expect(second.json.next).toBeUndefined();
  });
});

describe('changing a configuration', () => {
  it('a new document is a new version, in force at once', async () => {
    await api.created(CONFIGURATIONS, { id: 'cfg', name: 'x', policy_yaml: policy() });
    const policy_yaml = policy({ limit: 250 });
    const { json } = await api.call('PATCH', `${CONFIGURATIONS}/cfg`, { body: { policy_yaml } });
    expect(json).toMatchObject({
      content_hash: sha256(policy_yaml),
      active_version: { number: 2 },
      sequence: 2,
    });
  });

  it('the same document changes nothing', async () => {
    await api.created(CONFIGURATIONS, { id: 'cfg', name: 'x', policy_yaml: policy() });
    const { json } = await api.call('PATCH', `${CONFIGURATIONS}/cfg`, { body: { policy_yaml: policy() } });
    expect(json).toMatchObject({ active_version: { number: 1 }, sequence: 1 });
  });

  it('settings change without a version', async () => {
    await api.created(CONFIGURATIONS, { id: 'cfg', name: 'x', labels: { a: 'b' } });
    const body = { name: 'y', description: 'z', labels: {} };
    expect((await api.call('PATCH', `${CONFIGURATIONS}/cfg`, { body })).json).toMatchObject(body);
  });

  it.each([
    [400, {}],
    [400, { id: 'other' }],
    [400, { team: 'red' }],
    [400, { sequence: 7 }],
    [422, { policy_yaml: 'nonsense' }],
  ])('refuses with %i: %j', async (status, body) => {
    const { id } = await api.created(CONFIGURATIONS, { name: `c${Math.random()}` });
    await api.refused(status, 'PATCH', `${CONFIGURATIONS}/${id}`, { body });
  });

  it('refuses a document for what git feeds, and names the link', async () => {
    const id = await fedByGit();
    const body = { policy_yaml: policy({ limit: 1 }) };
    expect((await api.refused(409, 'PATCH', `${CONFIGURATIONS}/cfg`, { body })).message).toContain(id);
    expect((await api.refused(409, 'DELETE', `${CONFIGURATIONS}/cfg`)).message).toContain(id);
    expect((await api.call('PATCH', `${CONFIGURATIONS}/cfg`, { body: { name: 'mine' } })).status).toBe(200);
  });
});

describe('deleting a configuration', () => {
  it('is 404 from then on, everywhere, and its id can be taken up again with its history', async () => {
    await api.created(CONFIGURATIONS, { id: 'cfg', name: 'x', policy_yaml: policy() });
    expect((await api.call('DELETE', `${CONFIGURATIONS}/cfg`)).status).toBe(204);
    for (const path of ['', '/versions', '/versions/1', '/versions/1/content'])
      await api.refused(404, 'GET', `${CONFIGURATIONS}/cfg${path}`);
    await api.refused(404, 'PATCH', `${CONFIGURATIONS}/cfg`, { body: { name: 'y' } });
    await api.refused(404, 'DELETE', `${CONFIGURATIONS}/cfg`);
    await api.refused(404, 'POST', `${CONFIGURATIONS}/cfg/versions/1/activate`);
    expect((await api.call('GET', CONFIGURATIONS)).json.data).toEqual([]);
    const again = await api.created(CONFIGURATIONS, {
      id: 'cfg',
      name: 'x',
      policy_yaml: policy({ limit: 2 }),
    });
    expect(again).toMatchObject({ active_version: { number: 2 }, sequence: 2 });
  });

  it('is refused while a gateway runs it', async () => {
    await api.created(CONFIGURATIONS, { id: 'cfg', name: 'x' });
    const gateway = await api.created('/v1/gateways', { name: 'g', configuration_id: 'cfg' });
    expect((await api.refused(409, 'DELETE', `${CONFIGURATIONS}/cfg`)).message).toContain(gateway.id);
  });
});

async function fedByGit(): Promise<string> {
  const repository = await server.git.createRepository();
  const clone = await repository.clone();
  await clone.push({ 'a.yaml': policy({ id: 'cfg' }) });
  const body = { ...LINK, repo_url: repository.url, provider: 'generic', path: 'a.yaml' };
  const { id } = await api.created('/v1/git-repos', body);
  await api.deliver();
  return id;
}
