/** What each function really asks of AWS is what its role allows: no call that would be denied, no grant unused. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { keyOf, workAt } from '../../lib/aws/keys.ts';
import { decision } from '../support/decisions.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { type Recorder, startRecorder } from '../support/recorder.ts';
import { applied, signingGateway } from '../support/signing-gateway.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { policy } from '../support/world.ts';

const FUNCTIONS = ['Webhook', 'Poll', 'Sync', 'FanOut', 'Api'] as const;
const FILE = 'policy-config.yaml';
const recorders = new Map<string, Recorder>();
let git: GitServer;
let stack: TestStack;

beforeAll(async () => {
  for (const name of FUNCTIONS) recorders.set(name, await startRecorder());
  git = await startGitServer();
  const env = Object.fromEntries([...recorders].map(([name, recorder]) => [`${name}Function`, recorder.env]));
  stack = await startTestStack({ env });
  for (const recorder of recorders.values()) recorder.forwardTo(stack.stack.endpoints);
  await useEverything();
});
afterAll(async () => {
  await stack.close();
  await Promise.all([git.close(), ...[...recorders.values()].map((recorder) => recorder.close())]);
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
  const reload = await stack.nextReload(gateway.queue_url);
  if (!reload) throw new Error('the gateway was told nothing');

  const { manifest } = reload;
  const { content_hash, sequence } = manifest;
  const own = `/v1/gateways/${gateway.id}`;
  await call('POST', `${own}/heartbeat`, { content_hash, sequence, health: 'healthy' }, gateway.token);
  const receipt = keys.signed(applied(gateway.id, manifest));
  for (const _twice of [1, 2]) await call('POST', `${own}/receipts`, receipt, gateway.token);
  await call('POST', `${own}/queue-credentials`, undefined, gateway.token);
  await call('POST', '/v1/events', { events: [decision()] }, gateway.token);
  await call('GET', `${own}/receipts`);
  await call('GET', `/v1/configurations/one/versions/${manifest.number}/receipts`);
  expect(await call('GET', '/v1/configurations/one/convergence?wait=5')).toMatchObject({ converged: true });
  await call('GET', `/v1/configurations/one/versions/${manifest.number}/proof`);
  await call('GET', '/v1/proof-keys');
  await call('GET', `/v1/configurations/one/versions/${manifest.number}/proof`);
  await call('GET', `${own}/history?at=${new Date().toISOString()}`);
  expect(await call('POST', `${own}/reload`)).toEqual({ sent: true, sequence });
  expect(await stack.nextReload(gateway.queue_url)).toEqual(reload);

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

  git.inject({ kind: 'answer', status: 429, headers: { 'retry-after': '1' } });
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

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

function statementsOf(name: string): Statement[] {
  const folder = inject('outdir');
  const file = readdirSync(folder).find((entry) => entry.endsWith('.template.json')) ?? '';
  const role = JSON.parse(readFileSync(join(folder, file), 'utf8')).Resources[`${name}Role`];
  return role.Properties.Policies.flatMap(
    (one: { PolicyDocument: { Statement: Statement[] } }) => one.PolicyDocument.Statement,
  );
}

/** What a role allows, in the recorder's words, without what the event source and the log need. */
function allowed(name: string): string[] {
  return [...new Set(statementsOf(name).flatMap(granted))]
    .filter((one) => !FOR_THE_PLATFORM.test(one))
    .sort();
}

/** Which kinds of rows a role is limited to; null when it is not. */
function kindsAllowed(name: string): string[] | null {
  const limited = statementsOf(name).filter(({ Action }) =>
    [Action].flat().some((one) => one.startsWith('dynamodb:')),
  );
  const kinds = limited.flatMap(({ Resource, Condition }) => {
    const keys = [Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []].flat();
    const on = JSON.stringify(Resource).includes('/index/') ? 'index' : 'table';
    return keys.map((key) => `${on} ${key.replace('#*', '')}`);
  });
  return kinds.length === 0 ? null : kinds.sort();
}

const FOR_THE_PLATFORM =
  /^(logs:|sqs:(ReceiveMessage|DeleteMessage|ChangeMessageVisibility|GetQueueAttributes) )/;

function granted({ Action, Resource, Condition }: Statement): string[] {
  const on = JSON.stringify(Resource);
  const purposes = [Condition?.['StringEquals']?.['kms:EncryptionContext:purpose'] ?? []].flat();
  return [Action].flat().flatMap((action) => {
    if (action.startsWith('kms:'))
      return purposes.length > 0 ? purposes.map((one) => `${action} ${one}`) : [action];
    if (action.startsWith('sts:')) return [action];
    if (action.startsWith('dynamodb:')) return [`${action} ${on.includes('/index/') ? 'index' : 'table'}`];
    const queues = [
      on.includes('-gw-') && 'gateway',
      on.includes('SyncQueue') && 'sync',
      on.includes('FanOutQueue') && 'fan-out',
    ];
    return queues.flatMap((queue) => (queue ? [`${action} ${queue}`] : []));
  });
}

/** A fan-out goes on in a message of its own only beyond a thousand gateways; a gateway drifts after a minute at least. */
const BEYOND_A_TEST: Readonly<Record<string, readonly string[]>> = {
  FanOut: ['sqs:SendMessage fan-out'],
  Api: ['dynamodb:ConditionCheckItem table'],
};

describe('permissions', () => {
  it.each(FUNCTIONS)('%s asks for what its role allows, and for all of it', (name) => {
    const asked = [...(recorders.get(name)?.calls ?? []), ...(BEYOND_A_TEST[name] ?? [])];
    expect(asked.sort()).toEqual(allowed(name));
  });

  it.each(['Webhook', 'Poll', 'Sync', 'FanOut'])(
    '%s touches the kinds of rows that its role names',
    (name) => {
      expect([...(recorders.get(name)?.kinds ?? [])].sort()).toEqual(kindsAllowed(name));
    },
  );

  it('of the functions, only the API reads and writes tokens', () => {
    const touching = FUNCTIONS.filter((name) => recorders.get(name)?.kinds.has('table TOKEN'));
    expect(touching).toEqual(['Api']);
  });
});
