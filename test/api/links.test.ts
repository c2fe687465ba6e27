/** Links: `/v1/git-repos`. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Json, LINK, PUBLIC_URL, startApi } from '../support/api.ts';
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

const REPOS = '/v1/git-repos';

describe('linking a repository', () => {
  it('answers the link, where deliveries go, and the secret that signs them', async () => {
    const answer = await api.call('POST', REPOS, { body: LINK });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^lnk_/),
      team: 'default',
      repo_url: 'https://github.com/acme/policies',
      branch: 'main',
      path: 'prod/policy-config.yaml',
      provider: 'github',
      deploy_key: null,
      poll_interval_seconds: 60,
      auto_create_configuration: true,
      configuration_id: null,
      status: 'pending',
      last_sync: null,
      current_version: null,
      configuration_ids: [],
      error: null,
      created_at: '2026-03-01T12:00:00.000Z',
      webhook: {
        id: expect.stringMatching(/^hk_/),
        url: `${PUBLIC_URL}/v1/hooks/${answer.json.webhook.id}`,
        provider: 'github',
        secret: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect(answer.headers.get('location')).toBe(`${PUBLIC_URL}${REPOS}/${answer.json.id}`);
    expect(api.hints).toHaveLength(1);
  });

  it('takes the guides’ other name for the URL', async () => {
    const { repo_url: url, ...rest } = LINK;
    expect(await api.created(REPOS, { ...rest, url })).toMatchObject({ repo_url: url });
  });

  it('takes both names when they mean the same repository, and not when they do not', async () => {
    expect(
      (await api.refused(400, 'POST', REPOS, { body: { ...LINK, url: 'https://github.com/a/b' } })).message,
    ).toMatch(/^url: /);
    await api.created(REPOS, { ...LINK, url: 'https://GitHub.com/acme/policies/' });
  });

  it('shows the secret once: the next link of the repository shares the webhook', async () => {
    const first = await api.created(REPOS, LINK);
    const second = await api.created(REPOS, { ...LINK, path: 'staging/policy-config.yaml' });
    expect(second.webhook).toEqual({ ...first.webhook, secret: undefined });
    const shown = await api.call('GET', `${REPOS}/${first.id}`);
    expect(shown.json.webhook).toEqual({ id: first.webhook.id, url: first.webhook.url, provider: 'github' });
  });

  it('polls a generic repository only', async () => {
    const link = await api.created(REPOS, { ...LINK, provider: 'generic' });
    expect(link.webhook).toBeNull();
    const error = await api.refused(409, 'POST', `${REPOS}/${link.id}/hook-secret`, { body: {} });
    expect(error.code).toBe('no_webhook');
  });

  it('feeds a configuration that is there, and no other link may feed it too', async () => {
    await api.created('/v1/configurations', { id: 'cfg', name: 'cfg' });
    const wish = { ...LINK, auto_create_configuration: false, configuration_id: 'cfg' };
    const link = await api.created(REPOS, wish);
    expect(link).toMatchObject({ configuration_id: 'cfg', auto_create_configuration: false });
    expect(
      (await api.refused(400, 'POST', REPOS, { body: { ...wish, path: 'a', configuration_id: 'nope' } }))
        .message,
    ).toMatch(/^configuration_id: /);
    const feeding = await api.ports.configurations.find('cfg');
    if (!feeding) throw new Error('no configuration');
    const fed = { ...feeding, origin: { linkId: link.id, path: wish.path }, revision: feeding.revision + 1 };
    const [event] = (await api.ports.events.list(allEvents)).items;
    if (event) await api.ports.configurations.update(feeding, fed, { ...event, id: 'evt_x' });
    const error = await api.refused(409, 'POST', REPOS, { body: { ...wish, path: 'b' } });
    expect(error.message).toContain(link.id);
  });

  it('refuses to link the same path of the same branch twice, and says which link it is', async () => {
    const { id } = await api.created(REPOS, LINK);
    const error = await api.refused(409, 'POST', REPOS, { body: LINK });
    expect(error).toMatchObject({ type: 'conflict', code: 'linked_already' });
    expect(error.message).toContain(id);
  });

  it('refuses another provider for a repository that has its webhook', async () => {
    const repo_url = 'https://git.acme.example/a/b';
    await api.created(REPOS, { ...LINK, repo_url, provider: 'gitlab' });
    const body = { ...LINK, repo_url, provider: 'gitea', path: 'other.yaml' };
    expect((await api.refused(409, 'POST', REPOS, { body })).message).toContain('gitlab');
  });

  it.each([
    [30, 201],
    [86_400, 201],
    [29, 400],
    [86_401, 400],
    [30.5, 400],
    ['60', 400],
  ])('poll_interval_seconds %j → %i', async (poll_interval_seconds, status) => {
    const body = { ...LINK, path: `${poll_interval_seconds}.yaml`, poll_interval_seconds };
    if (status === 201) return void expect(await api.created(REPOS, body)).toMatchObject(body);
    const error = await api.refused(400, 'POST', REPOS, { body });
    expect(error.details).toEqual([{ field: 'poll_interval_seconds', message: expect.any(String) }]);
  });

  const BAD_URLS = [
    'file:///etc/passwd',
    'ext::sh -c id',
    'ssh://-oProxyCommand=id/x',
    '-upload-pack=id',
    '--upload-pack=id',
    'https://user:hunter2secret@github.com/acme/policies',
    'https://hunter2secret@github.com/acme/policies',
    'https://github.com/acme/../policies',
    'https://github.com/acme/policies\n',
    'https://github.com/acme/policies?token=hunter2secret',
    'http://10.0.0.1/a/b',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/a/b',
    'http://[::ffff:10.0.0.1]/a/b',
    'http://167772161/a/b',
    'http://0xa.0.0.1/a/b',
    '',
    'github.com/acme/policies',
    7,
  ];
  it.each(BAD_URLS)('refuses the URL %j and does not repeat it', async (repo_url) => {
    const error = await api.refused(400, 'POST', REPOS, {
      body: { ...LINK, provider: 'generic', repo_url },
    });
    expect(error.type).toBe('invalid_request');
    expect(error.details[0].field).toBe('repo_url');
    expect(JSON.stringify(error)).not.toContain('hunter2secret');
  });

  it('takes an address of a network that the deployment allows', async () => {
    const body = { ...LINK, repo_url: 'http://127.0.0.1:8080/a/b.git', provider: 'generic' };
    expect(await api.created(REPOS, body)).toMatchObject({ repo_url: body.repo_url });
    const strict = await server.fresh({ settings: { ...api.ports.settings, gitAllowedNetworks: [] } });
    expect((await strict.refused(400, 'POST', REPOS, { body })).details[0].field).toBe('repo_url');
    const local = { ...body, repo_url: 'http://localhost/a/b' };
    expect((await strict.refused(400, 'POST', REPOS, { body: local })).details[0].field).toBe('repo_url');
  });

  it('refuses plain http:// where no network is allowed that could be trusted with it', async () => {
    const strict = await server.fresh({ settings: { ...api.ports.settings, gitAllowedNetworks: [] } });
    const body = { ...LINK, repo_url: 'http://git.acme.example/a/b', access_token: 'in-clear-text' };
    const error = await strict.refused(400, 'POST', REPOS, { body });
    expect(error.message).toContain('repo_url: must be https://');
  });

  it.each([
    ['path', '../policy.yaml'],
    ['path', 'a/../../b.yaml'],
    ['path', '/etc/passwd'],
    ['path', 'a\\b'],
    ['path', '%2e%2e/b'],
    ['path', '.git/config'],
    ['path', 'a\u0000b'],
    ['path', ''],
    ['path', undefined],
    ['branch', '-x'],
    ['branch', 'a..b'],
    ['branch', 'refs/heads/main'],
    ['branch', 'a b'],
    ['provider', 'github2'],
    ['team', 'org'],
    ['team', 'a/b'],
    ['access_token', 'a b'],
    ['access_token', 'a\r\nx: y'],
    ['username', 'a:b'],
    ['configuration_id', '../x'],
    ['auto_create_configuration', 'true'],
  ])('refuses %s %j, and names the field', async (field, value) => {
    const error = await api.refused(400, 'POST', REPOS, { body: { ...LINK, [field]: value } });
    expect(error.details.map((detail: { field: string }) => detail.field)).toEqual([field]);
    expect(error.message).toContain(`${field}: `);
  });

  it('polls a host it does not know, unless told how that host signs', async () => {
    const body = { ...LINK, repo_url: 'https://git.acme.example/a/b' };
    const polled = await api.created(REPOS, body);
    expect(polled).toMatchObject({ provider: 'generic', webhook: null });
    const other = { ...body, repo_url: 'https://git.acme.example/a/c', provider: 'gitea' };
    expect((await api.created(REPOS, other)).webhook).toMatchObject({ provider: 'gitea' });
  });

  it('says of each field what would be right', async () => {
    const error = await api.refused(400, 'POST', REPOS, { body: { branch: 7, poll_interval_seconds: 29 } });
    expect(
      Object.fromEntries(
        error.details.map((one: { field: string; message: string }) => [one.field, one.message]),
      ),
    ).toEqual({
      branch: 'must be a string',
      path: 'is required',
      poll_interval_seconds: 'is at least 30',
    });
  });

  it('names every unknown field', async () => {
    const body = { ...LINK, tennant: 'x', status: 'synced', id: 'lnk_mine' };
    const error = await api.refused(400, 'POST', REPOS, { body });
    expect(error.code).toBe('unknown_field');
    expect(error.details.map(({ field }: { field: string }) => field).sort()).toEqual([
      'id',
      'status',
      'tennant',
    ]);
    expect(error.message).toContain('tennant');
  });

  it('a directory feeds many configurations: it creates them, and cannot be given one', async () => {
    const directory = { ...LINK, path: 'policies/' };
    await api.created(REPOS, directory);
    const other = { ...directory, path: 'other/' };
    const without = await api.refused(400, 'POST', REPOS, {
      body: { ...other, auto_create_configuration: false },
    });
    expect(without.details[0].field).toBe('auto_create_configuration');
    const named = await api.refused(400, 'POST', REPOS, { body: { ...other, configuration_id: 'cfg' } });
    expect(named.details[0].field).toBe('configuration_id');
  });

  it('a file needs a configuration, or leave to create one', async () => {
    const { auto_create_configuration: _, ...body } = LINK;
    expect((await api.refused(400, 'POST', REPOS, { body })).details[0].field).toBe('configuration_id');
  });

  it('belongs to the team of the token, and an organisation’s token may name one', async () => {
    const red = await api.tokenFor('configurations_writer', 'red');
    expect(await api.created(REPOS, LINK, red)).toMatchObject({ team: 'red' });
    expect(await api.created(REPOS, { ...LINK, team: 'blue' })).toMatchObject({ team: 'blue' });
    const error = await api.refused(403, 'POST', REPOS, { token: red, body: { ...LINK, team: 'blue' } });
    expect(error.details[0].field).toBe('team');
  });
});

describe('listing links', () => {
  it('is a bare array with what the guides select', async () => {
    await api.created(REPOS, LINK);
    const { json } = await api.call('GET', REPOS);
    // jq '.[] | {repo_url, branch, last_sync, status, current_version}'
    const [{ repo_url, branch, last_sync, status, current_version }] = json;
    expect({ repo_url, branch, last_sync, status, current_version }).toEqual({
      repo_url: LINK.repo_url,
      branch: 'main',
      last_sync: null,
      status: 'pending',
      current_version: null,
    });
  });

  it('filters by status and team', async () => {
    await api.created(REPOS, { ...LINK, team: 'red' });
    await api.created(REPOS, { ...LINK, team: 'blue' });
    const urls = async (query: string) =>
      (await api.call('GET', `${REPOS}?${query}`)).json.map(({ team }: { team: string }) => team);
    expect(await urls('team=red')).toEqual(['red']);
    expect(await urls('status=pending')).toEqual(['blue', 'red']);
    expect(await urls('status=synced')).toEqual([]);
    expect(await urls('team=green')).toEqual([]);
    await api.refused(400, 'GET', `${REPOS}?status=fine`);
    await api.refused(400, 'GET', `${REPOS}?statuss=error`);
    await api.refused(400, 'GET', `${REPOS}?team=red&team=blue`);
  });

  it('goes on in pages by the Link header, and every link is there once', async () => {
    await Promise.all(
      Array.from({ length: 103 }, (_, i) =>
        api.created(REPOS, { ...LINK, repo_url: `https://github.com/acme/r${i}`, provider: 'generic' }),
      ),
    );
    const first = await api.call('GET', `${REPOS}?status=pending`);
    expect(first.json).toHaveLength(100);
    const next =
      /^<https:\/\/kt\.example(\/[^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(next).toContain('status=pending');
    const second = await api.call('GET', next);
    expect(second.headers.get('link')).toBeNull();
    const urls = [...first.json, ...second.json].map(({ repo_url }: Json) => repo_url);
    expect(new Set(urls).size).toBe(103);
  });

  it('takes no cursor but its own', async () => {
    await api.refused(400, 'GET', `${REPOS}?cursor=${encodeURIComponent('not a cursor!')}`);
    const forged = Buffer.from(JSON.stringify({ pk: 'X', sk: 'Y', lsk: 'Z', team: 'default' })).toString(
      'base64url',
    );
    expect([200, 400]).toContain((await api.call('GET', `${REPOS}?cursor=${forged}`)).status);
  });
});

describe('a link that was synced', () => {
  it('shows what it feeds, and what is wrong when something is', async () => {
    const repository = await server.git.createRepository();
    const clone = await repository.clone();
    await clone.push({ 'a.yaml': policy({ id: 'cfg' }) });
    const body = { ...LINK, repo_url: repository.url, provider: 'generic', path: 'a.yaml' };
    const { id } = await api.created(REPOS, body);
    await api.deliver();
    expect((await api.call('GET', `${REPOS}/${id}`)).json).toMatchObject({
      status: 'synced',
      last_sync: '2026-03-01T12:00:00.000Z',
      current_version: expect.stringMatching(/^[0-9a-f]{64}$/),
      configuration_ids: ['cfg'],
      error: null,
    });
    expect((await api.call('GET', `${REPOS}?status=synced`)).json).toHaveLength(1);
    expect((await api.call('GET', '/v1/configurations/cfg')).json).toMatchObject({
      source: 'git',
      git: { link_id: id, path: 'a.yaml' },
      active_version: { number: 1 },
    });

    await clone.push({ 'a.yaml': 'pack: {name: x}\n' });
    expect(await api.call('POST', `${REPOS}/${id}/sync`)).toMatchObject({
      status: 202,
      json: { status: 'pending' },
    });
    await api.deliver();
    const broken = (await api.call('GET', `${REPOS}/${id}`)).json;
    expect(broken).toMatchObject({
      status: 'error',
      configuration_ids: ['cfg'],
      error: {
        class: 'validation',
        message: expect.any(String),
        since: '2026-03-01T12:00:00.000Z',
        next_try: expect.stringMatching(/Z$/),
      },
    });
    expect(broken.error.findings[0]).toMatchObject({ severity: 'error', line: expect.any(Number) });
  });
});

async function credentialOf(id: string) {
  const link = await api.ports.links.find(id);
  return link && api.ports.links.credential(link.sourceId, id);
}

describe('changing a link', () => {
  it('changes the interval, and looks again', async () => {
    const { id } = await api.created(REPOS, LINK);
    const answer = await api.call('PATCH', `${REPOS}/${id}`, { body: { poll_interval_seconds: 300 } });
    expect(answer).toMatchObject({ status: 200, json: { id, poll_interval_seconds: 300 } });
  });

  it('seals a new token, and forgets it for null', async () => {
    const { id } = await api.created(REPOS, LINK);
    api.canaries.push('ghp_canary');
    await api.call('PATCH', `${REPOS}/${id}`, { body: { access_token: 'ghp_canary' } });
    expect(await credentialOf(id)).not.toBeNull();
    expect(JSON.stringify(await api.rows())).not.toContain('ghp_canary');
    await api.refused(400, 'PATCH', `${REPOS}/${id}`, { body: { username: 'bob' } });
    await api.call('PATCH', `${REPOS}/${id}`, { body: { access_token: null } });
    expect(await credentialOf(id)).toBeNull();
  });

  it.each(['repo_url', 'url', 'branch', 'path'])('refuses to change %s: link anew', async (field) => {
    const { id } = await api.created(REPOS, { ...LINK, path: `${Math.random()}.yaml` });
    const error = await api.refused(400, 'PATCH', `${REPOS}/${id}`, { body: { [field]: 'x' } });
    expect(error.message).toBe(`${field}: cannot be changed: delete the link and link anew`);
  });

  it.each([
    {},
    { team: 'red' },
    { poll_interval_seconds: 29 },
    { auto_create_configuration: false },
    { configuration_id: 'nope', auto_create_configuration: false },
  ])('refuses %j', async (body) => {
    const { id } = await api.created(REPOS, { ...LINK, path: `${Math.random()}.yaml` });
    await api.refused(400, 'PATCH', `${REPOS}/${id}`, { body });
  });
});

describe('unlinking', () => {
  it('removes the link and keeps what it fed', async () => {
    const { id } = await api.created(REPOS, LINK);
    expect((await api.call('DELETE', `${REPOS}/${id}`)).status).toBe(204);
    await api.refused(404, 'GET', `${REPOS}/${id}`);
    await api.refused(404, 'DELETE', `${REPOS}/${id}`);
    await api.created(REPOS, LINK);
  });
});

describe('rotating the secret of a webhook', () => {
  it('keeps the old one for a day unless told otherwise', async () => {
    const { id, webhook } = await api.created(REPOS, LINK);
    const { json } = await api.call('POST', `${REPOS}/${id}/hook-secret`);
    expect(json).toEqual({
      webhook: {
        id: webhook.id,
        url: webhook.url,
        provider: 'github',
        secret: expect.stringMatching(/^[0-9a-f]{64}$/),
        old_secret_valid_until: '2026-03-02T12:00:00.000Z',
      },
    });
    expect(json.webhook.secret).not.toBe(webhook.secret);
  });

  it('refuses what looks like a GitLab signing token and could verify nothing', async () => {
    const link = { ...LINK, repo_url: 'https://gitlab.com/acme/policies' };
    const { id } = await api.created(REPOS, link);
    const path = `${REPOS}/${id}/hook-secret`;
    for (const secret of ['whsec_c2hvcnQgb25lIQ==', 'whsec_not base64 at all!'.replaceAll(' ', '-')]) {
      const error = await api.refused(400, 'POST', path, { body: { secret } });
      expect(error.message).toMatch(/^secret: begins with whsec_/);
      expect(JSON.stringify(error)).not.toContain(secret);
    }
    const good = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect((await api.call('POST', path, { body: { secret: good } })).status).toBe(200);
  });

  it('takes a secret that is given, and ends the old one at once for 0', async () => {
    const { id } = await api.created(REPOS, LINK);
    const body = { secret: 'a-secret-of-my-own-making', overlap_seconds: 0 };
    const { json } = await api.call('POST', `${REPOS}/${id}/hook-secret`, { body });
    expect(json.webhook).toMatchObject({ secret: body.secret, old_secret_valid_until: null });
  });

  it.each([
    { overlap_seconds: 7 * 86_400 + 1 },
    { overlap_seconds: -1 },
    { secret: 'short' },
    { secret: 'with a space in it, alas' },
    { other: 1 },
  ])('refuses %j', async (body) => {
    const { id } = await api.created(REPOS, { ...LINK, path: `${Math.random()}.yaml` });
    const error = await api.refused(400, 'POST', `${REPOS}/${id}/hook-secret`, { body });
    expect(error.message).not.toContain('alas');
  });
});

const allEvents = {
  since: new Date('2026-03-01T00:00:00.000Z'),
  configurationId: null,
  team: null,
  type: null,
  gatewayId: null,
  verdict: null,
  limit: 1,
  after: null,
};
