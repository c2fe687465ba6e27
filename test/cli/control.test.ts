/** The control plane from the command line: links, configurations, versions, holds, gateways and tokens, on a running stack. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Loop, startLoop } from '../e2e/loop.ts';
import { type KtOptions, runKt } from '../support/kt.ts';
import { policy } from '../support/world.ts';

const FILE = 'policy-config.yaml';
const GIT_TOKEN = 'git-canary-f00d';

let loop: Loop;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-control-'));
  loop = await startLoop();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await loop.close();
});

/** With the local stack's own settings. Nothing that `kt` writes may hold the admin token, or the token of a repository. */
async function kt(args: readonly string[], options: KtOptions = {}) {
  const env = { KT_DATA_DIR: loop.stack.dataDir, ...options.env };
  const result = await runKt(args, { ...options, env });
  const secret = loop.stack.adminToken.split('_').at(-1) ?? '';
  for (const canary of [secret, GIT_TOKEN]) expect(result.stdout + result.stderr).not.toContain(canary);
  return result;
}

async function ktJson(args: readonly string[], options: KtOptions = {}) {
  const { code, stdout, stderr } = await kt([...args, '--json'], options);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

const lastPart = (stdout: string, name: string) =>
  new RegExp(`^${name} +(.*)$`, 'm').exec(stdout)?.[1] ?? `no ${name} in ${stdout}`;

describe('kt repo', () => {
  it('links a file, waits until it is synced, and shows the secret of its webhook once', async () => {
    const repository = await loop.git.createRepository({
      files: { [FILE]: policy({ id: 'linked' }) },
      access: { kind: 'basic', password: GIT_TOKEN },
    });
    const made = await kt(
      [
        'repo',
        'link',
        '--repo-url',
        repository.url,
        '--path',
        FILE,
        '--provider',
        'gitea',
        '--username',
        'bot',
        '--auto-create-configuration',
        '--access-token-stdin',
        '--wait',
      ],
      { stdin: `${GIT_TOKEN}\n` },
    );
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toContain('The secret is shown once');
    expect(lastPart(made.stdout, 'status')).toBe('synced');
    expect(lastPart(made.stdout, 'configurations')).toBe('linked');
    expect(lastPart(made.stdout, 'hook url')).toMatch(/\/v1\/hooks\//);
    const secret = lastPart(made.stdout, 'hook secret');
    expect(secret.length).toBeGreaterThanOrEqual(16);
    const id = lastPart(made.stdout, 'id');

    for (const ask of [
      ['repo', 'get', id],
      ['repo', 'get', '--id', id, '--json'],
      ['repo', 'list'],
    ]) {
      const shown = await kt(ask);
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toContain(repository.url);
      expect(shown.stdout).not.toContain(secret);
    }
    expect(await ktJson(['repo', 'list', '--status', 'synced'])).toEqual(
      (await loop.stack.call('GET', '/v1/git-repos?status=synced')).body,
    );

    const rotated = await kt(['repo', 'rotate-hook-secret', id, '--overlap-seconds', '60']);
    expect(rotated.code).toBe(0);
    expect(lastPart(rotated.stdout, 'hook secret')).not.toBe(secret);
    expect(rotated.stderr).toContain('The old secret is good until');
    const given = await ktJson(['repo', 'rotate-hook-secret', id, '--secret-stdin'], {
      stdin: 'a-secret-of-mine-17',
    });
    expect(given.webhook.secret).toBe('a-secret-of-mine-17');

    const asked = await kt(['repo', 'unlink', id]);
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toContain('nobody is there to ask: say --yes');
    expect(await kt(['repo', 'unlink', id, '--yes'])).toMatchObject({ code: 0, stderr: '' });
    expect(await kt(['repo', 'get', id])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'kt repo get: there is no such link\n',
    });
  });

  it('answers no, with the findings, when what it waits for is an error, and again after a push that does not help', async () => {
    const broken = policy({ id: 'broken' }).replace('chain: [spend-limit]', 'chain: [spend-limt]');
    const repository = await loop.git.createRepository({ files: { [FILE]: broken } });
    const link = [
      'repo',
      'link',
      '--repo-url',
      repository.url,
      '--path',
      FILE,
      '--auto-create-configuration',
    ];
    const made = await kt([...link, '--wait', '--json']);
    expect(made.code).toBe(1);
    expect(made.stderr).toContain('not synced (validation)');
    expect(made.stderr).toMatch(
      /error\[E001\]: .*\n {2}--> 7:11 policies\.chain\[0\]\n {2}help: did you mean/,
    );
    const { id, status } = JSON.parse(made.stdout);
    expect(status).toBe('error');

    const again = await kt(['repo', 'sync', id, '--wait']);
    expect(again.code).toBe(1);
    expect(lastPart(again.stdout, 'error')).toContain('validation');
    await repository.commit({ [FILE]: policy({ id: 'broken' }) });
    const mended = await ktJson(['repo', 'sync', '--id', id, '--wait']);
    expect(mended).toMatchObject({ status: 'synced', error: null, configuration_ids: ['broken'] });
    expect(await kt(['repo', 'sync', id])).toMatchObject({
      code: 0,
      stdout: `${id} will be looked at now.\n`,
    });
  });

  it('cannot tell when it is not synced in time', async () => {
    const repository = await loop.git.createRepository({ files: { [FILE]: policy({ id: 'slow' }) } });
    loop.git.inject({ kind: 'hang' }, ({ repository: name }) => name === repository.name, 1);
    const link = ['config', 'git-link', '--repo-url', repository.url, '--path', FILE, '--auto-sync'];
    const made = await kt([...link, '--wait', '--timeout', '1']);
    expect(made.code).toBe(2);
    expect(made.stderr).toContain('--auto-sync means nothing here');
    expect(made.stderr).toContain('not synced within 1 s');
  });

  it.each<[string, string[], Record<string, string>, number, string]>([
    ['nothing feeds', [], {}, 1, 'configuration_id: is required unless auto_create_configuration is true'],
    ['the token is in two places', ['--access-token-stdin', '--access-token-env', 'X'], {}, 2, 'not both'],
    ['the variable is not set', ['--access-token-env', 'NOT_SET'], {}, 2, 'the variable NOT_SET is not set'],
    [
      'the token stands for the variable',
      ['--access-token-env', `x-${GIT_TOKEN}`],
      {},
      2,
      'give the name of an environment variable',
    ],
    ['there is nothing on standard input', ['--access-token-stdin'], {}, 2, 'standard input is empty'],
    ['the token is a flag', ['--access-token', GIT_TOKEN], {}, 2, "unknown option '--access-token'"],
  ])('refuses to link when %s', async (_, more, env, code, message) => {
    const link = ['repo', 'link', '--repo-url', 'http://127.0.0.1:9/x.git', '--path', FILE, ...more];
    const refused = await kt(link, { env });
    expect(refused.stderr).toContain(message);
    expect(refused).toMatchObject({ code, stdout: '' });
  });

  it('reads the token of a repository from a variable', async () => {
    const repository = await loop.git.createRepository({
      files: { [FILE]: policy({ id: 'by-variable' }) },
      access: { kind: 'basic', password: GIT_TOKEN },
    });
    const link = [
      'repo',
      'link',
      '--repo-url',
      repository.url,
      '--path',
      FILE,
      '--auto-create-configuration',
      '--wait',
    ];
    const made = await ktJson([...link, '--access-token-env', 'GIT_TOKEN'], { env: { GIT_TOKEN } });
    expect(made).toMatchObject({ status: 'synced', webhook: null });
  });
});

describe('kt configuration, version and hold', () => {
  it('show what was published, put an older version in force, hold it, and let it go', async () => {
    const linked = await loop.linked('held');
    await linked.push(250);
    expect(await kt(['repo', 'sync', linked.linkId, '--wait'])).toMatchObject({ code: 0 });

    expect(await ktJson(['configuration', 'list'])).toEqual(
      (await loop.stack.call('GET', '/v1/configurations')).body,
    );
    const list = await kt(['configuration', 'list']);
    expect(list.stdout).toMatch(/^held +payments +git +2 +2 /m);
    expect(await ktJson(['configuration', 'get', 'held'])).toMatchObject({ id: 'held', source: 'git' });
    expect(lastPart((await kt(['configuration', 'get', '--id', 'held'])).stdout, 'active')).toMatch(
      /^version 2 /,
    );

    const versions = await ktJson(['version', 'list', 'held']);
    expect(versions).toEqual(await linked.versions());
    expect(await ktJson(['version', 'list', 'held', '--limit', '1'])).toEqual(versions.slice(0, 1));
    expect((await kt(['version', 'list', 'held'])).stdout).toMatch(/^2 +active +1\.0\.0 /m);
    expect(await ktJson(['version', 'get', 'held', '1'])).toEqual(versions[1]);
    expect(await kt(['version', 'get', 'held', '1', '--content'])).toEqual({
      code: 0,
      stdout: policy({ id: 'held' }),
      stderr: '',
    });

    const activate = ['version', 'activate', 'held', '1', '--reason', 'too expensive'];
    const activated = await kt([...activate, '--hold-minutes', '30']);
    expect(activated).toMatchObject({ code: 0, stderr: '' });
    expect(lastPart(activated.stdout, 'hold')).toMatch(/^until .*: too expensive \(token:/);
    expect((await kt(['hold', 'list'])).stdout).toMatch(/^held +1 +2.*too expensive$/m);
    expect((await ktJson(['hold', 'list'])).data.map(({ id }: { id: string }) => id)).toEqual(['held']);

    const differs = await kt(['version', 'diff', 'held', '1', '2']);
    expect(differs).toMatchObject({ code: 1, stderr: '' });
    expect(differs.stdout).toMatch(
      /^~ policy\.spend-limit\.max_daily_usd {2}loosens\n {4}before {2}100\n {4}after {3}250\n/,
    );
    expect(await kt(['version', 'diff', 'held', '2', '2'])).toEqual({
      code: 0,
      stdout: 'no differences\n',
      stderr: '',
    });
    const asJson = await kt(['version', 'diff', 'held', '2', '1', '--json']);
    expect(asJson.code).toBe(1);
    const { body } = await loop.stack.call('GET', '/v1/configurations/held/versions/1/diff?from=2');
    expect(JSON.parse(asJson.stdout)).toEqual(body);
    expect(body.changes[0].effect).toBe('tightens');

    expect(await kt(['hold', 'release', 'held'])).toEqual({
      code: 0,
      stdout: 'The hold of held is lifted: git takes over.\n',
      stderr: '',
    });
    expect(await kt(['hold', 'release', 'held'])).toMatchObject({
      code: 1,
      stderr: 'kt hold release: there is no such hold\n',
    });
    expect(await kt(['hold', 'list'])).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is held.\n' });
    expect(await kt(['version', 'activate', 'held', '9'])).toMatchObject({
      code: 1,
      stderr: 'kt version activate: there is no such version\n',
    });
    const both = await kt([...activate, '--hold-minutes', '5', '--hold-until', '2099-01-01T00:00:00Z']);
    expect(both).toMatchObject({ code: 2, stdout: '' });
    expect(both.stderr).toContain('cannot be used with');
  });

  it('warn that git overrides what is not held', async () => {
    const linked = await loop.linked('unheld');
    await linked.push(250);
    await ktJson(['repo', 'sync', linked.linkId, '--wait']);
    const activated = await kt(['version', 'activate', 'unheld', '1']);
    expect(activated.code).toBe(0);
    expect(activated.stderr).toContain('Git feeds this configuration and overrides this at its next sync');
  });
});

describe('kt gateway', () => {
  it('registers a gateway, whose token is shown once and works, shows, reloads and deletes it', async () => {
    const linked = await loop.linked('gated');
    const key = join(folder, 'gateway.pem');
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(key, publicKey.export({ type: 'spki', format: 'pem' }));
    const create = [
      'gateway',
      'create',
      '--name',
      'edge 1',
      '--description',
      'the first',
      '--label',
      'region=eu',
      '--label',
      'tier=1',
      '--configuration-id',
      'gated',
      '--public-key',
      key,
    ];
    const made = await kt(create);
    expect(made.code, made.stderr).toBe(0);
    const token = lastPart(made.stdout, 'token');
    const id = lastPart(made.stdout, 'id');
    const own = await kt(['auth', 'whoami', '--json'], { env: { KEEPTRUSTS_API_TOKEN: token } });
    expect(JSON.parse(own.stdout)).toMatchObject({ gateway_id: id });

    const shown = await ktJson(['gateway', 'inspect', id]);
    expect(shown).toMatchObject({
      name: 'edge 1',
      labels: { region: 'eu', tier: '1', description: 'the first' },
    });
    expect(shown.public_key).toContain('BEGIN PUBLIC KEY');
    expect((await kt(['proxy', 'inspect', '--id', id])).stdout).toMatch(/^label region +eu$/m);
    const list = await kt(['gateway', 'list']);
    expect(list.stdout).toMatch(new RegExp(`^${id} +edge 1 +default +gated `, 'm'));
    expect(list.stdout).not.toContain(token);
    expect(await ktJson(['gateway', 'list'])).toEqual((await loop.stack.call('GET', '/v1/gateways')).body);

    const reloaded = await kt(['gateway', 'reload', '--id', id]);
    expect(reloaded, reloaded.stderr).toMatchObject({
      code: 0,
      stdout: `${id} was sent sequence 1 once more.\n`,
    });
    expect(await loop.stack.nextReload(shown.queue_url)).toMatchObject({
      manifest: { configuration_id: 'gated' },
    });
    expect(linked.id).toBe('gated');

    expect(await kt(['gateway', 'delete', id])).toMatchObject({ code: 2, stdout: '' });
    expect(await kt(['gateway', 'delete', id, '--yes'])).toMatchObject({
      code: 0,
      stdout: `${id} is deleted.\n`,
    });
    expect(await kt(['gateway', 'inspect', id])).toMatchObject({
      code: 1,
      stderr: 'kt gateway inspect: there is no such gateway\n',
    });

    const secret = join(folder, 'private.pem');
    writeFileSync(secret, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const refused = await kt(['gateway', 'create', '--name', 'x', '--public-key', secret]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('holds a private key; nothing was sent');
  });

  it('is compared with a local document: 0 when both enforce the same, 1 when not', async () => {
    const { gateway, id } = await loop.linked('compared');
    const file = join(folder, 'compared.yaml');
    const diff = ['gateway', 'diff', '--id', gateway.id, '--file', file];
    writeFileSync(file, policy({ id }));
    expect(await kt(diff)).toEqual({ code: 0, stdout: 'no differences\n', stderr: '' });
    writeFileSync(file, `# a note\n${policy({ id })}`);
    expect(await kt(diff)).toMatchObject({ code: 0, stderr: expect.stringContaining('The bytes differ') });
    const piped = await kt(['gateway', 'diff', gateway.id, '--file', '-'], {
      stdin: policy({ id, limit: 7 }),
    });
    expect(piped).toMatchObject({ code: 1, stderr: '' });
    expect(piped.stdout).toMatch(/^~ policy\.spend-limit\.max_daily_usd {2}tightens$/m);
    writeFileSync(file, policy({ id, limit: 7 }));
    const asJson = await kt([...diff, '--json']);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      gateway_id: gateway.id,
      from: { configuration_id: 'compared', number: 1 },
      changes: [{ path: 'policy.spend-limit.max_daily_usd', before: 100, after: 7, effect: 'tightens' }],
    });
    const missing = await kt(['gateway', 'diff', gateway.id, '--file', join(folder, 'none.yaml')]);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('none.yaml cannot be read: there is no such file');
    const unbound = await ktJson(['gateway', 'create', '--name', 'unbound']);
    expect(await kt(['gateway', 'diff', unbound.id, '--file', file])).toMatchObject({
      code: 1,
      stderr: 'kt gateway diff: the gateway is not bound to a configuration\n',
    });
  });

  it('is named by one id', async () => {
    expect((await kt(['gateway', 'inspect'])).stderr).toContain('which gateway? Give its id');
    const two = await kt(['gateway', 'inspect', 'a', '--id', 'b']);
    expect(two).toMatchObject({ code: 2, stdout: '' });
    expect((await kt(['gateway', 'create', '--name', 'x', '--label', 'nothing'])).stderr).toContain(
      'name=value',
    );
  });
});

describe('kt auth', () => {
  it('makes a token that stands alone on standard output, lists it without its secret, and revokes it', async () => {
    const create = [
      'auth',
      'token',
      'create',
      '--name',
      'ci',
      '--scope',
      'team',
      '--role-id',
      'role_configurations_writer',
      '--team',
      'payments',
      '--expires-in-days',
      '7',
    ];
    const made = await kt(create);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toMatch(/^kt_live_[0-9a-z]{16}_[0-9a-z]{52}\n$/);
    const token = made.stdout.trim();
    const [, , id = '', secret = ''] = token.split('_');
    expect(made.stderr).toContain(`Token ${id} was made; it is good until`);
    expect(made.stderr).not.toContain(secret);

    const me = await kt(['auth', 'whoami'], { env: { KEEPTRUSTS_API_TOKEN: token } });
    expect(me).toMatchObject({ code: 0, stderr: '' });
    expect(lastPart(me.stdout, 'acts for')).toBe('the team payments');
    expect(me.stdout).not.toContain(secret);
    const forbidden = await kt(['gateway', 'create', '--name', 'x'], {
      env: { KEEPTRUSTS_API_TOKEN: token },
    });
    expect(forbidden).toMatchObject({ code: 2, stdout: '' });
    expect(forbidden.stderr).toBe(
      'kt gateway create: the token lacks the permission gateways:write\nThe token comes from KEEPTRUSTS_API_TOKEN.\n',
    );

    const list = await kt(['auth', 'token', 'list']);
    expect(list.stdout).toMatch(new RegExp(`^${id} +ci +configurations_writer +payments `, 'm'));
    expect(list.stdout).not.toContain(secret);
    expect((await ktJson(['auth', 'token', 'list'])).data.map((one: { id: string }) => one.id)).toContain(id);

    // The whole token, pasted: its secret part goes nowhere.
    expect(await kt(['auth', 'token', 'revoke', '--token-id', token])).toMatchObject({
      code: 0,
      stdout: `${id} is revoked.\n`,
    });
    expect(await kt(['auth', 'token', 'revoke', id])).toMatchObject({ code: 1, stdout: '' });
    const revoked = await kt(['auth', 'whoami'], { env: { KEEPTRUSTS_API_TOKEN: token } });
    expect(revoked).toMatchObject({ code: 2, stdout: '' });
    expect(revoked.stderr).toContain('the token is not valid\nThe token comes from KEEPTRUSTS_API_TOKEN.');
  });

  it('lists permissions as a scope, as one of the guides does', async () => {
    const create = [
      'auth',
      'token',
      'create',
      '--name',
      'ci',
      '--scope',
      'configurations:write,gateways:read',
    ];
    const made = await ktJson(create);
    expect(made).toMatchObject({ role: null, permissions: ['configurations:write', 'gateways:read'] });
    const wrong = await kt(['auth', 'token', 'create', '--name', 'ci', '--role', 'emperor']);
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('role: is one of configurations_reader');
  });

  it('does not know passwords, nor shows one', async () => {
    const { code, stdout, stderr } = await kt([
      'auth',
      'login',
      '--email',
      'a@b.test',
      '--password',
      'hunter2',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('there is no login: this API knows tokens only');
    expect(stderr).not.toContain('hunter2');
  });
});
