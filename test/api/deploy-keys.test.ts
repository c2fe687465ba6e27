/** Links that are read over SSH: what opens them is taken, judged, sealed and never given back. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { type KeyPair, newKeyPair } from '../support/ssh-server.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
let keys: readonly [KeyPair, KeyPair];
let encrypted: KeyPair;
beforeAll(async () => {
  [server, keys, encrypted] = await Promise.all([
    startApi(),
    Promise.all([newKeyPair(), newKeyPair('-t', 'ecdsa')]),
    newKeyPair('-t', 'ed25519', '-N', 'hunter2'),
  ]);
});
afterAll(() => server.close());
beforeEach(async () => {
  api = await server.fresh();
  api.canaries.push(...keys.flatMap(({ privateKey }) => privateKey.trim().split('\n').slice(2, -1)));
});

const REPOS = '/v1/git-repos';
const wish = (more: Readonly<Record<string, unknown>> = {}) => ({
  repo_url: 'git@github.com:acme/policies.git',
  path: 'policy-config.yaml',
  auto_create_configuration: true,
  ssh_private_key: keys[0].privateKey,
  ...more,
});
const lineFor = (host: string, pair: KeyPair) => `${host} ${pair.publicKey}`;
const GITHUB = [
  'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
  'SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
  'SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s',
];

describe('linking over SSH', () => {
  it('stores one address for both forms, infers the provider, and shows fingerprints only', async () => {
    const link = await api.created(REPOS, wish());
    expect(link).toMatchObject({
      repo_url: 'ssh://git@github.com/acme/policies.git',
      provider: 'github',
      deploy_key: { fingerprint: expect.stringMatching(/^SHA256:\S{43}$/), host_keys: GITHUB },
    });
    const again = { body: wish({ repo_url: 'ssh://git@GitHub.com/acme/policies.git' }) };
    expect((await api.refused(409, 'POST', REPOS, again)).code).toBe('linked_already');
    const rows = JSON.stringify(await api.rows());
    for (const canary of api.canaries) expect(rows).not.toContain(canary);
    expect(JSON.stringify((await api.call('GET', REPOS)).json)).not.toContain('PRIVATE');
  });

  it('needs the keys of a host that is not well known, and of a well-known one on another port', async () => {
    for (const host of ['git.example.com', '[github.com]:2222']) {
      const repo_url = host.startsWith('[')
        ? 'ssh://git@github.com:2222/acme/policies.git'
        : 'git@git.example.com:acme/policies.git';
      const error = await api.refused(400, 'POST', REPOS, { body: wish({ repo_url }) });
      expect(error.details).toEqual([{ field: 'known_hosts', message: expect.stringContaining(host) }]);
      const known_hosts = lineFor(host, keys[1]);
      const link = await api.created(REPOS, wish({ repo_url, known_hosts }));
      expect(link['deploy_key'].host_keys).toEqual([expect.stringMatching(/^SHA256:\S{43}$/)]);
    }
  });

  it('shares a source with who has the same key and believes the same host keys, and with nobody else', async () => {
    const paths = ['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml'];
    const others = [
      {},
      {},
      { ssh_private_key: keys[1].privateKey },
      { known_hosts: lineFor('github.com', keys[1]) },
    ];
    const sources = [];
    for (const [index, path] of paths.entries()) {
      const { id } = await api.created(REPOS, wish({ path, ...others[index] }));
      sources.push((await api.ports.links.find(id))?.sourceId);
    }
    expect(sources[1]).toBe(sources[0]);
    expect(new Set(sources).size).toBe(3);
  });

  const refused = (): readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] => [
    ['ssh_private_key', { ssh_private_key: undefined }, /required/],
    ['ssh_private_key', { ssh_private_key: 'hunter2' }, /not a private key as ssh-keygen writes it/],
    ['ssh_private_key', { ssh_private_key: keys[0].publicKey }, /public key/],
    ['ssh_private_key', { ssh_private_key: encrypted.privateKey }, /passphrase/],
    ['ssh_private_key', { ssh_private_key: 'x'.repeat(20_000) }, /./],
    ['ssh_private_key', { ssh_private_key: 7 }, /./],
    ['known_hosts', { known_hosts: 'git.example.com ssh-ed25519 AAAA' }, /no line for github.com/],
    ['known_hosts', { known_hosts: `@revoked ${lineFor('github.com', keys[1])}` }, /marker/],
    ['access_token', { access_token: 'ghp_hunter2' }, /ssh_private_key/],
    ['username', { username: 'hunter2' }, /ssh_private_key/],
    ['ssh_private_key', { repo_url: 'https://github.com/acme/policies' }, /SSH addresses/],
    [
      'known_hosts',
      { repo_url: 'https://github.com/acme/policies', ssh_private_key: undefined, known_hosts: 'x' },
      /SSH addresses/,
    ],
    ['repo_url', { repo_url: 'ssh://git@10.0.0.1/a/b' }, /private or reserved/],
    ['repo_url', { repo_url: 'git@[::1]:a/b' }, /private or reserved/],
    ['repo_url', { repo_url: 'ssh://git:hunter2@github.com/a/b' }, /password/],
    ['repo_url', { repo_url: 'ssh://-oProxyCommand=hunter2/a' }, /host name/],
  ];
  it('refuses what is not a key, is for something else, or goes where it must not, and repeats nothing of it', async () => {
    for (const [field, more, why] of refused()) {
      const error = await api.refused(400, 'POST', REPOS, { body: wish(more) });
      expect(error.details[0], JSON.stringify(Object.keys(more))).toMatchObject({ field });
      expect(error.details[0].message).toMatch(why);
      expect(JSON.stringify(error)).not.toContain('hunter2');
    }
  });
});

describe('replacing a deploy key', () => {
  it('seals the new one, shows its fingerprint, and moves the link to another source', async () => {
    const { id, deploy_key } = await api.created(REPOS, wish());
    const before = await api.ports.links.find(id);
    const answer = await api.call('PATCH', `${REPOS}/${id}`, {
      body: { ssh_private_key: keys[1].privateKey },
    });
    expect(answer.status).toBe(200);
    expect(answer.json.deploy_key.fingerprint).not.toBe(deploy_key.fingerprint);
    expect(answer.json.deploy_key.host_keys).toEqual(GITHUB);
    const after = await api.ports.links.find(id);
    expect(after?.sourceId).not.toBe(before?.sourceId);
    expect(after?.credentialGeneration).toBe((before?.credentialGeneration ?? 0) + 1);
  });

  it('is not needed to change the host keys, which can be given up for the published ones', async () => {
    const { id, deploy_key } = await api.created(
      REPOS,
      wish({ known_hosts: lineFor('github.com', keys[1]) }),
    );
    expect(deploy_key.host_keys).toHaveLength(1);
    const answer = await api.call('PATCH', `${REPOS}/${id}`, { body: { known_hosts: null } });
    expect(answer.json.deploy_key).toEqual({ fingerprint: deploy_key.fingerprint, host_keys: GITHUB });
    const other = wish({
      repo_url: 'git@git.example.com:a/b',
      known_hosts: lineFor('git.example.com', keys[1]),
    });
    const elsewhere = await api.created(REPOS, other);
    await api.refused(400, 'PATCH', `${REPOS}/${elsewhere['id']}`, { body: { known_hosts: null } });
  });

  it('takes nothing that is for https, and an https link takes nothing that is for SSH', async () => {
    const { id } = await api.created(REPOS, wish());
    for (const body of [{ access_token: 'ghp_x' }, { access_token: null }, { username: 'bob' }])
      await api.refused(400, 'PATCH', `${REPOS}/${id}`, { body });
    await api.refused(400, 'PATCH', `${REPOS}/${id}`, { body: { ssh_private_key: null } });
    await api.refused(400, 'PATCH', `${REPOS}/${id}`, { body: { ssh_private_key: 'hunter2' } });
    const web = wish({ repo_url: 'https://github.com/acme/other', ssh_private_key: undefined });
    const link = await api.created(REPOS, web);
    for (const body of [{ ssh_private_key: keys[0].privateKey }, { known_hosts: 'x' }, { known_hosts: null }])
      await api.refused(400, 'PATCH', `${REPOS}/${link['id']}`, { body });
  });
});
