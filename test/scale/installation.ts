/** An installation of any size: the local stack in a process of its own, a git host in another, links and gateways. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { startBenchGit } from '../../bench/support/git.ts';
import { pause } from '../../bench/support/run.ts';
import { type Linked, requestOf, startBenchStack } from '../../bench/support/stack.ts';
import type { ReloadMessage } from '../../lib/domain/reload.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { policy } from '../support/world.ts';

export interface Size {
  readonly sources: number;
  readonly links: number;
  /** Links of the first source; the others share the rest. */
  readonly together: number;
  readonly gateways: number;
}

export type Item = Readonly<Record<string, unknown>>;
export type Installation = Awaited<ReturnType<typeof startInstallation>>;

export interface InstalledGateway {
  readonly id: string;
  readonly token: string;
  readonly queueUrl: string;
}

/** What a look that finds nothing new may write. */
const DUE_TIMES = new Set(['dueAt', 'wsk', 'checkedAt']);
const AT_ONCE = 8;

const LINK = z.object({
  id: z.string(),
  webhook: z.object({ url: z.string(), secret: z.string().nullish() }),
});
const GATEWAY = z.object({ id: z.string(), token: z.string(), queue_url: z.string() });

export const configurationOf = (source: number, index: number) => `s${source}-${index}`;
const pathOf = (index: number) => `policies/${index}.yaml`;

export async function startInstallation(outdir: string) {
  const folder = await mkdtemp(join(tmpdir(), 'kt-scale-'));
  const steps: (() => Promise<unknown> | unknown)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  ];
  const undo = (step: () => Promise<unknown> | unknown) => void steps.push(step);
  const git = startBenchGit(undo);
  const dataDir = join(folder, 'data');
  const stack = await startBenchStack(dataDir, undo, outdir);
  const { dynamodb, sqs } = stack.clients;
  const counts: number[] = [];
  const hooks = new Map<number, Linked>();
  let document = 0;

  /** A document that was never there before. */
  const next = (source: number, index: number) =>
    policy({ id: configurationOf(source, index), limit: ++document, version: `1.0.${document}` });
  const nameOf = (source: number) => `source-${source}.git`;

  /** New documents at these paths of a source, in one commit. */
  const commit = (source: number, indexes: readonly number[], content = next) =>
    git.commit({
      name: nameOf(source),
      files: Object.fromEntries(indexes.map((index) => [pathOf(index), content(source, index)])),
    });

  async function rows(): Promise<readonly Item[]> {
    const items: Item[] = [];
    let from: Record<string, import('@aws-sdk/client-dynamodb').AttributeValue> | undefined;
    do {
      const page = await dynamodb.send(
        new ScanCommand({
          TableName: stack.table,
          ConsistentRead: true,
          ...(from ? { ExclusiveStartKey: from } : {}),
        }),
      );
      for (const item of page.Items ?? []) items.push(unmarshall(item));
      from = page.LastEvaluatedKey;
    } while (from);
    return items;
  }

  return {
    git,
    stack,
    dataDir,
    /** Links of each source. */
    counts,
    commit,
    rows,

    async fill(size: Size): Promise<readonly InstalledGateway[]> {
      const others = size.sources - 1;
      const rest = size.links - size.together;
      for (let source = 0; source < size.sources; source++)
        counts.push(
          source === 0 ? size.together : Math.floor(rest / others) + (source <= rest % others ? 1 : 0),
        );
      await together(counts, async (links, source) => {
        const { url } = await git.create({ name: nameOf(source) });
        await commit(source, [...Array(links).keys()]);
        for (let index = 0; index < links; index++) {
          const { id, webhook } = LINK.parse(
            await stack.call('POST', '/v1/git-repos', {
              repo_url: url,
              path: pathOf(index),
              provider: 'github',
              auto_create_configuration: true,
            }),
          );
          if (webhook.secret)
            hooks.set(source, { id, hookUrl: webhook.url, secret: webhook.secret, repositoryUrl: url });
        }
      });
      const gateways: InstalledGateway[] = [];
      await together(Array(size.gateways).fill(0), async (_, index) => {
        const wish = { name: `gateway ${index}`, configuration_id: configurationOf(1, 0) };
        const {
          id,
          token,
          queue_url: queueUrl,
        } = GATEWAY.parse(await stack.call('POST', '/v1/gateways', wish));
        gateways.push({ id, token, queueUrl });
      });
      return gateways;
    },

    /** A signed push of a commit, as the host sends it. */
    async push(source: number, after: string): Promise<void> {
      const linked = hooks.get(source);
      if (!linked) throw new Error(`source ${source} has no hook`);
      const delivery = signedDelivery('github', linked.secret, {
        after,
        repositoryUrl: linked.repositoryUrl,
      });
      const answer = await fetch(linked.hookUrl, { method: 'POST', ...requestOf(delivery) });
      await answer.arrayBuffer();
      if (answer.status !== 202) throw new Error(`the push was answered with ${answer.status}`);
    },

    /** Until nothing waits in the two queues, nor is in anybody's hands. `late` too, what is to be seen later. */
    async quiet({ late = true } = {}): Promise<void> {
      for (let still = 0; still < 2; ) {
        const waiting = await Promise.all(
          [stack.syncQueueUrl, stack.fanOutQueueUrl].map((url) => depth(url, late)),
        );
        still = waiting.every((count) => count === 0) ? still + 1 : 0;
        await pause(50);
      }
    },

    /** As if the interval of every source had passed, and the schedule ticks. Returns how many there are. */
    async pollAll(): Promise<number> {
      const due = new Date(Date.now() - 1000).toISOString();
      const sources = (await rows()).filter(
        ({ pk, sk }) => String(pk).startsWith('SOURCE#') && sk === 'MAIN',
      );
      await together(sources, async ({ pk, sk, id }) => {
        await dynamodb.send(
          new UpdateItemCommand({
            TableName: stack.table,
            Key: { pk: { S: String(pk) }, sk: { S: String(sk) } },
            UpdateExpression: 'SET dueAt = :due, wsk = :wsk',
            ExpressionAttributeValues: { ':due': { S: due }, ':wsk': { S: `${due}#${String(id)}` } },
          }),
        );
      });
      if (!(await stack.poll())) throw new Error('the poll function failed');
      return sources.length;
    },

    /** Everything that is waiting in a gateway's queue, taken from it. */
    async reloads({ queueUrl }: InstalledGateway): Promise<readonly ReloadMessage[]> {
      const all: ReloadMessage[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 0, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return all;
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
        for (const { Body } of Messages) all.push(JSON.parse(Body ?? '') as ReloadMessage);
      }
    },

    async close(): Promise<void> {
      for (let step = steps.pop(); step; step = steps.pop()) await step();
    },
  };

  async function depth(QueueUrl: string, late: boolean): Promise<number> {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: now, ApproximateNumberOfMessagesNotVisible: held } = Attributes;
    const delayed = late ? Attributes['ApproximateNumberOfMessagesDelayed'] : 0;
    return Number(now) + Number(held) + Number(delayed);
  }
}

/** A few at a time. */
export async function together<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Rows that are not as they were, by key, but for due times. */
export function changed(before: readonly Item[], after: readonly Item[]): readonly string[] {
  const known = new Map(before.map((item) => [keyOf(item), fingerprint(item)]));
  const now = new Set(after.map(keyOf));
  const gone = [...known.keys()].filter((key) => !now.has(key));
  return [...after.filter((item) => known.get(keyOf(item)) !== fingerprint(item)).map(keyOf), ...gone];
}

const keyOf = ({ pk, sk }: Item) => `${String(pk)} ${String(sk)}`;

function fingerprint(item: Item): string {
  const kept = Object.fromEntries(Object.entries(item).filter(([name]) => !DUE_TIMES.has(name)));
  return createHash('sha256').update(JSON.stringify(kept, canonical)).digest('base64');
}

/** Bytes as text, and objects in the order of their keys: a map has none in DynamoDB. */
function canonical(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
