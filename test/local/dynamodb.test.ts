/** What the adapters rely on, asked of the emulator over the wire. The same questions can be put to DynamoDB itself. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { localClients } from '../../local/emulators.ts';
import { ensureTable } from '../../local/provision/table.ts';
import { tablesIn } from '../../local/template/state.ts';
import { readTemplate } from '../../local/template/template.ts';
import { finallyDo, TABLE, temporaryFolder } from './fixture.ts';

const TableName = 'Table';
const [PLAN] = tablesIn(
  readTemplate({ Resources: { Table: TABLE } }, { region: 'us-east-1', parameters: {} }),
);

let client: DynamoDBClient;
beforeAll(async () => {
  const database = await startDynamoDb({ folder: temporaryFolder(), log: () => {} });
  finallyDo(() => database.stop());
  const clients = localClients({ dynamodb: database.endpoint, sqs: '', kms: '', sts: '' }, 'us-east-1');
  client = clients.dynamodb;
  finallyDo(() => clients.destroy());
  if (PLAN) await ensureTable(PLAN, client);
});

let counter = 0;
const fresh = () => ({ pk: { S: `item-${counter++}` }, sk: { S: 'a' } });
const NEW = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } };
const transact = (...TransactItems: TransactWriteItem[]) =>
  client.send(new TransactWriteItemsCommand({ TransactItems }));
const reasons = async (attempt: Promise<unknown>) => {
  const error = await attempt.catch((caught: unknown) => caught);
  if (!(error instanceof TransactionCanceledException)) throw error;
  return error.CancellationReasons ?? [];
};

describe('the table', () => {
  it('is made once, with its index and its expiry, and left alone the second time', async () => {
    if (PLAN) await ensureTable(PLAN, client);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['work']);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' });
  });

  it('from an older template is refused rather than run without an index', async () => {
    const index = PLAN?.GlobalSecondaryIndexes[0];
    if (!PLAN || !index) throw new Error('no plan');
    const newer = { ...PLAN, GlobalSecondaryIndexes: [index, { ...index, IndexName: 'list' }] };
    await expect(ensureTable(newer, client)).rejects.toThrow('no index list');
  });
});

describe('a conditional write', () => {
  it('succeeds once, and hands the loser what it lost to', async () => {
    const Item = { ...fresh(), by: { S: 'first' } };
    await client.send(new PutItemCommand({ TableName, Item, ...NEW }));
    const second = client.send(
      new PutItemCommand({ TableName, Item, ...NEW, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    );
    const error = await second.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item });
  });

  it('has one winner of 20 at once', async () => {
    const Key = fresh();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        client.send(new PutItemCommand({ TableName, Item: { ...Key, by: { N: `${i}` } }, ...NEW })),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('adds 20 times when 20 add at once', async () => {
    const Key = fresh();
    const add = () =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'ADD #n :one',
          ExpressionAttributeNames: { '#n': 'n' },
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      );
    await Promise.all(Array.from({ length: 20 }, add));
    expect((await client.send(new GetItemCommand({ TableName, Key }))).Item?.['n']).toEqual({ N: '20' });
  });
});

describe('a transaction', () => {
  it('writes all', async () => {
    const [one, two, gone] = [fresh(), fresh(), fresh()];
    await client.send(new PutItemCommand({ TableName, Item: gone }));
    await transact(
      { Put: { TableName, Item: one, ...NEW } },
      { Put: { TableName, Item: two, ...NEW } },
      { Delete: { TableName, Key: gone } },
    );
    const found = await Promise.all(
      [one, two, gone].map((Key) => client.send(new GetItemCommand({ TableName, Key }))),
    );
    expect(found.map(({ Item }) => Item !== undefined)).toEqual([true, true, false]);
  });

  it('writes nothing when one condition fails, and says which and what is there', async () => {
    const [taken, free] = [{ ...fresh(), epoch: { N: '7' } }, fresh()];
    await client.send(new PutItemCommand({ TableName, Item: taken }));
    const failed = await reasons(
      transact(
        { Put: { TableName, Item: free, ...NEW } },
        {
          ConditionCheck: {
            TableName,
            Key: { pk: taken.pk, sk: taken.sk },
            ConditionExpression: '#epoch = :epoch',
            ExpressionAttributeNames: { '#epoch': 'epoch' },
            ExpressionAttributeValues: { ':epoch': { N: '6' } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ),
    );
    expect(failed.map(({ Code }) => Code)).toEqual(['None', 'ConditionalCheckFailed']);
    expect(failed[1]?.Item).toEqual(taken);
    expect((await client.send(new GetItemCommand({ TableName, Key: free }))).Item).toBeUndefined();
  });

  it('has one winner of 20 at once', async () => {
    const Key = fresh();
    const sides = Array.from({ length: 20 }, fresh);
    const outcomes = await Promise.allSettled(
      sides.map((side) =>
        transact({ Put: { TableName, Item: Key, ...NEW } }, { Put: { TableName, Item: side } }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const written = await Promise.all(
      sides.map((side) => client.send(new GetItemCommand({ TableName, Key: side }))),
    );
    expect(written.filter(({ Item }) => Item)).toHaveLength(1);
  });
});

describe('an index', () => {
  const query = (wpk: string, more: object = {}) =>
    client.send(
      new QueryCommand({
        TableName,
        IndexName: 'work',
        KeyConditionExpression: '#wpk = :wpk AND #wsk <= :until',
        ExpressionAttributeNames: { '#wpk': 'wpk', '#wsk': 'wsk' },
        ExpressionAttributeValues: { ':wpk': { S: wpk }, ':until': { S: '5' } },
        ...more,
      }),
    );
  const put = (wpk: string, wsk: string) =>
    client.send(new PutItemCommand({ TableName, Item: { ...fresh(), wpk: { S: wpk }, wsk: { S: wsk } } }));

  it('answers in order, up to a bound, in pages', async () => {
    for (const wsk of ['3', '1', '9', '2', '5']) await put('due', wsk);
    const first = await query('due', { Limit: 3 });
    expect(first.Items?.map(({ wsk }) => wsk?.S)).toEqual(['1', '2', '3']);
    const rest = await query('due', { ExclusiveStartKey: first.LastEvaluatedKey });
    expect(rest.Items?.map(({ wsk }) => wsk?.S)).toEqual(['5']);
    expect(rest.LastEvaluatedKey).toBeUndefined();
  });

  it('holds only items that have its keys', async () => {
    const Item = { ...fresh(), wpk: { S: 'sparse' }, wsk: { S: '1' } };
    await client.send(new PutItemCommand({ TableName, Item }));
    await client.send(new PutItemCommand({ TableName, Item: fresh() }));
    expect((await query('sparse')).Count).toBe(1);
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: Item.pk, sk: Item.sk },
        UpdateExpression: 'REMOVE #wpk, #wsk',
        ExpressionAttributeNames: { '#wpk': 'wpk', '#wsk': 'wsk' },
      }),
    );
    expect((await query('sparse')).Count).toBe(0);
    await client.send(new DeleteItemCommand({ TableName, Key: { pk: Item.pk, sk: Item.sk } }));
  });
});
