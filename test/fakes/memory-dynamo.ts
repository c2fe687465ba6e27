/** A DynamoDB in memory, for the commands and expressions that our adapters send. The contract in `test/contracts` keeps it honest. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type CancellationReason,
  ConditionalCheckFailedException,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  ScanCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { invalid, isInvalid, METADATA } from './dynamo/failure.ts';
import { query } from './dynamo/query.ts';
import { type KeyNames, nameOfKey, Rows, type Schema } from './dynamo/rows.ts';
import { copyRow, type Row } from './dynamo/values.ts';
import { nameOfWrite, type Planned, plan, type Write } from './dynamo/writes.ts';

export interface MemoryDynamo {
  /** What the adapters are given. */
  readonly client: DynamoDBClient;
  /** Every row of a table, in no order; not copies. */
  rows(table: string): readonly Readonly<Row>[];
  /** Stores rows as they are: of another table's `rows`. */
  load(table: string, rows: readonly Readonly<Row>[]): void;
  /** Removes a table, so that a long run does not keep all it ever made. */
  drop(table: string): void;
}

interface Options {
  /** Of a page of a query: 1 MB, and for tests that want many pages, less. */
  readonly pageBytes?: number;
  /** Of the answer to a `BatchGetItem`: 16 MB. What is beyond it comes back as unprocessed keys. */
  readonly batchBytes?: number;
}

const MEGABYTE = 1024 * 1024;
const TRANSACTION = { items: 100, bytes: 4 * MEGABYTE } as const;
const BATCH_GET = 100;

export function memoryDynamo({
  pageBytes = MEGABYTE,
  batchBytes = 16 * MEGABYTE,
}: Options = {}): MemoryDynamo {
  const tables = new Map<string, Rows>();
  const rowsOf = (name: string | undefined): Rows => {
    const rows = tables.get(name ?? '');
    if (rows) return rows;
    throw new ResourceNotFoundException({ message: `there is no table ${name}`, ...METADATA });
  };

  function write(one: Write): Planned {
    const rows = rowsOf(one.TableName);
    const planned = plan(rows, one);
    rows.replace(planned.name, planned.after);
    return planned;
  }

  function batchGet({ RequestItems = {} }: BatchGetItemCommandInput) {
    const [[table, request] = [], ...more] = Object.entries(RequestItems);
    const { Keys = [], ...rest } = request ?? {};
    if (table === undefined || more.length > 0 || Keys.length === 0 || Keys.length > BATCH_GET)
      throw invalid(`a batch is of 1 to ${BATCH_GET} keys of one table`);
    const rows = rowsOf(table);
    const names = Keys.map((key) => nameOfKey(key, rows.schema));
    if (new Set(names).size < names.length) throw invalid('Provided list of item keys contains duplicates');
    const found: Row[] = [];
    const left: Row[] = [];
    let bytes = 0;
    for (const [at, key] of Keys.entries()) {
      const stored = rows.get(names[at] ?? '');
      bytes += stored?.bytes ?? 0;
      if (found.length > 0 && bytes > batchBytes) left.push(copyRow(key));
      else if (stored) found.push(copyRow(stored.row));
    }
    const UnprocessedKeys = left.length > 0 ? { [table]: { ...rest, Keys: left } } : {};
    return { Responses: { [table]: found }, UnprocessedKeys };
  }

  function transactWrite(items: readonly TransactWriteItem[]) {
    if (items.length === 0 || items.length > TRANSACTION.items)
      throw invalid(`a transaction is of 1 to ${TRANSACTION.items} items`);
    const writes = items.map(writeOf);
    const names = writes.map((one) => `${one.TableName}/${nameOfWrite(rowsOf(one.TableName), one)}`);
    if (new Set(names).size < names.length)
      throw invalid('Transaction request cannot include multiple operations on one item');
    const plans = writes.map((one) => outcomeOf(() => plan(rowsOf(one.TableName), one)));
    if (plans.some(({ failed }) => failed))
      throw cancelled(plans.map(({ failed }) => failed ?? { Code: 'None' }));
    const bytes = plans.reduce((sum, { done }) => sum + (done?.bytes ?? 0), 0);
    if (bytes > TRANSACTION.bytes) throw invalid('a transaction is of at most 4 MB');
    for (const [at, { done }] of plans.entries())
      if (done) rowsOf(writes[at]?.TableName).replace(done.name, done.after);
    return {};
  }

  function answer(command: unknown): object {
    if (command instanceof GetItemCommand) {
      const { Key = {}, TableName } = command.input;
      const rows = rowsOf(TableName);
      const stored = rows.get(nameOfKey(Key, rows.schema));
      return stored ? { Item: copyRow(stored.row) } : {};
    }
    if (command instanceof QueryCommand)
      return query(rowsOf(command.input.TableName), command.input, pageBytes);
    if (command instanceof UpdateItemCommand) {
      const { after } = write({ kind: 'Update', ...command.input });
      return command.input.ReturnValues === 'ALL_NEW' ? { Attributes: copyRow(after?.row ?? {}) } : {};
    }
    if (command instanceof TransactWriteItemsCommand) return transactWrite(command.input.TransactItems ?? []);
    if (command instanceof BatchGetItemCommand) return batchGet(command.input);
    if (command instanceof PutItemCommand) return write({ kind: 'Put', ...command.input }) && {};
    if (command instanceof DeleteItemCommand) return write({ kind: 'Delete', ...command.input }) && {};
    if (command instanceof ScanCommand)
      return { Items: [...rowsOf(command.input.TableName).all()].map(({ row }) => copyRow(row)) };
    if (command instanceof CreateTableCommand) {
      tables.set(command.input.TableName ?? '', new Rows(schemaOf(command.input)));
      return {};
    }
    throw invalid(`${command?.constructor.name} is not known here`);
  }

  return {
    client: {
      send: async (command: unknown) => ({ ...METADATA, ...answer(command) }),
      destroy: () => {},
    } as unknown as DynamoDBClient,
    rows: (table) => [...rowsOf(table).all()].map(({ row }) => row),
    load: (table, rows) => {
      const into = rowsOf(table);
      for (const row of rows) into.replace(nameOfKey(row, into.schema), into.weighed(row));
    },
    drop: (table) => void tables.delete(table),
  };
}

function writeOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): Write {
  if (Put) return { kind: 'Put', ...Put };
  if (Update) return { kind: 'Update', ...Update };
  if (Delete) return { kind: 'Delete', ...Delete };
  if (ConditionCheck) return { kind: 'ConditionCheck', ...ConditionCheck };
  throw invalid('an item of a transaction is one of four writes');
}

interface Outcome {
  readonly done?: Planned;
  readonly failed?: CancellationReason;
}

/** A transaction says of each of its writes what was wrong with it. */
function outcomeOf(planning: () => Planned): Outcome {
  try {
    return { done: planning() };
  } catch (error) {
    const reason = (Code: string, Item?: Record<string, AttributeValue>): Outcome => ({
      failed: { Code, Message: error instanceof Error ? error.message : '', ...(Item ? { Item } : {}) },
    });
    if (error instanceof ConditionalCheckFailedException) return reason('ConditionalCheckFailed', error.Item);
    if (isInvalid(error)) return reason('ValidationError');
    throw error;
  }
}

function cancelled(CancellationReasons: CancellationReason[]): TransactionCanceledException {
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return new TransactionCanceledException({ message, CancellationReasons, ...METADATA });
}

function schemaOf({ KeySchema = [], GlobalSecondaryIndexes = [] }: CreateTableCommandInput): Schema {
  const keys = (schema: typeof KeySchema): KeyNames => {
    const named = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName ?? '';
    return { partition: named('HASH'), sort: named('RANGE') };
  };
  const indexes = GlobalSecondaryIndexes.map(({ IndexName = '', KeySchema: own = [] }) => [
    IndexName,
    keys(own),
  ]);
  return { ...keys(KeySchema), indexes: Object.fromEntries(indexes) };
}
