/** A repository that is opened with a deploy key: linked over SSH, pushed to, and its key replaced. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { runKt } from '../support/kt.ts';
import { type KeyPair, newKeyPair, type SshServer, startSshServer } from '../support/ssh-server.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { policy } from '../support/world.ts';

const FILE = 'policy-config.yaml';

let ssh: SshServer;
let stack: TestStack;
let keys: readonly [KeyPair, KeyPair];
beforeAll(async () => {
  [ssh, stack, keys] = await Promise.all([
    startSshServer(),
    startTestStack(),
    Promise.all([newKeyPair(), newKeyPair()]),
  ]);
  await ssh.authorize(keys[0].publicKey);
});
afterAll(() => Promise.all([ssh.close(), stack.close()]));

/** Every line of a key that holds something of the key. */
const linesOf = ({ privateKey }: KeyPair) => privateKey.trim().split('\n').slice(2, -1);

/** A function that starts, and signs in, may take longer than a poll of the stack's own helper waits. */
async function until(path: string, passes: Parameters<TestStack['until']>[1]): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1)
    if (passes((await stack.until(path, passes)).body)) return;
}

const link = async (id: string) => (await stack.call('GET', `/v1/git-repos/${id}`)).body;
const wanted = (id: string) => ({
  path: FILE,
  provider: 'github',
  auto_create_configuration: true,
  ssh_private_key: keys[0].privateKey,
  known_hosts: ssh.knownHosts,
  branch: id,
});

describe('a repository linked with a deploy key', { timeout: 120_000 }, () => {
  it('is synced, follows a signed delivery of its host, and outlives the replacement of its key', async () => {
    const repository = await ssh.createRepository();
    await repository.commit({ [FILE]: policy({ id: 'over-ssh' }) }, { branch: 'one' });
    const made = await stack.call('POST', '/v1/git-repos', { ...wanted('one'), repo_url: repository.url });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      repo_url: repository.url,
      deploy_key: {
        fingerprint: expect.stringMatching(/^SHA256:/),
        host_keys: [expect.stringMatching(/^SHA256:/)],
      },
    });
    const { id, webhook } = made.body;
    await until(`/v1/git-repos/${id}`, ({ status }) => status === 'synced');

    // The host names the repository by its own URLs in a delivery: what counts are the hook and the signature.
    const push = async (limit: number) => {
      const after = await repository.commit({ [FILE]: policy({ id: 'over-ssh', limit }) }, { branch: 'one' });
      const repositoryUrl = 'https://github.com/acme/policies';
      const delivery = signedDelivery('github', webhook.secret, { branch: 'one', after, repositoryUrl });
      expect((await stack.deliver(webhook.url, delivery)).status).toBe(202);
      return after;
    };
    const versions = '/v1/configurations/over-ssh/versions';
    const second = await push(200);
    await until(versions, (list) => list[0]?.commit === second);

    await ssh.revokeAll();
    ssh.hangUp();
    await push(300);
    await until(`/v1/git-repos/${id}`, ({ status }) => status === 'error');
    expect((await link(id)).error).toMatchObject({
      class: 'auth',
      message: expect.stringContaining('refused the deploy key'),
    });

    const key = keyOf.credential(id);
    const Key = { pk: { S: key.pk }, sk: { S: key.sk } };
    const at = { TableName: stack.table };
    const old = await stack.clients.dynamodb.send(new GetItemCommand({ ...at, Key }));
    await ssh.authorize(keys[1].publicKey);
    const patch = { ssh_private_key: keys[1].privateKey };
    const patched = await stack.call('PATCH', `/v1/git-repos/${id}`, patch);
    expect(patched.status).toBe(200);
    expect(patched.body.deploy_key.fingerprint).not.toBe(made.body.deploy_key.fingerprint);
    await until(`/v1/git-repos/${id}`, ({ status }) => status === 'synced');
    expect((await stack.call('GET', versions)).body).toHaveLength(3);

    // The ciphertext of the first key, put back by whoever can write the table.
    await stack.clients.dynamodb.send(new PutItemCommand({ ...at, Item: old.Item ?? {} }));
    ssh.hangUp();
    await push(400);
    await until(`/v1/git-repos/${id}`, ({ status }) => status === 'error');
    expect((await link(id)).error).toMatchObject({
      class: 'auth',
      message: expect.stringContaining('cannot be opened'),
    });
    expect((await stack.call('GET', versions)).body).toHaveLength(3);
  });

  it('shows a host that changed its key as an error for people, until they confirm the new one', async () => {
    const repository = await ssh.createRepository();
    await repository.commit({ [FILE]: policy({ id: 'host-key' }) }, { branch: 'two' });
    const impostor = (await newKeyPair()).publicKey.split(' ').slice(0, 2).join(' ');
    const body = { ...wanted('two'), ssh_private_key: keys[1].privateKey, repo_url: repository.url };
    const known_hosts = `[127.0.0.1]:${ssh.port} ${impostor}\n`;
    const made = await stack.call('POST', '/v1/git-repos', { ...body, known_hosts });
    await until(`/v1/git-repos/${made.body.id}`, ({ status }) => status === 'error');
    expect((await link(made.body.id)).error).toMatchObject({
      class: 'auth',
      message: expect.stringMatching(/showed the host key SHA256:/),
    });
    // No key is asked for again: host keys are no secret.
    const patched = await stack.call('PATCH', `/v1/git-repos/${made.body.id}`, {
      known_hosts: ssh.knownHosts,
    });
    expect(patched.status).toBe(200);
    await until(`/v1/git-repos/${made.body.id}`, ({ status }) => status === 'synced');
  });

  it('is linked by kt, which reads the key from a file and shows what the host is known by', async () => {
    const repository = await ssh.createRepository();
    await repository.commit({ [FILE]: policy({ id: 'by-kt' }) });
    const folder = await mkdtemp(join(tmpdir(), 'kt-cli-ssh-'));
    try {
      await writeFile(join(folder, 'deploy-key'), keys[1].privateKey);
      await writeFile(join(folder, 'known_hosts'), ssh.knownHosts);
      const { hostname, pathname, port, username } = new URL(repository.url);
      const env = { KEEPTRUSTS_API_URL: stack.url, KEEPTRUSTS_API_TOKEN: stack.adminToken };
      const args = [
        'repo',
        'link',
        '--repo-url',
        `ssh://${username}@${hostname}:${port}${pathname}`,
        '--path',
        FILE,
      ];
      const files = ['--ssh-key', 'deploy-key', '--known-hosts', 'known_hosts'];
      const linked = await runKt([...args, ...files, '--auto-create-configuration', '--wait'], {
        env,
        cwd: folder,
      });
      expect(linked.stderr).toBe('');
      expect(linked.code).toBe(0);
      expect(linked.stdout).toMatch(/deploy key +SHA256:\S{43}\nhost keys +SHA256:\S{43}\n/);
      const typed = await runKt([...args, '--ssh-key', keys[1].privateKey], { env, cwd: folder });
      expect(typed.code).toBe(2);
      for (const line of linesOf(keys[1]))
        expect(typed.stdout + typed.stderr + linked.stdout).not.toContain(line);
      const absent = await runKt([...args, '--ssh-key', 'no-such-file'], { env, cwd: folder });
      expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining('--ssh-key') });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('leaves no line of a key in a row, a log line, an answer or a file', async () => {
    const { Items = [] } = await stack.clients.dynamodb.send(new ScanCommand({ TableName: stack.table }));
    const bytes = (value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
    const answers = await Promise.all(
      ['/v1/git-repos', '/v1/events?limit=500', '/metrics'].map((path) => stack.call('GET', path)),
    );
    const files = readdirSync(stack.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const texts = [
      ...Items.map((item) => JSON.stringify(item, (_, value) => bytes(value))),
      ...stack.lines,
      ...answers.map(({ body }) => JSON.stringify(body)),
      ...files,
    ];
    expect(texts.length).toBeGreaterThan(50);
    for (const line of keys.flatMap(linesOf)) {
      const forms = [line, Buffer.from(line).toString('base64').slice(4, -4)];
      for (const form of forms) expect(texts.find((text) => text.includes(form))).toBe(undefined);
    }
    expect(texts.some((text) => text.includes('SHA256:'))).toBe(true);
  });
});
