/** A gateway's own queue: what its token lends it, used as a gateway would, with the SDK's client. */
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { policy } from '../support/world.ts';

let stack: TestStack;
const clients: SQSClient[] = [];

beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await stack.close();
});

async function gateway() {
  const { body } = await stack.call('POST', '/v1/gateways', { name: 'gateway' });
  const path = `/v1/gateways/${body.id}/queue-credentials`;
  return { ...body, ask: (token: string = body.token) => stack.call('POST', path, undefined, token) };
}

/** As a gateway's program is set up: with nothing but the answer. */
function clientOf({
  region,
  endpoint,
  credentials,
}: Awaited<ReturnType<TestStack['call']>>['body']): SQSClient {
  const client = new SQSClient({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    credentials: {
      accessKeyId: credentials.access_key_id,
      secretAccessKey: credentials.secret_access_key,
      sessionToken: credentials.session_token,
    },
  });
  clients.push(client);
  return client;
}

describe('queue credentials', () => {
  it('are good for receiving from, and deleting of, the gateway’s own queue', async () => {
    const { ask, id, queue_url } = await gateway();
    await stack.call('POST', '/v1/configurations', { id: 'c', name: 'c', policy_yaml: policy() });
    await stack.until('/v1/configurations/c', ({ active_version }) => active_version !== null);
    await stack.call('PATCH', `/v1/gateways/${id}`, { configuration_id: 'c' });
    const { status, body } = await ask();
    expect(status).toBe(200);
    expect(body).toMatchObject({ queue_url, region: 'us-east-1', endpoint: stack.stack.endpoints.sqs });

    const client = clientOf(body);
    const QueueUrl = body.queue_url;
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    expect(JSON.parse(Messages[0]?.Body ?? '')).toMatchObject({
      type: 'reload',
      manifest: { configuration_id: 'c' },
    });
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
  });

  it('last for 15 minutes to an hour', async () => {
    const { credentials } = (await (await gateway()).ask()).body;
    const left = Date.parse(credentials.expires_at) - Date.now();
    expect(left).toBeGreaterThan(15 * 60_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it('open no other queue, and do nothing else with their own', async () => {
    const [one, other] = [await gateway(), await gateway()];
    const client = clientOf((await one.ask()).body);
    const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
    for (const QueueUrl of [other.queue_url, stack.stack.queueUrl('sync')])
      await expect(client.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject(denied);
    const send = new SendMessageCommand({ QueueUrl: one.queue_url, MessageBody: 'forged' });
    await expect(client.send(send)).rejects.toMatchObject(denied);
  });

  it('are given to the gateway itself, and to nobody else', async () => {
    const [one, other] = [await gateway(), await gateway()];
    expect((await one.ask(other.token)).status).toBe(404);
    expect((await one.ask(stack.adminToken)).status).toBe(403);
    expect((await one.ask('kt_live_nobody')).status).toBe(401);
    await stack.call('DELETE', `/v1/gateways/${one.id}`);
    expect((await one.ask()).status).toBe(401);
  });

  it('are nowhere in the log', async () => {
    const { credentials } = (await (await gateway()).ask()).body;
    const log = stack.lines.join('\n');
    for (const secret of [credentials.secret_access_key, credentials.session_token])
      expect(log).not.toContain(secret);
  });
});
