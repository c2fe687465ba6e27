/** A push, from each kind of git host, to a reload in the queue of every bound gateway. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HookProvider } from '../../lib/domain/provider.ts';
import { manifestBytes, type ReloadMessage } from '../../lib/domain/reload.ts';
import { signedDelivery, signingToken } from '../support/deliveries.ts';
import { type Access, type GitServer, startGitServer } from '../support/git-server.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { policy } from '../support/world.ts';

let git: GitServer;
let stack: TestStack;
beforeAll(async () => {
  [git, stack] = await Promise.all([startGitServer(), startTestStack()]);
});
afterAll(() => Promise.all([git.close(), stack.close()]));

const FILE = 'policies/policy-config.yaml';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const basic = (access: { username?: string; password: string }) =>
  `Basic ${Buffer.from(`${access.username}:${access.password}`).toString('base64')}`;

/** How each host expects the token of a private repository. */
const HOSTS: readonly (readonly [string, HookProvider, Access & { kind: 'basic' }])[] = [
  ['GitHub', 'github', { kind: 'basic', username: 'x-access-token', password: 'ghp_canary1' }],
  ['GitLab with a token', 'gitlab', { kind: 'basic', username: 'oauth2', password: 'glpat-canary2' }],
  ['GitLab with a signing token', 'gitlab', { kind: 'basic', username: 'oauth2', password: 'glpat-canary3' }],
  ['Bitbucket Cloud', 'bitbucket', { kind: 'basic', username: 'x-token-auth', password: 'ATCTT-canary4' }],
  ['Gitea', 'gitea', { kind: 'basic', username: 'oauth2', password: 'gta-canary5' }],
];

/** Registered when all that went before was announced, so that what it is told is about what comes. */
async function gateway(configurationId: string): Promise<string> {
  const announced = `/v1/events?since=1h&type=version.announced&configuration_id=${configurationId}`;
  await stack.until(announced, ({ data }) => data.length > 0);

  const { status, body } = await stack.call('POST', '/v1/gateways', {
    name: 'gw',
    configuration_id: configurationId,
  });
  expect(status).toBe(201);
  return body.queue_url;
}

async function isSigned(message: ReloadMessage): Promise<boolean> {
  const { body } = await stack.call('GET', '/v1/keys');
  const jwk = body.keys.find(({ kid }: { kid: string }) => kid === message.signature.kid);
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const signature = Buffer.from(message.signature.value, 'base64url');
  return verify('sha256', manifestBytes(message.manifest), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

describe.each(HOSTS)('a push to %s', (host, provider, access) => {
  it('becomes a signed version and one reload for each bound gateway, once', async () => {
    const id = `e2e-${host.toLowerCase().replaceAll(' ', '-')}`;
    const repository = await git.createRepository({ access });
    const clone = await repository.clone({ authorization: basic(access) });
    await clone.push({ [FILE]: policy({ id }) });

    const linked = await stack.call('POST', '/v1/git-repos', {
      repo_url: repository.url,
      path: FILE,
      provider,
      access_token: access.password,
      auto_create_configuration: true,
    });
    expect(linked.status).toBe(201);
    expect(linked.body).toMatchObject({
      status: 'pending',
      last_sync: null,
      current_version: null,
      error: null,
    });
    const { id: linkId, webhook } = linked.body;
    await stack.until(`/v1/git-repos/${linkId}`, ({ status }) => status === 'synced');
    const queues = [await gateway(id), await gateway(id)];
    await stack.call('POST', '/v1/configurations', {
      id: `other-${id}`,
      name: 'other',
      policy_yaml: policy(),
    });
    const otherQueue = await gateway(`other-${id}`);

    let secret: string = webhook.secret;
    if (host.includes('signing')) {
      secret = signingToken(id);
      await stack.call('POST', `/v1/git-repos/${linkId}/hook-secret`, { secret, overlap_seconds: 0 });
    }
    const content = policy({ id, limit: 250, version: '1.1.0' });
    const after = await clone.push({ [FILE]: content }, { message: 'Raise the limit' });
    const delivery = signedDelivery(provider, secret, {
      branch: 'main',
      after,
      repositoryUrl: repository.url,
    });
    expect(await stack.deliver(webhook.url, delivery)).toMatchObject({
      status: 202,
      body: { status: 'queued' },
    });

    for (const queue of queues) {
      const reload = await stack.nextReload(queue);
      expect(reload).toMatchObject({
        type: 'reload',
        manifest: { configuration_id: id, number: 2, content_hash: sha256(content), commit: after },
      });
      expect(reload && (await isSigned(reload))).toBe(true);
    }
    const versions = await stack.call('GET', `/v1/configurations/${id}/versions`);
    expect(versions.body[0]).toMatchObject({
      number: 2,
      content_hash: sha256(content),
      commit: after,
      source: 'git',
      pack_version: '1.1.0',
      active: true,
    });
    expect(versions.body[0].message.trim()).toBe('Raise the limit');
    expect(versions.body[0].author).toMatch(/.+ <.+@.+>/);

    const again = signedDelivery(provider, secret, { branch: 'main', after, repositoryUrl: repository.url });
    expect((await stack.deliver(webhook.url, again)).status).toBe(202);
    await stack.until(`/v1/git-repos/${linkId}`, ({ status }) => status === 'synced');
    expect((await stack.call('GET', `/v1/configurations/${id}/versions`)).body).toHaveLength(2);
    for (const queue of [...queues, otherQueue]) expect(await stack.nextReload(queue, 0)).toBeNull();

    const forged = signedDelivery(
      provider,
      host.includes('signing') ? signingToken('forged') : `${secret}x`,
      {
        branch: 'main',
        after,
        repositoryUrl: repository.url,
      },
    );
    expect((await stack.deliver(webhook.url, forged)).status).toBe(401);
    expect(stack.lines.join('\n')).not.toContain(access.password);
    expect(stack.lines.join('\n')).not.toContain(secret);
  });
});
