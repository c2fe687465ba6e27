/** SQS on this machine: fauxqs in process. Queues survive a restart, messages do not. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from 'fauxqs';
import * as z from 'zod';
import { sqsRequests } from './iam/sqs-requests.ts';
import { LOOPBACK } from './net.ts';
import { queueJournal } from './queue-journal.ts';
import type { Sessions } from './sts/sessions.ts';

export interface LocalSqs {
  readonly endpoint: string;
  /** As CreateQueue answers it. fauxqs reads only the name at the end of a queue URL. */
  queueUrl(name: string): string;
  queueArn(name: string): string;
  stop(): Promise<void>;
}

interface Options {
  readonly folder: string;
  readonly region: string;
  /** What temporary credentials may do; any others may do everything. */
  readonly sessions: Pick<Sessions, 'refusal'>;
}

const ACCOUNT = '000000000000';
/** Marks the requests we make on a client's behalf, with a word that nobody else knows. */
const OURS = 'x-kt-local';
const PASSED_ON = ['content-type', 'x-amzn-query-error'];
const RECEIVED = z.object({ Messages: z.array(z.object({ ReceiptHandle: z.string() })).default([]) });
const LONG_POLL = z.looseObject({ QueueUrl: z.string(), WaitTimeSeconds: z.number().positive() });

/**
 * Messages are kept in memory on purpose: the truth is in DynamoDB and pending work is driven again at start.
 * Queues are not: those of gateways are made at run time, and a gateway polls its own across our restarts.
 */
export async function startSqs({ folder, region, sessions }: Options): Promise<LocalSqs> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const journal = queueJournal(join(folder, 'queues.jsonl'));
  // `startFauxqs` listens on every interface; `buildApp` leaves the address to us.
  const app = buildApp({ logger: false, defaultRegion: region });
  const queueArn = (name: string) => `arn:aws:sqs:${region}:${ACCOUNT}:${name}`;
  const address = () => `http://${LOOPBACK}:${portOf(app.addresses()[0])}`;
  const word = randomUUID();
  const isOurs = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) =>
    headers[OURS] === word;
  const call = (action: string, body: object) =>
    app.inject({
      method: 'POST',
      url: '/',
      headers: {
        [OURS]: word,
        host: new URL(address()).host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
      },
      payload: JSON.stringify(body),
    });

  app.addHook('preHandler', async (request, reply) => {
    if (isOurs(request)) return undefined;
    const { authorization, 'x-amz-security-token': token } = request.headers;
    const refusal = sessions.refusal({ authorization, token: token?.toString() }, () =>
      sqsRequests(actionOf(request), request.body, queueArn),
    );
    if (refusal === null) return undefined;
    return reply
      .code(refusal.status)
      .header('content-type', 'application/x-amz-json-1.0')
      .header('x-amzn-query-error', `${refusal.code};Sender`)
      .send({ __type: `com.amazonaws.sqs#${refusal.code}`, message: refusal.message });
  });

  /**
   * A client that left during its long poll must not take messages with it until their visibility timeout: fauxqs
   * would still hand them to it. So a long poll is asked for on its behalf, and given back when nobody is there.
   */
  app.addHook('preHandler', async (request, reply) => {
    const poll = LONG_POLL.safeParse(request.body);
    if (actionOf(request) !== 'ReceiveMessage' || !poll.success || isOurs(request)) return undefined;
    const answer = await call('ReceiveMessage', poll.data);
    if (!request.raw.socket.destroyed) {
      for (const name of PASSED_ON) if (answer.headers[name]) reply.header(name, answer.headers[name]);
      return reply.code(answer.statusCode).send(answer.body);
    }
    for (const { ReceiptHandle } of RECEIVED.parse(answer.json()).Messages) {
      await call('ChangeMessageVisibility', { ...poll.data, ReceiptHandle, VisibilityTimeout: 0 });
    }
    return reply.hijack();
  });

  /** fauxqs names queues by a host that seldom resolves, and a client may send to the host in the URL. */
  const named = new RegExp(`http://sqs\\.${region}\\.localhost:\\d+`, 'g');
  /** Where it was last time, if that is free: gateways were told their queue's URL once. */
  async function listen(portFile: string): Promise<void> {
    const last = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
    await app.listen({ host: LOOPBACK, port: last }).catch(() => app.listen({ host: LOOPBACK, port: 0 }));
    writeFileSync(portFile, new URL(address()).port);
  }

  let restoring = true;
  app.addHook('onSend', async (request, reply, payload) => {
    if (!restoring && reply.statusCode === 200) journal.record(actionOf(request), request.body);
    return typeof payload === 'string' ? payload.replaceAll(named, address()) : payload;
  });

  await listen(join(folder, 'sqs.port'));
  for (const [QueueName, Attributes] of journal.queues())
    await call('CreateQueue', { QueueName, Attributes });
  restoring = false;

  const endpoint = address();
  return {
    endpoint,
    queueUrl: (name) => `${endpoint}/${ACCOUNT}/${name}`,
    queueArn,
    stop: async () => {
      await app.close();
    },
  };
}

function actionOf({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): string {
  return String(headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');
}

function portOf(address: string | { readonly port: number } | undefined): number {
  return typeof address === 'object' ? address.port : 0;
}
