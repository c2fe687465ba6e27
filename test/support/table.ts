/** A table as the template declares it, under a name of the test's own. */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../lib/aws/dynamo.ts';
import { TABLE } from '../../lib/aws/table.ts';

export async function createTable({ client, name }: Table): Promise<void> {
  const keys = [TABLE, TABLE.indexes.list, TABLE.indexes.work];
  const schema = ({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) => [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys
        .flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey])
        .map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: schema(TABLE),
      GlobalSecondaryIndexes: [TABLE.indexes.list, TABLE.indexes.work].map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index),
        Projection: { ProjectionType: 'ALL' as const },
      })),
    }),
  );
}
