/** What each role is asked for, by everything that is done to a deployment: nothing that it would refuse, and all of what it grants. */
import { GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { keyOf, workAt } from '../../lib/aws/keys.ts';
import type { Decision, Role } from '../../local/iam/decide.ts';
import { applies } from '../../local/iam/policy.ts';
import { decision } from '../support/decisions.ts';
import { signedDelivery } from '../support/deliveries.ts';
import type { TestRepository } from '../support/git-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { ACKNOWLEDGED } from '../support/iam/acknowledged.ts';
import { type Grant, grantsOf } from '../support/iam/grants.ts';
import { judge } from '../support/iam/judge.ts';
import { applied, signingGateway } from '../support/signing-gateway.ts';
import { type Answer, startTestStack, type TestStack } from '../support/stack.ts';
import { templateIn } from '../support/template.ts';
import { policy } from '../support/world.ts';

const FILE = 'policy-config.yaml';
let git: GitServer;
let stack: TestStack;

beforeAll(async () => {
  git = await startGitServer();
  stack = await startTestStack();
  await useEverything();
});
afterAll(async () => {
  await stack.close();
  await git.close();
});

const call = async (method: string, path: string, body?: unknown, token = stack.adminToken) => {
  const answer = await stack.call(method, path, body, token);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
};

/** Everything a user, a git host and the schedule do to a deployment. */
async function useEverything(): Promise<void> {
  const token = 'secret-token';
  const repository = await git.createRepository({
    files: { [FILE]: policy({ id: 'one' }), 'p/two.yaml': policy({ id: 'two' }) },
    access: { kind: 'basic', password: token },
  });
  const link = { repo_url: repository.url, provider: 'github', auto_create_configuration: true };
  const { id, webhook } = await call('POST', '/v1/git-repos', { ...link, path: FILE, access_token: token });
  const directory = await call('POST', '/v1/git-repos', { ...link, path: 'p/', access_token: token });
  const synced = ({ status }: { status: string }) => status === 'synced';
  await stack.until(`/v1/git-repos/${id}`, synced);
  await stack.until(`/v1/git-repos/${directory.id}`, synced);
  const keys = signingGateway();
  const wish = { name: 'gw', configuration_id: 'one', public_key: keys.pem };
  const gateway = await call('POST', '/v1/gateways', wish);

  const after = await repository.commit({ [FILE]: policy({ id: 'one', limit: 200 }) });
  const delivery = signedDelivery('github', webhook.secret, {
    branch: 'main',
    after,
    repositoryUrl: repository.url,
  });
  expect((await stack.deliver(webhook.url, delivery)).status).toBe(202);
  let reload = await stack.nextReload(gateway.queue_url);
  // A fan-out that is late tells it of the version before, too.
  while (reload && reload.manifest.commit !== after) reload = await stack.nextReload(gateway.queue_url);
  if (!reload) throw new Error('the gateway was told nothing');

  const { manifest } = reload;
  const { content_hash, sequence } = manifest;
  const own = `/v1/gateways/${gateway.id}`;
  await call('POST', `${own}/heartbeat`, { content_hash, sequence, health: 'healthy' }, gateway.token);
  const receipt = keys.signed(applied(gateway.id, manifest));
  for (const _twice of [1, 2]) await call('POST', `${own}/receipts`, receipt, gateway.token);
  await call('POST', '/v1/events', { events: [decision()] }, gateway.token);
  await call('GET', `${own}/receipts`);
  await call('GET', `/v1/configurations/one/versions/${manifest.number}/receipts`);
  expect(await call('GET', '/v1/configurations/one/convergence?wait=5')).toMatchObject({ converged: true });
  await call('GET', `/v1/configurations/one/versions/${manifest.number}/proof`);
  await call('GET', '/v1/proof-keys');
  await call('GET', `/v1/configurations/one/versions/${manifest.number}/proof`);
  await call('GET', `${own}/history?at=${new Date().toISOString()}`);
  expect(await call('POST', `${own}/reload`)).toEqual({ sent: true, sequence });
  await receiveAs(await call('POST', `${own}/queue-credentials`, undefined, gateway.token));

  await call('POST', '/v1/configurations/one/versions/1/activate', { reason: 'test', hold: { minutes: 5 } });
  await holdEnds('one');
  const { source } = await sourceOf(id);
  await stack.pollNow(source);
  await stack.until('/v1/configurations/one', ({ hold }) => hold === null);

  await stack.until(
    '/v1/events?since=1h&type=version.announced&configuration_id=two',
    ({ data }) => data.length > 0,
  );
  await announcementIsLost('two');
  await stack.stack.tick('poll');

  // Nobody asks it again before it may be: what follows does not wait.
  git.inject({ kind: 'answer', status: 429, headers: { 'retry-after': '0' } });
  await call('POST', `/v1/git-repos/${id}/sync`);
  await stack.until(`/v1/git-repos/${id}`, ({ status }) => status === 'error');
  git.calm();
  await stack.pollNow(source);

  await call('PATCH', `/v1/git-repos/${id}`, { access_token: 'another-token' });
  await call('POST', `/v1/git-repos/${id}/hook-secret`, {});
  await call('POST', '/v1/configurations', { id: 'three', name: 'three', policy_yaml: policy() });
  await call('PATCH', '/v1/configurations/three', { description: 'x' });
  await call('PATCH', `/v1/gateways/${gateway.id}`, { configuration_id: 'three' });
  for (const path of READS) await call('GET', path);
  await fileIsForgotten(repository, directory.id);
  await moverDied(directory.id);
  await call('DELETE', `/v1/gateways/${gateway.id}`);
  await call('DELETE', '/v1/configurations/three');
  const created = await call('POST', '/v1/tokens', { name: 't', role: 'configurations_reader' });
  await call('DELETE', `/v1/tokens/${created.id}`);
  await call('DELETE', `/v1/git-repos/${id}`);
  await call('DELETE', `/v1/git-repos/${directory.id}`);
}

const READS = [
  '/v1/git-repos',
  '/v1/configurations',
  '/v1/configurations/one/versions',
  '/v1/configurations/one/versions/1/content',
  '/v1/gateways',
  '/v1/tokens',
  '/v1/events?since=1h',
  '/v1/events?since=1h&configuration_id=one',
  '/v1/keys',
  '/v1/proof-keys',
  '/metrics',
  '/readyz',
];

/** As a gateway does, with what it was lent: a look at the queue, a message put back, received again and deleted. */
async function receiveAs({
  queue_url: QueueUrl,
  region,
  endpoint,
  credentials,
}: Answer['body']): Promise<void> {
  const sqs = new SQSClient({
    region,
    endpoint,
    useQueueUrlAsEndpoint: false,
    credentials: {
      accessKeyId: credentials.access_key_id,
      secretAccessKey: credentials.secret_access_key,
      sessionToken: credentials.session_token,
    },
  });
  await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  const receive = async () => {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    return { QueueUrl, ReceiptHandle: Messages?.[0]?.ReceiptHandle };
  };
  await sqs.send(new ChangeMessageVisibilityCommand({ ...(await receive()), VisibilityTimeout: 0 }));
  await sqs.send(new DeleteMessageCommand(await receive()));
  sqs.destroy();
}

/** A file that never was a policy is taken away again: nothing is left to say of it. */
async function fileIsForgotten(repository: TestRepository, linkId: string): Promise<void> {
  const sync = () => call('POST', `/v1/git-repos/${linkId}/sync`);
  await repository.commit({ 'p/broken.yaml': 'pack: [' });
  await sync();
  await stack.until(`/v1/git-repos/${linkId}`, ({ status }) => status === 'error');
  await repository.commit({}, { delete: ['p/broken.yaml'] });
  await sync();
  const { body } = await stack.until(`/v1/git-repos/${linkId}`, ({ status }) => status === 'synced');
  expect(body).toMatchObject({ status: 'synced' });
}

/** As if whoever gave a link another token had died before tidying up what it left: the next run does. */
async function moverDied(linkId: string): Promise<void> {
  const { source } = await sourceOf(linkId);
  const TableName = stack.table;
  const rows = async () => {
    const { Items = [] } = await stack.clients.dynamodb.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: keyOf.source(source).pk } },
      }),
    );
    return Items;
  };
  const left = (await rows()).filter(({ sk }) => !sk?.S?.startsWith('LINK#'));
  await call('PATCH', `/v1/git-repos/${linkId}`, { access_token: 'secret-token', username: 'somebody' });
  expect(await sourceOf(linkId)).not.toEqual({ source });
  for (const item of left) {
    const Item = item['sk']?.S === 'MAIN' ? { ...item, links: { N: '0' } } : item;
    await stack.clients.dynamodb.send(new PutItemCommand({ TableName, Item }));
  }
  await stack.pollNow(source);
  await vi.waitFor(async () => expect(await rows()).toEqual([]), 10_000);
}

async function sourceOf(linkId: string): Promise<{ source: string }> {
  const { pk } = keyOf.linkPointer(linkId);
  const Key = { pk: { S: pk }, sk: { S: 'MAIN' } };
  const { Item } = await stack.clients.dynamodb.send(new GetItemCommand({ TableName: stack.table, Key }));
  return { source: Item?.['sourceId']?.S ?? '' };
}

/** As if its time had come. */
async function holdEnds(configurationId: string): Promise<void> {
  const until = new Date(Date.now() - 1000).toISOString();
  const { pk, sk } = keyOf.configuration(configurationId);
  await stack.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: stack.table,
      Key: { pk: { S: pk }, sk: { S: sk } },
      UpdateExpression: 'SET #hold.#until = :until, wsk = :wsk',
      ExpressionAttributeNames: { '#hold': 'hold', '#until': 'until' },
      ExpressionAttributeValues: { ':until': { S: until }, ':wsk': { S: `${until}#${configurationId}` } },
    }),
  );
}

/** As if a fan-out had died: its mark is still there. Of a configuration that no other fan-out is at work on. */
async function announcementIsLost(configurationId: string): Promise<void> {
  const at = new Date().toISOString();
  const mark = { configurationId, sequence: 1000, at, receivedAt: null, reload: true };
  const item = { ...keyOf.mark(configurationId), ...mark, ...workAt('MARK', configurationId, at) };
  await stack.clients.dynamodb.send(new PutItemCommand({ TableName: stack.table, Item: marshall(item) }));
}

/** In a whole run something does use it. */
const ELSEWHERE = {
  grant: 'ApiRole Items: dynamodb:ConditionCheckItem on Table',
  reason: 'A gateway drifts after a minute at least: test/cli/drift has one that did.',
};

describe('the roles', () => {
  it('refused nothing that a function asked for', () => {
    expect([...stack.witness.refusals]).toEqual([]);
  });

  it('grant nothing that is not used, but for what is acknowledged', () => {
    const grants: readonly Grant[] = grantsOf(templateIn(inject('outdir')));
    const { uses, refusals, count } = stack.witness;
    const testimonies = { uses, refusals, calls: count() };
    const acknowledged = [...ACKNOWLEDGED, ELSEWHERE];
    expect(judge({ grants, acknowledged, testimonies, full: true })).toEqual([]);
  });

  it('would each have refused a call without any one of the actions that were used', () => {
    const decisions = [...stack.witness.asked.values()].filter(({ holder }) => holder.session === null);
    const used = new Map(
      decisions.flatMap(({ holder, request }) => {
        const [sid = ''] = holder.role.policies.filter((one) => applies(one, request)).map((one) => one.sid);
        return [
          [`${holder.role.id} ${sid} ${request.action}`, { role: holder.role, sid, action: request.action }],
        ];
      }),
    );
    const survived = [...used].filter(([, taken]) => decisions.every((one) => allowedWithout(taken, one)));
    expect(survived.map(([name]) => name)).toEqual([]);
    expect(used.size).toBeGreaterThan(50);
  });
});

/** The roles only: what keys and queues say themselves is the same with every role. */
function allowedWithout(
  taken: { role: Role; sid: string; action: string },
  { holder, request }: Decision,
): boolean {
  const { role } = holder;
  return role.policies.some(
    (one) =>
      applies(one, request) &&
      !(role.id === taken.role.id && one.sid === taken.sid && request.action === taken.action),
  );
}
