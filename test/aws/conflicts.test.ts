/** What real DynamoDB does and a local one does not: writes that meet a transaction are refused, and come again. */
import { type DynamoDBClient, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { updateItem } from '../../lib/aws/dynamo.ts';

const conflict = () =>
  new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });

function tableThatAnswers(answers: readonly (Error | object)[]) {
  const left = [...answers];
  let calls = 0;
  const client = {
    send: async () => {
      calls++;
      const answer = left.shift() ?? {};
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as DynamoDBClient;
  return { table: { client, name: 'table' }, calls: () => calls };
}

const touch = (table: Parameters<typeof updateItem>[0]) =>
  updateItem(table, { pk: 'a', sk: 'b' }, (x) => ({ update: x.set({ a: 1 }), condition: x.exists() }));

describe('an update that meets a transaction', () => {
  it('is tried again until the transaction is over', async () => {
    const { table, calls } = tableThatAnswers([
      conflict(),
      conflict(),
      { Attributes: { pk: { S: 'a' }, sk: { S: 'b' } } },
    ]);
    expect(await touch(table)).toEqual({ item: { pk: 'a', sk: 'b' } });
    expect(calls()).toBe(3);
  });

  it('fails with what DynamoDB said when the item is never free', async () => {
    const { table } = tableThatAnswers(Array.from({ length: 20 }, conflict));
    await expect(touch(table)).rejects.toThrow('Transaction is ongoing');
  });
});
