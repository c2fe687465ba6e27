/** The queues: hints to look, announcements to make, and one queue per gateway. */
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { FanOutQueue, QueueKeeper, ReloadQueues, SyncQueue } from '../ports.ts';
import { chunk } from './dynamo.ts';

const BATCH = 10;

export function sqsSyncQueue(client: SQSClient, queueUrl: string): SyncQueue {
  return {
    send: (messages) =>
      sendAll(
        client,
        queueUrl,
        messages.map(({ message, delaySeconds }) => ({ body: JSON.stringify(message), delaySeconds })),
      ),
  };
}

export function sqsFanOutQueue(client: SQSClient, queueUrl: string): FanOutQueue {
  return {
    send: (messages) =>
      sendAll(
        client,
        queueUrl,
        messages.map((message) => ({ body: JSON.stringify(message), delaySeconds: 0 })),
      ),
  };
}

interface Outgoing {
  readonly body: string;
  readonly delaySeconds: number;
}

async function sendAll(client: SQSClient, QueueUrl: string, messages: readonly Outgoing[]): Promise<void> {
  const [only] = messages;
  if (messages.length === 1 && only) {
    await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: only.body, DelaySeconds: only.delaySeconds }),
    );
    return;
  }
  await Promise.all(chunk(messages, BATCH).map((batch) => sendBatch(client, QueueUrl, batch)));
}

/** An entry that SQS did not take is an error: the caller is retried, and sending twice is harmless. */
async function sendBatch(client: SQSClient, QueueUrl: string, batch: readonly Outgoing[]): Promise<void> {
  const Entries = batch.map(({ body, delaySeconds }, index) => ({
    Id: String(index),
    MessageBody: body,
    DelaySeconds: delaySeconds,
  }));
  const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const [failed] = Failed ?? [];
  if (failed)
    throw new Error(`SQS did not take ${Failed?.length} of ${batch.length} messages: ${failed.Code}`);
}

/** All queues of a deployment differ in their last path segment only. */
function queueUrlFor(sibling: string): (queueName: string) => string {
  const base = sibling.slice(0, sibling.lastIndexOf('/') + 1);
  return (queueName) => base + queueName;
}

export function sqsReloadQueues(client: SQSClient, siblingQueueUrl: string): ReloadQueues {
  const urlOf = queueUrlFor(siblingQueueUrl);
  return {
    urlOf,
    async send(queueName, message) {
      try {
        const MessageBody = JSON.stringify(message);
        await client.send(new SendMessageCommand({ QueueUrl: urlOf(queueName), MessageBody }));
        return 'sent';
      } catch (error) {
        if (isGone(error)) return 'gone';
        throw error;
      }
    },
  };
}

/** 14 days, the longest SQS offers: a gateway that was away longer reconciles from the API. */
const RETENTION_SECONDS = 14 * 24 * 3600;

export function sqsQueueKeeper(client: SQSClient, siblingQueueUrl: string): QueueKeeper {
  const urlOf = queueUrlFor(siblingQueueUrl);
  return {
    async create(queueName) {
      await client.send(
        new CreateQueueCommand({
          QueueName: queueName,
          Attributes: {
            MessageRetentionPeriod: String(RETENTION_SECONDS),
            ReceiveMessageWaitTimeSeconds: '20',
            SqsManagedSseEnabled: 'true',
          },
        }),
      );
      return urlOf(queueName);
    },

    async remove(queueName) {
      try {
        await client.send(new DeleteQueueCommand({ QueueUrl: urlOf(queueName) }));
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}

/** Emulators and protocols spell the name differently; the end of it is always the same. */
function isGone(error: unknown): boolean {
  return error instanceof Error && /(QueueDoesNotExist|NonExistentQueue)$/.test(error.name);
}
