/** The side of SQS that our adapters speak to: queues are made, removed and sent to. What is sent goes to `queues`. */
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  QueueDoesNotExist,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
  SQSServiceException,
} from '@aws-sdk/client-sqs';

export interface MemoryQueues {
  has(name: string): boolean;
  put(name: string, body: string, delaySeconds: number): void;
  create(name: string): void;
  remove(name: string): void;
}

/** The URL of one of the queues; all differ in their last segment only. */
export const queueUrl = (name: string): string => `${BASE}${name}`;

const BASE = 'memory:/queues/';
const LARGEST_REQUEST = 256 * 1024;
const LONGEST_DELAY = 900;
const MOST_ENTRIES = 10;

export function memorySqs(queues: MemoryQueues): SQSClient {
  function named(url: string | undefined): string {
    const name = url?.startsWith(BASE) ? url.slice(BASE.length) : '';
    if (!queues.has(name))
      throw new QueueDoesNotExist({
        message: `there is no queue ${url}`,
        $metadata: { httpStatusCode: 400 },
      });
    return name;
  }

  function answer(command: unknown): object {
    if (command instanceof SendMessageCommand) {
      const { QueueUrl, MessageBody = '', DelaySeconds = 0 } = command.input;
      const name = named(QueueUrl);
      check([{ MessageBody, DelaySeconds }]);
      queues.put(name, MessageBody, DelaySeconds);
      return {};
    }
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      const name = named(QueueUrl);
      if (Entries.length === 0 || Entries.length > MOST_ENTRIES)
        throw invalid('TooManyEntriesInBatchRequest', `a batch is of 1 to ${MOST_ENTRIES} messages`);
      if (new Set(Entries.map(({ Id }) => Id)).size < Entries.length)
        throw invalid('BatchEntryIdsNotDistinct', 'two entries have the same id');
      check(Entries);
      for (const { MessageBody = '', DelaySeconds = 0 } of Entries)
        queues.put(name, MessageBody, DelaySeconds);
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    }
    if (command instanceof CreateQueueCommand) {
      const { QueueName = '' } = command.input;
      queues.create(QueueName);
      return { QueueUrl: queueUrl(QueueName) };
    }
    if (command instanceof DeleteQueueCommand) {
      queues.remove(named(command.input.QueueUrl));
      return {};
    }
    throw invalid('UnsupportedOperation', `${command?.constructor.name} is not known here`);
  }

  const client = {
    send: async (command: unknown) => ({ $metadata: {}, ...answer(command) }),
    destroy: () => {},
  };
  return client as unknown as SQSClient;
}

interface Outgoing {
  readonly MessageBody?: string | undefined;
  readonly DelaySeconds?: number | undefined;
}

function check(messages: readonly Outgoing[]): void {
  const bytes = messages.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
  if (bytes > LARGEST_REQUEST) throw invalid('BatchRequestTooLong', `more than ${LARGEST_REQUEST} bytes`);
  for (const { MessageBody = '', DelaySeconds = 0 } of messages) {
    if (MessageBody === '') throw invalid('InvalidParameterValue', 'a message has no body');
    if (!Number.isInteger(DelaySeconds) || DelaySeconds < 0 || DelaySeconds > LONGEST_DELAY)
      throw invalid(
        'InvalidParameterValue',
        `a delay is 0 to ${LONGEST_DELAY} whole seconds, not ${DelaySeconds}`,
      );
  }
}

function invalid(name: string, message: string): SQSServiceException {
  return new SQSServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}
