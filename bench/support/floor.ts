/** Floor: the requests on the way of a push, made back to back with nothing in between. */
import {
  BatchGetItemCommand,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Repository } from '../../lib/domain/git.ts';
import type { GitHost } from '../../lib/ports.ts';
import type { BenchStack } from './stack.ts';

interface FloorOptions {
  readonly stack: BenchStack;
  readonly git: GitHost;
  readonly repository: Repository;
  readonly path: string;
  /** Queues that nobody else reads: one that stands for ours, and one per gateway. */
  readonly queue: string;
  readonly gateways: readonly string[];
}

const BODY = 'x'.repeat(150);
const RELOAD = 'x'.repeat(700);

/** Returns one run: tip and file from git, and the reads, writes and messages that must follow one another. */
export function floorOf({ stack, git, repository, path, queue, gateways }: FloorOptions) {
  const { dynamodb, sqs } = stack.clients;
  const TableName = stack.table;
  const key = (sk: string) => ({ pk: { S: 'FLOOR' }, sk: { S: sk } });
  const content = { S: 'x'.repeat(300) };
  let known: Parameters<GitHost['read']>[0]['known'] = null;
  let row = 0;

  const get = () => dynamodb.send(new GetItemCommand({ TableName, Key: key('A'), ConsistentRead: true }));
  const getAll = () =>
    dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('A')], ConsistentRead: true } } }),
    );
  const query = () =>
    dynamodb.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :a)',
        ExpressionAttributeValues: { ':pk': { S: 'FLOOR' }, ':a': { S: 'A' } },
      }),
    );
  const update = () =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: key('A'),
        UpdateExpression: 'SET content = :c ADD revision :one',
        ExpressionAttributeValues: { ':c': content, ':one': { N: '1' } },
      }),
    );
  /** As many items as a new version takes: lease, configuration, version, its id, content, mark, two events. */
  const transact = () =>
    dynamodb.send(
      new TransactWriteItemsCommand({
        TransactItems: Array.from({ length: 8 }, (_, index) => ({
          Put: { TableName, Item: { ...key(`B#${row}#${index}`), content } },
        })),
      }),
    );
  const send = (QueueUrl: string, MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  async function receive(QueueUrl: string): Promise<() => Promise<unknown>> {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    return () => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }

  async function fetchFile(): Promise<void> {
    const tip = await git.resolve(repository, 'main');
    const read = await git.read({ repository, commit: tip ?? '', paths: [path], known });
    known = { commit: tip ?? '', trees: read.trees, blobs: {} };
  }

  /** Milliseconds. A commit must have been made since the last run. */
  return async (): Promise<number> => {
    row += 1;
    const start = performance.now();
    // webhook: hook, route, hint
    await get();
    await query();
    await update();
    await send(queue, BODY);
    const first = await receive(queue);
    // sync: lease, contents, what opens the repository, git, the configuration, publish
    await update();
    await query();
    await get();
    await fetchFile();
    await getAll();
    await transact();
    await send(queue, BODY);
    const second = await receive(queue);
    // fan-out: configuration and mark, what is announced, who is bound
    await get();
    await update();
    await query();
    await Promise.all(gateways.map((gateway) => send(gateway, RELOAD)));
    const rest = await Promise.all(gateways.map(receive));
    const took = performance.now() - start;
    for (const tidy of [first, second, ...rest]) await tidy();
    return took;
  };
}
