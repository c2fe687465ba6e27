/** Makes a table of the template where it is missing. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Table } from '../template/state.ts';

/** Answers the table's name. An existing table is checked for the indexes it should have, not changed. */
export async function ensureTable(table: Table, client: DynamoDBClient): Promise<string> {
  const TableName = table.TableName ?? table.id;
  const indexes = table.GlobalSecondaryIndexes;
  const existing = await describeTable(TableName, client);
  if (existing) {
    const missing = indexes
      .filter(({ IndexName }) => !existing.has(IndexName))
      .map(({ IndexName }) => IndexName);
    if (missing.length > 0)
      throw new Error(`table ${TableName} is from an older template: no index ${missing.join(', ')}`);
  } else {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: table.KeySchema,
        AttributeDefinitions: table.AttributeDefinitions,
        ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes.map(toIndex) }),
      }),
    );
  }
  await ensureExpiry(TableName, table, client);
  return TableName;
}

function toIndex({ IndexName, KeySchema, Projection }: Table['GlobalSecondaryIndexes'][number]) {
  const { ProjectionType, NonKeyAttributes } = Projection;
  return {
    IndexName,
    KeySchema,
    Projection: NonKeyAttributes === undefined ? { ProjectionType } : { ProjectionType, NonKeyAttributes },
  };
}

async function describeTable(
  TableName: string,
  client: DynamoDBClient,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName = '' }) => IndexName));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function ensureExpiry(TableName: string, table: Table, client: DynamoDBClient): Promise<void> {
  const wanted = table.TimeToLiveSpecification;
  if (!wanted?.Enabled) return;
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.AttributeName === wanted.AttributeName) return;
  const TimeToLiveSpecification = { AttributeName: wanted.AttributeName, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}
