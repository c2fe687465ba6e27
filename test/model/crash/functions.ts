/** All our functions, wired over the clients of one process: what a crash, or a fault below them, happens to. */
import type { APIGatewayProxyEventV2, SQSEvent, SQSRecord } from 'aws-lambda';
import { fanOutHandler } from '../../../functions/fan-out/handler.ts';
import { pollHandler } from '../../../functions/poll/handler.ts';
import { syncHandler } from '../../../functions/sync/handler.ts';
import { webhookHandler } from '../../../functions/webhook/handler.ts';
import { apiApp } from '../../../lib/api/app.ts';
import { stsQueueAccess } from '../../../lib/aws/sts-queue-access.ts';
import type { FanOutMessage, SyncMessage } from '../../../lib/domain/message.ts';
import type { Delivery } from '../../../lib/providers/delivery.ts';
import { memorySts } from '../../fakes/memory-sts.ts';
import { type FaultPoint, faulty, faultyClient } from '../../support/faults.ts';
import type { MemoryWorld } from '../../support/memory-world.ts';
import { portsOver, QUEUES } from '../../support/ports-over.ts';

export type Functions = ReturnType<typeof functionsOver>;

/** A batch of a queue, as SQS hands it to a function. */
const BATCH = 10;

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at in an answer is what it states.
  readonly json: any;
}

export function functionsOver(here: MemoryWorld, point: FaultPoint) {
  const below = faulty(here.below, point);
  const ports = portsOver(below, here.ports.clock, here.facts);
  const sts = faultyClient('sts', memorySts(here.ports.clock.now), point);
  const api = apiApp({
    ...ports,
    queueAccess: stsQueueAccess(sts, {
      roleArn: 'arn:aws:iam::000000000000:role/gateway-queues',
      queueArnPrefix: 'arn:aws:sqs:us-east-1:000000000000:',
      endpoint: null,
    }),
    settings: {
      publicUrl: 'https://kt.example',
      gatewayQueuePrefix: QUEUES.gatewayPrefix,
      gitAllowedNetworks: [],
    },
    ready: async () => {},
  });
  const webhook = webhookHandler(ports);
  const poll = pollHandler(ports);
  const handlers = { sync: syncHandler(ports), fanOut: fanOutHandler(ports) };

  /** What came back from a function, or was in its hands when it died: SQS shows it again later. */
  const returned = { hints: [] as SyncMessage[], announcements: [] as FanOutMessage[] };

  async function handOver<M>(
    messages: readonly M[],
    back: M[],
    handle: (event: SQSEvent) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>,
  ) {
    const held = messages.map((message) => ({ message, at: back.push(message) - 1 }));
    const { batchItemFailures } = await handle(batchOf(messages.map((message) => JSON.stringify(message))));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)));
    const kept = new Set(held.filter((_, index) => failed.has(index)).map(({ message }) => message));
    const others = back.filter((message) => kept.has(message) || !messages.includes(message));
    back.splice(0, back.length, ...others);
  }

  return {
    ports,
    returned,
    async call(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
      const response = await api.request(path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
      return { status: response.status, json: isJson && text !== '' ? JSON.parse(text) : text };
    },

    /** As the gateway hands it over: a body in base64. An error of the function is a 500. */
    async deliver(hookId: string, { headers, body }: Delivery): Promise<number> {
      const event = {
        pathParameters: { hookId },
        headers,
        body: Buffer.from(body).toString('base64'),
        isBase64Encoded: true,
      };
      return webhook(event as unknown as APIGatewayProxyEventV2).then(
        ({ statusCode }) => statusCode ?? 200,
        () => 500,
      );
    },

    tick: () => poll(),

    /** Hands over what is due, batch by batch, until nothing is. */
    async work(): Promise<void> {
      const { hints, announcements, time } = here;
      for (;;) {
        const due = hints.filter(({ due: at }) => at <= time.at).slice(0, BATCH);
        const news = due.length > 0 ? [] : announcements.splice(0, BATCH);
        if (due.length + news.length === 0) return;
        for (const one of due) hints.splice(hints.indexOf(one), 1);
        if (due.length > 0)
          await handOver(
            due.map(({ message }) => message),
            returned.hints,
            handlers.sync,
          );
        else await handOver(news, returned.announcements, handlers.fanOut);
      }
    },
  };
}

/** Message ids are their places in the batch. */
export function batchOf(bodies: readonly string[]): SQSEvent {
  const Records = bodies.map((body, at) => ({ messageId: String(at), body }) as SQSRecord);
  return { Records };
}

/** Shows what was returned again, at once. */
export function redeliver(here: MemoryWorld, { returned }: Pick<Functions, 'returned'>): void {
  here.hints.push(...returned.hints.splice(0).map((message) => ({ message, due: here.time.at })));
  here.announcements.push(...returned.announcements.splice(0));
}
