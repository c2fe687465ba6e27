/** Bad input over HTTP: a clear 4xx that names the field, nothing stored, and never a 5xx. */
import { inspect } from 'node:util';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex as sha256 } from '../../lib/domain/ids.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import { type DeliveryOptions, signedDelivery } from '../support/deliveries.ts';
import { policy } from '../support/world.ts';
import { FILE, type Linked, type Loop, startLoop } from './loop.ts';

let loop: Loop;
let tracked: Linked;
beforeAll(async () => {
  loop = await startLoop();
  tracked = await loop.linked('tracked', { provider: 'github' });
});
afterAll(() => loop.close());

/** Every item of the table, by key and digest: equal before and after means that nothing was stored. */
async function stored(): Promise<string[]> {
  const { Items = [] } = await loop.stack.clients.dynamodb.send(
    new ScanCommand({ TableName: loop.stack.table, ConsistentRead: true }),
  );
  return Items.map((item) => {
    const { pk, sk, ...rest } = unmarshall(item);
    return `${pk} ${sk} ${sha256(inspect(rest, { sorted: true, depth: null }))}`;
  }).sort();
}

const LINK = {
  repo_url: 'https://git.example.com/acme/policies',
  path: FILE,
  provider: 'generic',
  auto_create_configuration: true,
};

describe('a link that is asked for wrongly', () => {
  it.each<[string, string, object]>([
    ['an interval below 30 seconds', 'poll_interval_seconds', { poll_interval_seconds: 29 }],
    ['an interval that is no whole number', 'poll_interval_seconds', { poll_interval_seconds: '60' }],
    ['an unknown field', 'colour', { colour: 'red' }],
    ['a path with ..', 'path', { path: 'policies/../../etc/passwd' }],
    ['an absolute path', 'path', { path: '/etc/passwd' }],
    ['a path with a control character', 'path', { path: 'a\u0000b.yaml' }],
    ['a URL with credentials', 'repo_url', { repo_url: 'https://ada:hunter2@git.example.com/acme/policies' }],
    ['a local file', 'repo_url', { repo_url: 'file:///etc/passwd' }],
    ['a transport helper', 'repo_url', { repo_url: 'ext::sh -c touch% /tmp/owned' }],
    ['an option for git', 'repo_url', { repo_url: '--upload-pack=touch /tmp/owned' }],
    ['the same under the other name', 'url', { repo_url: undefined, url: 'file:///etc/passwd' }],
    ['a private address', 'repo_url', { repo_url: 'https://10.0.0.1/acme/policies' }],
    ['the metadata address', 'repo_url', { repo_url: 'http://169.254.169.254/latest/meta-data' }],
    ['the metadata address, as one number', 'repo_url', { repo_url: 'http://2852039166/latest' }],
    ['the metadata address, as IPv6', 'repo_url', { repo_url: 'http://[::ffff:169.254.169.254]/latest' }],
    ['a branch that is an option', 'branch', { branch: '--upload-pack=x' }],
    ['a branch with ..', 'branch', { branch: 'a..b' }],
    ['no repository', 'repo_url', { repo_url: undefined }],
    ['two repositories', 'url', { url: 'https://git.example.com/other' }],
    ['a token with a line break', 'access_token', { access_token: 'ghp_x\r\nHost: evil.example' }],
    ['a user name with a colon', 'username', { username: 'a:b' }],
    ['nothing to feed', 'configuration_id', { auto_create_configuration: false }],
  ])('%s: 400, named %s', async (_, field, patch) => {
    const before = await stored();
    const { status, body } = await loop.stack.call('POST', '/v1/git-repos', { ...LINK, ...patch });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'invalid_request', message: expect.stringContaining(field) });
    expect(body.error.details.map((detail: { field: string }) => detail.field)).toContain(field);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|ghp_x/);
    expect(await stored()).toEqual(before);
  });

  it.each<[number, string, string, string]>([
    [400, 'broken JSON', 'application/json', '{"repo_url":'],
    [400, 'a list', 'application/json', '[]'],
    [400, 'very deep JSON', 'application/json', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    [400, '__proto__', 'application/json', '{"__proto__":{"role":"admin"}}'],
    [415, 'a form', 'application/x-www-form-urlencoded', 'repo_url=x'],
    [413, 'more than 1 MB', 'application/json', JSON.stringify({ ...LINK, path: 'x'.repeat(1_100_000) })],
    [413, 'more than 6 MB', 'application/json', 'x'.repeat(6_500_000)],
    [413, 'more than 10 MB', 'application/json', 'x'.repeat(11_000_000)],
  ])('%i for %s', async (status, _, type, body) => {
    const before = await stored();
    const headers = { authorization: `Bearer ${loop.stack.adminToken}`, 'content-type': type };
    const response = await fetch(`${loop.stack.url}/v1/git-repos`, { method: 'POST', headers, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toBeTruthy();
    expect(await stored()).toEqual(before);
  });
});

const BOMBS: readonly (readonly [string, string])[] = [
  ['aliases that multiply', 'a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n'],
  ['lists in lists, 50,000 deep', `a: ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`],
  ['maps in maps, 20,000 deep', `${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}\n`],
  ['more nodes than anybody writes', `a: [${'1,'.repeat(120_000)}1]\n`],
  ['more than 256 KiB', `${policy()}# ${'x'.repeat(300_000)}\n`],
  ['__proto__', `${policy()}__proto__: {enabled: false}\n`],
  ['a key given twice', policy().replace('  enabled: true', '  enabled: true\n  enabled: false')],
];

describe('a document made to hurt', () => {
  it.each(BOMBS)('%s: refused through the API, with a finding', async (_, policyYaml) => {
    const before = await stored();
    const wish = { id: 'bomb', name: 'bomb', policy_yaml: policyYaml };
    const { status, body } = await loop.stack.call('POST', '/v1/configurations', wish);
    expect(status).toBe(422);
    expect(body.error).toMatchObject({
      type: 'validation_error',
      message: expect.stringContaining('policy_yaml'),
    });
    expect(body.error.details[0]).toMatchObject({
      field: 'policy_yaml',
      line: expect.any(Number),
      column: expect.any(Number),
    });
    expect(JSON.stringify(body).length).toBeLessThan(50_000);
    expect(await stored()).toEqual(before);
  });

  it('is an error of its link when it comes by git, and what was active stays', async () => {
    const one = await loop.linked('bombed');
    for (const [, content] of BOMBS) {
      await one.repository.commit({ [FILE]: content });
      await loop.cycle(one.linkId);
      const { body } = await loop.stack.call('GET', one.link);
      expect(body.status).toBe('error');
      expect(['parse', 'validation', 'too_large']).toContain(body.error.class);
      expect(body.error.message).toContain(FILE);
    }
    expect(await one.active()).toMatchObject({ number: 1 });
    expect(await one.versions()).toHaveLength(1);
    expect(await one.isQuiet()).toBe(true);
  });
});

describe('deliveries', () => {
  const ZERO = '0'.repeat(40);
  /** Of the commit that the branch is at, unless said: one that never shows is looked for again and again. */
  const send = async (options: DeliveryOptions, hook = tracked) => {
    const after = await hook.repository.tip();
    return loop.stack.deliver(hook.webhook.url, signed({ after, ...options }, hook));
  };
  function signed(options: DeliveryOptions, { webhook, repository }: Linked): Delivery {
    const { provider, secret } = webhook;
    return signedDelivery(provider, secret, { repositoryUrl: repository.url, ...options });
  }
  const ref = (
    name: string,
    before: string | null = 'b'.repeat(40),
    after: string | null = 'a'.repeat(40),
  ) => ({
    ref: name,
    before,
    after,
  });

  it.each<[number, string, DeliveryOptions]>([
    [200, 'a ping', { event: 'ping', payload: { zen: 'Keep it logically awesome.', hook_id: 1 } }],
    [200, 'a push of a tag', { refs: [ref('refs/tags/main')] }],
    [200, 'a push of another branch', { branch: 'other' }],
    [200, 'a push of a branch whose name only begins like the tracked one', { branch: 'main/x' }],
    [200, 'the deletion of the tracked branch', { after: null }],
    [202, 'the creation of the tracked branch, from zeros', { before: null }],
    [200, 'zero ids on both sides', { before: ZERO, after: ZERO }],
    [202, 'a form-encoded body', { form: true }],
    [200, 'an event that nobody asked for', { event: 'issues', payload: { action: 'opened' } }],
    [400, 'a push without refs', { payload: { repository: { id: 42 } } }],
    [400, 'a push that is a list', { payload: [] }],
  ])('%i for %s', async (status, _, options) => {
    const answer = await send(options);
    expect(answer).toMatchObject({ status });
    expect(answer.body).toBeTruthy();
  });

  it('202 for a push of several branches, the tracked one last', async () => {
    const one = await loop.linked('several', { provider: 'bitbucket' });
    const refs = [
      ref('refs/heads/a'),
      ref('refs/tags/v1'),
      ref('refs/heads/b', null),
      ref('refs/heads/main'),
    ];
    expect(await send({ refs }, one)).toMatchObject({ status: 202, body: { sources: 1 } });
  });

  it('401 for one that is not signed, signed with another secret, or changed after it was signed', async () => {
    const good = signed({}, tracked);
    const { 'content-length': _, ...headers } = good.headers;
    const { 'x-hub-signature-256': __, ...unsigned } = headers;
    for (const delivery of [
      { headers: unsigned, body: good.body },
      signedDelivery('github', 'another secret of some length', { repositoryUrl: tracked.repository.url }),
      { headers, body: Buffer.concat([good.body, Buffer.from(' ')]) },
      { headers, body: Buffer.alloc(0) },
    ])
      expect(await loop.stack.deliver(tracked.webhook.url, delivery)).toMatchObject({ status: 401 });
  });

  it.each([
    [404, 'a hook that is not there', 'hk_00000000000000000000', 10],
    [404, 'an id longer than a key of the table may be', 'x'.repeat(5000), 10],
    [413, 'more than a function can be handed, 6 MB', null, 6_500_000],
    [413, 'more than 10 MB', null, 11_000_000],
  ] as const)('%i for %s', async (status, _, hook, bytes) => {
    const url = hook === null ? tracked.webhook.url : `${loop.stack.url}/v1/hooks/${hook}`;
    const headers = { 'content-type': 'application/json', 'x-github-event': 'push' };
    const response = await fetch(url, { method: 'POST', headers, body: 'x'.repeat(bytes) });
    expect(response.status).toBe(status);
  });

  it.each(['GET', 'PUT', 'DELETE'])('neither a 5xx nor 410 for %s', async (method) => {
    const { status } = await fetch(tracked.webhook.url, { method });
    expect([401, 404, 405]).toContain(status);
  });

  it('publish nothing of their own, and leave the link as git has it', async () => {
    const { body } = await loop.stack.until(tracked.link, ({ status }) => status !== 'pending');
    expect(body).toMatchObject({ status: 'synced', error: null });
    expect(await tracked.versions()).toHaveLength(1);
    expect(await tracked.isQuiet()).toBe(true);
  });
});
