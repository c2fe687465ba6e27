/** What the adapters rely on, asked of the emulator over the wire. The same questions can be put to SQS itself. */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { localClients } from '../../local/emulators.ts';
import { type LocalSqs, startSqs } from '../../local/sqs.ts';
import { localSessions } from '../../local/sts/sessions.ts';
import { finallyDo, temporaryFolder } from './fixture.ts';

async function sqsIn(folder: string): Promise<{ sqs: LocalSqs; client: SQSClient; stop(): Promise<void> }> {
  const sqs = await startSqs({ folder, region: 'us-east-1', sessions: localSessions(Date.now) });
  const clients = localClients({ dynamodb: '', sqs: sqs.endpoint, kms: '', sts: '' }, 'us-east-1');
  const stop = async () => {
    clients.destroy();
    await sqs.stop();
  };
  return { sqs, client: clients.sqs, stop };
}

let sqs: LocalSqs;
let client: SQSClient;
beforeAll(async () => {
  const started = await sqsIn(temporaryFolder());
  ({ sqs, client } = started);
  finallyDo(started.stop);
});

let counter = 0;
const create = async (Attributes: Record<string, string> = {}) => {
  const created = await client.send(new CreateQueueCommand({ QueueName: `queue-${counter++}`, Attributes }));
  return created.QueueUrl ?? '';
};
const send = (QueueUrl: string, MessageBody: string, DelaySeconds?: number) =>
  client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody,
      ...(DelaySeconds === undefined ? {} : { DelaySeconds }),
    }),
  );
const receive = async (QueueUrl: string, WaitTimeSeconds = 0) => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MessageSystemAttributeNames: ['All'] }),
  );
  return Messages[0];
};

describe('a queue', () => {
  it('has one URL however it is asked for, which a plain client can reach', async () => {
    const QueueUrl = await create();
    const QueueName = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
    expect(QueueUrl).toBe(sqs.queueUrl(QueueName));
    expect(QueueUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/queue-\d+$/);
    expect((await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(QueueUrl);
    expect((await client.send(new ListQueuesCommand({}))).QueueUrls).toContain(QueueUrl);
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    expect(Attributes?.['QueueArn']).toBe(sqs.queueArn(QueueName));
  });

  it('that does not exist is an error one can tell', async () => {
    const attempt = send(sqs.queueUrl('none'), 'x');
    await expect(attempt).rejects.toMatchObject({ name: expect.stringMatching(/QueueDoesNotExist$/) });
  });

  it('wakes a receiver that waits, as soon as a message comes', async () => {
    const queue = await create();
    const waiting = receive(queue, 20);
    await send(queue, 'now');
    expect((await waiting)?.Body).toBe('now');
  });

  it('answers an empty receive at once, and a long one after its time', async () => {
    const queue = await create();
    expect(await receive(queue)).toBeUndefined();
    const began = performance.now();
    expect(await receive(queue, 1)).toBeUndefined();
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it('keeps a delayed message back', async () => {
    const queue = await create();
    await send(queue, 'later', 1);
    expect(await receive(queue)).toBeUndefined();
    expect((await receive(queue, 5))?.Body).toBe('later');
  });

  it('hides a received message until its visibility timeout, or until it is given back', async () => {
    const queue = await create({ VisibilityTimeout: '1' });
    await send(queue, 'again');
    const first = await receive(queue);
    expect(await receive(queue)).toBeUndefined();
    const second = await receive(queue, 5);
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    const { ReceiptHandle } = second ?? {};
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queue, ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const third = await receive(queue);
    expect(third?.MessageId).toBe(first?.MessageId);
    await client.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: third?.ReceiptHandle }));
    expect(await receive(queue, 2)).toBeUndefined();
  });

  it('moves a message that was received too often to its dead-letter queue', async () => {
    const dead = await create();
    const deadLetterTargetArn = sqs.queueArn(dead.slice(dead.lastIndexOf('/') + 1));
    const queue = await create({
      VisibilityTimeout: '0',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
    });
    await send(queue, 'poison');
    for (const count of ['1', '2'])
      expect((await receive(queue))?.Attributes?.ApproximateReceiveCount).toBe(count);
    expect(await receive(queue)).toBeUndefined();
    expect((await receive(dead))?.Body).toBe('poison');
  });

  it('loses no message to a receiver that left while it waited', async () => {
    const queue = await create();
    const leaving = new AbortController();
    const command = new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 20 });
    const gone = client.send(command, { abortSignal: leaving.signal }).catch(() => 'left');
    // Connections overtake each other: a second's wait after each step is long enough for it to have arrived.
    expect(await receive(queue, 1)).toBeUndefined();
    leaving.abort();
    expect(await gone).toBe('left');
    expect(await receive(queue, 1)).toBeUndefined();
    await send(queue, 'for the next');
    expect((await receive(queue, 5))?.Body).toBe('for the next');
  });
});

describe('a restart', () => {
  it('keeps queues, their attributes and their address, as last changed; not the messages, not the deleted ones', async () => {
    const folder = temporaryFolder();
    const before = await sqsIn(folder);
    const made = await before.client.send(
      new CreateQueueCommand({ QueueName: 'gateway-1', Attributes: { VisibilityTimeout: '7' } }),
    );
    const other = await before.client.send(new CreateQueueCommand({ QueueName: 'gateway-2' }));
    await before.client.send(new DeleteQueueCommand({ QueueUrl: other.QueueUrl }));
    await before.client.send(new SendMessageCommand({ QueueUrl: made.QueueUrl, MessageBody: 'lost' }));
    await before.stop();

    for (let restart = 0; restart < 2; restart++) {
      const after = await sqsIn(folder);
      finallyDo(after.stop);
      const { QueueUrls } = await after.client.send(new ListQueuesCommand({}));
      expect(QueueUrls).toEqual([made.QueueUrl]);
      const { Attributes } = await after.client.send(
        new GetQueueAttributesCommand({ QueueUrl: made.QueueUrl, AttributeNames: ['All'] }),
      );
      expect(Attributes).toMatchObject({ VisibilityTimeout: '7', ApproximateNumberOfMessages: '0' });
      await after.stop();
    }
  });
});
