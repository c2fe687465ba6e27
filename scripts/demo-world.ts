/** What the demo plays in: a stack and a git host in temporary folders, and a way to watch what happens. */
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { EventType } from '../lib/domain/event.ts';
import { manifestBytes } from '../lib/domain/reload.ts';
import { localClients } from '../local/emulators.ts';
import { start } from '../local/start.ts';
import { startGitServer } from '../test/support/git-server.ts';

/** Nothing here takes longer, unless it will never happen. */
const LIMIT_S = 10;

const EVENTS = z.object({ data: z.array(z.object({ at: z.string() })) });
const KEYS = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });
const RELOAD = z.object({
  type: z.literal('reload'),
  manifest: z.object({
    configuration_id: z.string(),
    version_id: z.string(),
    number: z.number(),
    sequence: z.number(),
    content_hash: z.string(),
    commit: z.string().nullable(),
    issued_at: z.string(),
  }),
  signature: z.object({ kid: z.string(), alg: z.literal('ES256'), value: z.string() }),
});
export type Reload = z.output<typeof RELOAD>;

export type DemoWorld = Awaited<ReturnType<typeof startDemoWorld>>;

/** Each part that started adds to `undo` how it ends; the caller runs them last first, also when this rejects. */
export async function startDemoWorld(undo: (() => Promise<unknown>)[]) {
  const dataDir = await mkdtemp(join(tmpdir(), 'kt-demo-'));
  undo.push(() => rm(dataDir, { recursive: true, force: true }));
  const lines: string[] = [];
  const { url, admin_token, endpoints, stack } = await start({
    port: 0,
    dataDir,
    log: (from, line) => lines.push(`${from} ${line}`),
    schedules: false,
    environment: process.env,
  });
  undo.push(() => stack.stop());
  const clients = localClients(endpoints, stack.region);
  undo.push(async () => clients.destroy());
  const git = await startGitServer();
  undo.push(() => git.close());

  async function call<T>(method: string, path: string, answer: z.ZodType<T>, body: object = {}): Promise<T> {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${admin_token}`, 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return answer.parse(text === '' ? null : JSON.parse(text));
  }

  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (const end = performance.now() + LIMIT_S * 1000; performance.now() < end; ) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(
      `${what}: not within ${LIMIT_S} s; the last lines of the log:\n${lines.slice(-5).join('\n')}`,
    );
  }

  return {
    url,
    git,
    call,
    until,

    /** When the first event of this type after `since` (epoch milliseconds) was written, once it is. */
    event(type: EventType, configuration: string, since: number): Promise<number> {
      const query = `since=${new Date(since).toISOString()}&type=${type}&configuration_id=${configuration}`;
      return until(type, async () => {
        const [first] = (await call('GET', `/v1/events?${query}`, EVENTS)).data;
        return first && Date.parse(first.at);
      });
    },

    /** The next message of a gateway's queue, waited for; null when there is none within `seconds`. */
    async reload(QueueUrl: string, seconds = LIMIT_S): Promise<Reload | null> {
      const { Messages } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: seconds }),
      );
      const [message] = Messages ?? [];
      if (!message?.Body) return null;
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return RELOAD.parse(JSON.parse(message.Body));
    },

    /** As a gateway does: with the public keys, and nothing else of ours. */
    async isSigned({ manifest, signature }: Reload): Promise<boolean> {
      const { keys } = await call('GET', '/v1/keys', KEYS);
      const jwk = keys.find(({ kid }) => kid === signature.kid);
      if (!jwk) return false;
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const value = Buffer.from(signature.value, 'base64url');
      return verify('sha256', manifestBytes(manifest), { key, dsaEncoding: 'ieee-p1363' }, value);
    },
  };
}
