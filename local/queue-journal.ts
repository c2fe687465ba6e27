/** The journal of queues: which exist, with which attributes, kept as one line per change. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

const ATTRIBUTES = z.record(z.string(), z.string());
const URL_OF = z.string().transform((url) => url.slice(url.lastIndexOf('/') + 1));
const CHANGE = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('CreateQueue'),
    body: z.object({ QueueName: z.string(), Attributes: ATTRIBUTES.default({}) }),
  }),
  z.object({
    action: z.literal('SetQueueAttributes'),
    body: z.object({ QueueUrl: URL_OF, Attributes: ATTRIBUTES }),
  }),
  z.object({ action: z.literal('DeleteQueue'), body: z.object({ QueueUrl: URL_OF }) }),
]);

export interface QueueJournal {
  /** Queues and their attributes as the journal was found. */
  queues(): ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Notes a successful request; those that change no queue are passed over. */
  record(action: string, body: unknown): void;
}

export function queueJournal(path: string): QueueJournal {
  const found = replay(path);
  const lines = [...found].map(([QueueName, Attributes]) => line('CreateQueue', { QueueName, Attributes }));
  // Rewritten at every start, so it grows with one run's changes only.
  writeFileSync(`${path}.new`, lines.join(''), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return {
    queues: () => found,
    record: (action, body) => {
      if (CHANGE.safeParse({ action, body }).success) appendFileSync(path, line(action, body));
    },
  };
}

function line(action: string, body: unknown): string {
  return `${JSON.stringify({ action, body })}\n`;
}

function replay(path: string): Map<string, Record<string, string>> {
  const queues = new Map<string, Record<string, string>>();
  for (const text of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) {
    const change = parse(text);
    if (change?.action === 'CreateQueue') {
      const { QueueName, Attributes } = change.body;
      queues.set(QueueName, { ...queues.get(QueueName), ...Attributes });
    } else if (change?.action === 'SetQueueAttributes') {
      const { QueueUrl, Attributes } = change.body;
      queues.set(QueueUrl, { ...queues.get(QueueUrl), ...Attributes });
    } else if (change) queues.delete(change.body.QueueUrl);
  }
  return queues;
}

/** The last line may be torn: a process killed while it wrote. */
function parse(text: string): z.output<typeof CHANGE> | undefined {
  try {
    return CHANGE.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
