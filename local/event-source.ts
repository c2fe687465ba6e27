/** An SQS event source: what Lambda's pollers do between a queue and a function. */
import {
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import type { InvokeAnswer } from './lambda/function.ts';
import { describe, type StackLog } from './log.ts';
import type { Source } from './template/compute.ts';

export interface EventSource {
  /** Receives nothing more and waits up to `drainMs` for batches in flight. */
  stop(drainMs: number): Promise<void>;
}

interface Ports {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly region: string;
  readonly invoke: (event: SQSEvent) => Promise<InvokeAnswer>;
  readonly log: StackLog;
}

const LONG_POLL_S = 20;
const MOST_PER_RECEIVE = 10;
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * One receiver waits at a time, and another starts as soon as it has messages, up to the maximum of invocations
 * at once: a long batch holds nobody back, and an arriving message wakes one receiver, not five.
 */
export function startEventSource(source: Source, ports: Ports): EventSource {
  const stopping = new AbortController();
  const batches = new Set<Promise<void>>();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      while (batches.size >= source.maximumConcurrency) await Promise.race(batches);
      const messages = await collect(source, ports, stopping.signal);
      if (messages.length === 0) continue;
      const batch = work(messages, source, ports).finally(() => batches.delete(batch));
      batches.add(batch);
    }
  };
  const running = loop();
  return {
    stop: async (drainMs) => {
      stopping.abort();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([running.then(() => Promise.all(batches)), late]);
      clearTimeout(timer);
    },
  };
}

/** One batch: the first messages that come, and with a batching window what comes until it is over or the batch is full. */
async function collect(source: Source, ports: Ports, signal: AbortSignal): Promise<Message[]> {
  const messages = await receive(source.batchSize, LONG_POLL_S, ports, signal);
  const end = performance.now() + source.batchingWindowMs;
  while (messages.length > 0 && messages.length < source.batchSize && !signal.aborted) {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) break;
    messages.push(
      ...(await receive(source.batchSize - messages.length, Math.min(left, LONG_POLL_S), ports, signal)),
    );
  }
  return messages;
}

async function receive(room: number, wait: number, ports: Ports, signal: AbortSignal): Promise<Message[]> {
  try {
    const { Messages = [] } = await ports.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: ports.queueUrl,
        MaxNumberOfMessages: Math.min(room, MOST_PER_RECEIVE),
        WaitTimeSeconds: wait,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    return Messages;
  } catch (error) {
    if (signal.aborted) return [];
    ports.log('sqs', describe(error));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_ERROR_MS));
    return [];
  }
}

/** Deletes what the function has done. The rest becomes visible again, or dead, by the queue's own rules. */
async function work(messages: readonly Message[], source: Source, ports: Ports): Promise<void> {
  try {
    const answer = await ports.invoke({
      Records: messages.map((message) => toRecord(message, source, ports.region)),
    });
    const done = messages.filter(succeeded(messages, answer, source.reportsItemFailures));
    for (let i = 0; i < done.length; i += MOST_PER_RECEIVE) {
      const Entries = done
        .slice(i, i + MOST_PER_RECEIVE)
        .map(({ ReceiptHandle }, n) => ({ Id: `${n}`, ReceiptHandle }));
      await ports.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: ports.queueUrl, Entries }));
    }
  } catch (error) {
    ports.log('sqs', describe(error));
  }
}

const FAILURES = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: no answer and an empty list mean all
 * succeeded; an answer that is not understood, or names a message that was not in the batch, means none did.
 */
function succeeded(
  messages: readonly Message[],
  answer: InvokeAnswer,
  reports: boolean,
): (message: Message) => boolean {
  if (answer.kind !== 'done') return () => false;
  if (!reports) return () => true;
  const parsed = FAILURES.safeParse(JSON.parse(answer.payload));
  if (!parsed.success) return () => false;
  const failed = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(messages.map(({ MessageId }) => MessageId));
  if (![...failed].every((id) => known.has(id))) return () => false;
  return ({ MessageId = '' }) => !failed.has(MessageId);
}

function toRecord(message: Message, source: Source, region: string): SQSRecord {
  const {
    ApproximateReceiveCount = '1',
    SentTimestamp = '0',
    SenderId = '',
    ApproximateFirstReceiveTimestamp = SentTimestamp,
    ...others
  } = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount,
      SentTimestamp,
      SenderId,
      ApproximateFirstReceiveTimestamp,
      ...others,
    },
    messageAttributes: toAttributes(message.MessageAttributes),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: source.queueArn,
    awsRegion: region,
  };
}

function toAttributes(given: Readonly<Record<string, MessageAttributeValue>> = {}): SQSMessageAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, { DataType = 'String', StringValue, BinaryValue }]) => [
      name,
      {
        dataType: DataType,
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
      },
    ]),
  );
}
