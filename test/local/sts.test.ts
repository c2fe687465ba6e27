/** What lending a queue relies on, asked over the wire. All but the expiry could be asked of STS and SQS themselves. */
import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import { localClients } from '../../local/emulators.ts';
import { parsePolicy } from '../../local/iam/policy.ts';
import { startSqs } from '../../local/sqs.ts';
import { startSts } from '../../local/sts/server.ts';
import { localSessions } from '../../local/sts/sessions.ts';
import { finallyDo, temporaryFolder } from './fixture.ts';

const REGION = 'us-east-1';
const RoleArn = 'arn:aws:iam::000000000000:role/queues';
const arnOf = (queue: string) => `arn:aws:sqs:${REGION}:000000000000:${queue}`;

async function startAws(folder = temporaryFolder()) {
  const time = { now: Date.now() };
  const sessions = localSessions(() => time.now);
  const policies = parsePolicy(policyOf(['sqs:ReceiveMessage', 'sqs:Delete*'], arnOf('gw-*')), 'identity');
  sessions.know({ id: 'Queues', arn: RoleArn, policies, trust: [] });
  const sqs = await startSqs({ folder, region: REGION, sessions });
  const sts = await startSts({ sessions, log: () => {} });
  const clients = localClients({ dynamodb: '', kms: '', sqs: sqs.endpoint, sts: sts.endpoint }, REGION);
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    clients.destroy();
    await Promise.all([sqs.stop(), sts.stop()]);
  };
  finallyDo(stop);
  return { time, sqs, sts, clients, stop };
}

let aws: Awaited<ReturnType<typeof startAws>>;
beforeAll(async () => {
  aws = await startAws();
  for (const QueueName of ['gw-1', 'gw-2', 'other'])
    await aws.clients.sqs.send(new CreateQueueCommand({ QueueName }));
});

interface Wish {
  readonly policy?: object | string;
  readonly seconds?: number;
  readonly role?: string;
}

async function assume({ policy, seconds = 900, role = RoleArn }: Wish, client = aws.clients.sts) {
  const answer = await client.send(
    new AssumeRoleCommand({
      RoleArn: role,
      RoleSessionName: 'gw_1',
      DurationSeconds: seconds,
      ...(policy === undefined
        ? {}
        : { Policy: typeof policy === 'string' ? policy : JSON.stringify(policy) }),
    }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  return { credentials, expiration: Expiration, user: answer.AssumedRoleUser };
}

const policyOf = (Action: string | string[], Resource: string) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action, Resource },
});

function sqsAs(credentials: Awaited<ReturnType<typeof assume>>['credentials'], endpoint = aws.sqs.endpoint) {
  const client = new SQSClient({ region: REGION, endpoint, credentials, useQueueUrlAsEndpoint: false });
  finallyDo(() => client.destroy());
  return client;
}

const receive = (client: SQSClient, queue: string) =>
  client.send(new ReceiveMessageCommand({ QueueUrl: aws.sqs.queueUrl(queue) }));

describe('assuming a role', () => {
  it('answers credentials, when they end, and who their holder is', async () => {
    const { credentials, expiration, user } = await assume({ seconds: 1000 });
    expect(credentials.accessKeyId).toMatch(/^ASIA[0-9A-Z]{16}$/);
    expect(expiration?.getTime()).toBe(Math.floor(aws.time.now / 1000 + 1000) * 1000);
    expect(user?.Arn).toBe('arn:aws:sts::000000000000:assumed-role/queues/gw_1');
    const again = await assume({});
    for (const part of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const)
      expect(again.credentials[part]).not.toBe(credentials[part]);
  });

  it.each<[string, Wish, string]>([
    ['a role that is not there', { role: `${RoleArn}2` }, 'AccessDenied'],
    ['longer than a role may be assumed by a role', { seconds: 3601 }, 'ValidationError'],
    ['less than 15 minutes', { seconds: 899 }, 'ValidationError'],
    ['a policy that is no JSON', { policy: '{' }, 'MalformedPolicyDocumentException'],
    [
      'a policy with a condition that would not be weighed',
      {
        policy: {
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Action: 'sqs:*',
            Resource: '*',
            Condition: { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } },
          },
        },
      },
      'MalformedPolicyDocumentException',
    ],
  ])('is refused for %s', async (_what, wish, name) => {
    await expect(assume(wish)).rejects.toMatchObject({ name });
  });

  it('is not for who has only borrowed one', async () => {
    const { credentials } = await assume({});
    const client = new STSClient({ region: REGION, endpoint: aws.sts.endpoint, credentials });
    finallyDo(() => client.destroy());
    await expect(assume({}, client)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('is all that there is', async () => {
    const identity = aws.clients.sts.send(new GetCallerIdentityCommand({}));
    await expect(identity).rejects.toMatchObject({ name: 'InvalidAction' });
    const long = await fetch(aws.sts.endpoint, { method: 'POST', body: 'x'.repeat(20_000) });
    expect(long.status).toBe(400);
  });
});

describe('temporary credentials', () => {
  const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

  it('may do what both the role and the session policy allow', async () => {
    const all = sqsAs((await assume({})).credentials);
    await receive(all, 'gw-1');
    await receive(all, 'gw-2');
    await expect(receive(all, 'other')).rejects.toMatchObject(denied);

    const one = sqsAs((await assume({ policy: policyOf('sqs:*', arnOf('gw-1')) })).credentials);
    await receive(one, 'gw-1');
    await expect(receive(one, 'gw-2')).rejects.toMatchObject(denied);
    const send = new SendMessageCommand({ QueueUrl: aws.sqs.queueUrl('gw-1'), MessageBody: 'x' });
    await expect(one.send(send)).rejects.toMatchObject(denied);

    const wide = sqsAs((await assume({ policy: policyOf('sqs:*', '*') })).credentials);
    await expect(receive(wide, 'other')).rejects.toMatchObject(denied);
    const but = { Effect: 'Deny', Action: 'sqs:*', Resource: arnOf('gw-2') };
    const allBut = { Version: '2012-10-17', Statement: [policyOf('sqs:*', '*').Statement, but] };
    const narrowed = sqsAs((await assume({ policy: allBut })).credentials);
    await receive(narrowed, 'gw-1');
    await expect(receive(narrowed, 'gw-2')).rejects.toMatchObject(denied);
    const create = new CreateQueueCommand({ QueueName: 'gw-3' });
    await expect(wide.send(create)).rejects.toMatchObject(denied);
  });

  it('may do in a batch what they may do singly', async () => {
    const client = sqsAs((await assume({})).credentials);
    const QueueUrl = aws.sqs.queueUrl('gw-1');
    const Entries = [{ Id: '1', ReceiptHandle: 'none' }];
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    await expect(
      client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })),
    ).rejects.toMatchObject(denied);
  });

  it('reach nothing else of the emulator, in whatever protocol', async () => {
    const { credentials } = await assume({});
    const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/${REGION}/sqs/aws4_request`;
    const signed = { authorization, 'x-amz-security-token': credentials.sessionToken };
    const query = new URLSearchParams({ Action: 'ListTopics' });
    const topics = await fetch(aws.sqs.endpoint, { method: 'POST', headers: signed, body: query });
    expect(topics.status).toBe(403);
    expect((await fetch(`${aws.sqs.endpoint}/bucket/key`, { headers: signed })).status).toBe(403);
    const asOurs = { ...signed, 'x-kt-local': 'yes' };
    expect((await fetch(`${aws.sqs.endpoint}/bucket/key`, { headers: asOurs })).status).toBe(403);
  });

  it('are refused without their session token, or with another’s', async () => {
    const [{ credentials }, other] = [await assume({}), await assume({})];
    const unknown = { name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } };
    for (const sessionToken of ['', other.credentials.sessionToken])
      await expect(receive(sqsAs({ ...credentials, sessionToken }), 'gw-1')).rejects.toMatchObject(unknown);
  });

  it('are refused once they have expired', async () => {
    const client = sqsAs((await assume({ seconds: 900 })).credentials);
    await receive(client, 'gw-1');
    aws.time.now += 900_000;
    await expect(receive(client, 'gw-1')).rejects.toMatchObject({
      name: 'ExpiredToken',
      $metadata: { httpStatusCode: 403 },
    });
    await receive(sqsAs((await assume({})).credentials), 'gw-1');
  });

  it('do not outlive a restart: whoever holds them asks again', async () => {
    const folder = temporaryFolder();
    const before = await startAws(folder);
    const { credentials } = await assume({}, before.clients.sts);
    await before.clients.sqs.send(new CreateQueueCommand({ QueueName: 'gw-1' }));
    await before.stop();
    const after = await startAws(folder);
    const attempt = receive(sqsAs(credentials, after.sqs.endpoint), 'gw-1');
    await expect(attempt).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    const anew = await assume({}, after.clients.sts);
    await receive(sqsAs(anew.credentials, after.sqs.endpoint), 'gw-1');
  });
});
