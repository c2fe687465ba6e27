/** A whole stack for end-to-end tests: started from the synthesized template, reached as users and hosts reach it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import type { ReloadMessage } from '../../lib/domain/reload.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import { localClients } from '../../local/emulators.ts';
import { start } from '../../local/start.ts';
import { startWitness } from './iam/witness.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else text. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers as the programs of users do
  readonly body: any;
}

export type TestStack = Awaited<ReturnType<typeof startTestStack>>;

export interface TestStackOptions {
  readonly schedules?: boolean;
  readonly dataDir?: string;
  /** Variables added to a function's environment, by its logical id. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of the stack itself. */
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startTestStack(options: TestStackOptions = {}) {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'kt-stack-'));
  const lines: string[] = [];
  const witness = startWitness(inject('testimonies'));
  const { stack, url, admin_token } = await start({
    port: 0,
    dataDir,
    outdir: inject('outdir'),
    schedules: options.schedules ?? false,
    env: options.env ?? {},
    environment: options.environment ?? {},
    decided: witness.decided,
    log: (from, line) => lines.push(`${from} ${line}`),
  });
  const clients = localClients(stack.endpoints, stack.region);
  const table = stack.outputs['TableName'] ?? '';

  async function call(
    method: string,
    path: string,
    body?: unknown,
    token: string = admin_token,
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    stack,
    url,
    adminToken: admin_token,
    dataDir,
    clients,
    table,
    /** Every line the functions and the runner wrote. */
    lines,
    /** What the roles were asked for; what they refused fails the run. */
    witness,
    call,

    /** As a git host delivers: headers and raw bytes, no token. */
    async deliver(hookUrl: string, { headers, body }: Delivery): Promise<Answer> {
      const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
      const response = await fetch(hookUrl, {
        method: 'POST',
        headers: sent as Record<string, string>,
        body: Buffer.from(body),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },

    /** The next reload in a gateway's queue, waited for; null when none comes within `seconds`. */
    async nextReload(queueUrl: string, seconds = 10): Promise<ReloadMessage | null> {
      const { Messages } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: seconds, MaxNumberOfMessages: 1 }),
      );
      const [message] = Messages ?? [];
      if (!message?.Body) return null;
      await clients.sqs.send(
        new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }),
      );
      return JSON.parse(message.Body) as ReloadMessage;
    },

    /** As if the interval of a source had passed, and the schedule ticks. */
    async pollNow(sourceId: string): Promise<void> {
      const due = new Date(Date.now() - 1000).toISOString();
      const { pk, sk } = keyOf.source(sourceId);
      await clients.dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: pk }, sk: { S: sk } },
          UpdateExpression: 'SET dueAt = :due, wsk = :wsk',
          ExpressionAttributeValues: { ':due': { S: due }, ':wsk': { S: `${due}#${sourceId}` } },
        }),
      );
      await stack.tick('poll');
    },

    /** Asks until the answer passes, a hundred times at most; the last answer is returned either way. */
    async until(path: string, passes: (body: Answer['body']) => boolean): Promise<Answer> {
      let answer = await call('GET', path);
      for (let attempt = 0; attempt < 100 && !passes(answer.body); attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        answer = await call('GET', path);
      }
      return answer;
    },

    async close(): Promise<void> {
      clients.destroy();
      await stack.stop();
      witness.close();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
