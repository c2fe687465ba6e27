import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { localClients } from '../../local/emulators.ts';
import { finallyDo, lambda, type Running, runStack, workQueue, writeOutdir } from './fixture.ts';

/** Prints what it was given, then does what the bodies say. */
const HANDLER = `
export const handler = async (event) => {
  const at = Date.now();
  console.log(JSON.stringify({ at, records: event.Records }));
  const bodies = event.Records.map((record) => record.body);
  for (const body of bodies) {
    if (body.startsWith('wait')) await new Promise((done) => setTimeout(done, Number(body.split(' ')[1])));
  }
  if (bodies.includes('throw')) throw new Error('no');
  const failing = event.Records.filter((record) => record.body.startsWith('fail'));
  if (failing.length > 0) return { batchItemFailures: failing.map((record) => ({ itemIdentifier: record.messageId })) };
  if (bodies.some((body) => body.startsWith('nonsense'))) return { batchItemFailures: [{ wrong: 'key' }] };
  if (bodies.some((body) => body.startsWith('stranger'))) return { batchItemFailures: [{ itemIdentifier: 'x' }] };
  if (bodies.includes('empty')) return { batchItemFailures: [] };
};`;

let stack: Running;
let sqs: SQSClient;
beforeAll(async () => {
  const FunctionResponseTypes = ['ReportBatchItemFailures'];
  const outdir = writeOutdir({
    resources: {
      Worker: lambda('worker', { Timeout: 10 }),
      ...workQueue('Jobs', 'Worker', { FunctionResponseTypes, visibility: 1, maxReceives: 2 }),
      ...workQueue('Whole', 'Worker', { visibility: 1, maxReceives: 1 }),
      ...workQueue('Windowed', 'Worker', { FunctionResponseTypes, MaximumBatchingWindowInSeconds: 1 }),
      ...workQueue('Narrow', 'Worker', { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }),
    },
    handlers: { worker: HANDLER },
  });
  stack = await runStack(outdir);
  const clients = localClients(stack.endpoints, stack.region);
  sqs = clients.sqs;
  finallyDo(() => clients.destroy());
});

const send = (queue: string, MessageBody: string) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: stack.queueUrl(queue),
      MessageBody,
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'test' } },
    }),
  );
const sendAll = (queue: string, bodies: readonly string[]) =>
  sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: stack.queueUrl(queue),
      Entries: bodies.map((MessageBody, i) => ({ Id: `${i}`, MessageBody })),
    }),
  );

interface Call {
  readonly at: number;
  readonly records: readonly SQSRecord[];
}
/** The invocations so far that held this body. */
const calls = (body: string): Call[] =>
  stack.lines
    .filter((line) => line.startsWith('Worker: {"at"'))
    .map((line): Call => JSON.parse(line.slice('Worker: '.length)))
    .filter(({ records }) => records.some((record) => record.body === body));
const called = (body: string) => stack.line(new RegExp(`^Worker: {"at".*"body":"${body}"`));
/** Resolves when the queue holds nothing, neither waiting nor in flight. */
const drained = (queue: string) =>
  expect.poll(() => held(queue), { timeout: 8000, interval: 20 }).toEqual(['0', '0']);
async function held(queue: string) {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: stack.queueUrl(queue), AttributeNames: ['All'] }),
  );
  return [Attributes?.['ApproximateNumberOfMessages'], Attributes?.['ApproximateNumberOfMessagesNotVisible']];
}
const dead = async (queue: string) => {
  const QueueUrl = stack.queueUrl(queue);
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 8, MaxNumberOfMessages: 10 }),
  );
  return Messages.map(({ Body }) => Body);
};

describe('a message', () => {
  it('reaches its function as an SQS record, within milliseconds, and is deleted', async () => {
    await send('Jobs', 'warm-up');
    await called('warm-up');
    await drained('Jobs');
    const sent = Date.now();
    const { MessageId, MD5OfMessageBody } = await send('Jobs', 'hello');
    await called('hello');
    const [call] = calls('hello');
    expect((call?.at ?? 0) - sent).toBeLessThan(500);
    expect(call?.records[0]).toEqual({
      messageId: MessageId,
      receiptHandle: expect.any(String),
      body: 'hello',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: { kind: { dataType: 'String', stringValue: 'test' } },
      md5OfBody: MD5OfMessageBody,
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:Jobs',
      awsRegion: 'us-east-1',
    });
    await drained('Jobs');
  });

  it('does not wait for a long batch before it', async () => {
    const began = Date.now();
    await send('Jobs', 'wait 800');
    await called('wait 800');
    await send('Jobs', 'quick');
    await called('quick');
    expect((calls('quick')[0]?.at ?? 0) - began).toBeLessThan(750);
    await drained('Jobs');
  });

  it('that is reported failed comes again alone, then goes to the dead-letter queue', async () => {
    await sendAll('Jobs', ['ok 1', 'fail 1', 'ok 2']);
    expect(await dead('JobsDlq')).toEqual(['fail 1']);
    expect(calls('fail 1').map(({ records }) => records.map(({ body }) => body))).toEqual([
      ['ok 1', 'fail 1', 'ok 2'],
      ['fail 1'],
    ]);
    const again = calls('fail 1')[1]?.records[0];
    expect(again?.attributes.ApproximateReceiveCount).toBe('2');
    expect(calls('ok 1')).toHaveLength(1);
  });

  it.each(['nonsense', 'stranger'])(
    'comes again with its whole batch after an answer of %s',
    async (kind) => {
      await sendAll('Jobs', [`${kind} a`, `${kind} b`]);
      expect((await dead('JobsDlq')).sort()).toEqual([`${kind} a`, `${kind} b`]);
      expect(calls(`${kind} a`)).toHaveLength(2);
    },
  );

  it('is done after an empty list of failures', async () => {
    await send('Jobs', 'empty');
    await called('empty');
    await drained('Jobs');
    expect(calls('empty')).toHaveLength(1);
  });

  it('stays when its function throws', async () => {
    await send('Whole', 'throw');
    expect(await dead('WholeDlq')).toEqual(['throw']);
  });

  it('is done whatever the function returns when the source takes no reports', async () => {
    await send('Whole', 'fail quietly');
    await called('fail quietly');
    await drained('Whole');
    expect(calls('fail quietly')).toHaveLength(1);
  });

  it('waits for company during a batching window', async () => {
    await send('Windowed', 'early');
    await send('Windowed', 'late');
    await called('late');
    expect(calls('early')[0]?.records).toHaveLength(2);
  });

  it('is never in more invocations at once than the source allows', async () => {
    await sendAll('Narrow', ['wait 301', 'wait 302', 'wait 303', 'wait 304']);
    await drained('Narrow');
    const starts = [301, 302, 303, 304].map((ms) => calls(`wait ${ms}`)[0]?.at ?? 0).sort();
    expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeLessThan(250);
    expect((starts[2] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(290);
  });
});
