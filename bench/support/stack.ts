/** The stack of a benchmark, reached as users, hosts and gateways reach it. */
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { dynamoLinks } from '../../lib/aws/dynamo-links.ts';
import type { ReloadMessage } from '../../lib/domain/reload.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import { localClients } from '../../local/emulators.ts';
import { signedDelivery } from '../../test/support/deliveries.ts';
import { startChild } from './child.ts';
import { nowMs, pause, type Undo } from './run.ts';
import type { StackCalls } from './stack-process.ts';

export type BenchStack = Awaited<ReturnType<typeof startBenchStack>>;

const LINKED = z.object({
  id: z.string(),
  webhook: z.object({ url: z.string(), secret: z.string() }),
});
const GATEWAY = z.object({ queue_url: z.string() });
const EVENTS = z.object({ data: z.array(z.unknown()) });
const VERSION = z.object({ created_at: z.iso.datetime() });

export interface Linked {
  readonly id: string;
  readonly hookUrl: string;
  readonly secret: string;
  readonly repositoryUrl: string;
}

export async function startBenchStack(dataDir: string, undo: Undo, outdir?: string) {
  const child = startChild<StackCalls>(new URL('./stack-process.ts', import.meta.url));
  undo(() => child.stop());
  const started = await child.calls.start(outdir === undefined ? { dataDir } : { dataDir, outdir });
  const clients = localClients(started.endpoints, started.region);
  undo(() => clients.destroy());

  async function answerTo(
    method: string,
    path: string,
    body?: object,
    token = started.token,
  ): Promise<string> {
    const response = await fetch(started.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }

  /** Of the administrator, unless with another's token. An answer without a body is null. */
  async function call(method: string, path: string, body?: object, token?: string): Promise<unknown> {
    const text = await answerTo(method, path, body, token);
    return text === '' ? null : JSON.parse(text);
  }

  return {
    ...started,
    clients,
    call,
    /** Whatever it is written in. */
    read: (path: string) => answerTo('GET', path),
    poll: () => child.calls.poll(null),
    memory: () => child.calls.memory(null),

    /** Links `path` of a repository on a GitHub-like host with a token. */
    async link(repositoryUrl: string, path: string): Promise<Linked> {
      const answer = await call('POST', '/v1/git-repos', {
        repo_url: repositoryUrl,
        path,
        provider: 'github',
        access_token: 'ghp_benchmark',
        auto_create_configuration: true,
      });
      const { id, webhook } = LINKED.parse(answer);
      return { id, hookUrl: webhook.url, secret: webhook.secret, repositoryUrl };
    },

    /** The id of its source, which the API does not tell. */
    async sourceOf({ id }: Pick<Linked, 'id'>): Promise<string> {
      const link = await dynamoLinks({ client: clients.dynamodb, name: started.table }).find(id);
      if (!link) throw new Error(`no link ${id}`);
      return link.sourceId;
    },

    /** A signed push: when the host sent it, and when it had its answer. */
    async push({ hookUrl, secret, repositoryUrl }: Linked, after: string) {
      const delivery = signedDelivery('github', secret, { branch: 'main', after, repositoryUrl });
      const sent = nowMs();
      const response = await fetch(hookUrl, { method: 'POST', ...requestOf(delivery) });
      await response.arrayBuffer();
      if (response.status !== 202) throw new Error(`the push was answered with ${response.status}`);
      return { sent, answered: nowMs() };
    },

    async announced(configurationId: string, count: number): Promise<void> {
      const path = `/v1/events?since=1h&limit=500&type=version.announced&configuration_id=${configurationId}`;
      for (let attempt = 0; attempt < 200; attempt++) {
        if (EVENTS.parse(await call('GET', path)).data.length >= count) return;
        await pause(50);
      }
      throw new Error(`${configurationId} was not announced`);
    },

    async gateway(configurationId: string): Promise<string> {
      const wish = { name: 'bench', configuration_id: configurationId };
      return GATEWAY.parse(await call('POST', '/v1/gateways', wish)).queue_url;
    },

    async createdAt(configurationId: string, number: number): Promise<number> {
      const answer = await call('GET', `/v1/configurations/${configurationId}/versions/${number}`);
      return Date.parse(VERSION.parse(answer).created_at);
    },

    /** As a gateway waits. Throws when nothing comes within 15 seconds. */
    async reload(QueueUrl: string) {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: 15,
          MaxNumberOfMessages: 1,
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      );
      const received = nowMs();
      const [message] = Messages;
      if (!message?.Body) throw new Error('no reload came');
      const { ReceiptHandle } = message;
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      const { manifest } = JSON.parse(message.Body) as ReloadMessage;
      return { received, sent: Number(message.Attributes?.SentTimestamp), manifest };
    },
  };
}

export function requestOf({ headers, body }: Delivery): { headers: Headers; body: Buffer<ArrayBuffer> } {
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // fetch counts the bytes itself.
    if (value !== undefined && name !== 'content-length') sent.set(name, value);
  }
  return { headers: sent, body: Buffer.from(body) };
}
