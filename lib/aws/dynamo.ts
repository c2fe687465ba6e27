/** DynamoDB, one level up: items as plain objects, expressions without spliced text, transactions with reasons. */
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { UnreadableRow } from '../domain/fault.ts';
import { TABLE } from './table.ts';

export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

export type Item = Readonly<Record<string, unknown>>;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const MARSHALL = { removeUndefinedValues: true } as const;
const toAttributes = (item: object) => marshall(item, MARSHALL);

/**
 * Collects names and values of an expression. Text from outside is only ever a value: an emulator is known to
 * die of odd characters in an expression, and DynamoDB has some 570 reserved words.
 */
export class Expression {
  readonly #names = new Map<string, string>();
  readonly #values: Record<string, unknown> = {};

  n(attribute: string): string {
    const known = this.#names.get(attribute);
    if (known) return known;
    const alias = `#n${this.#names.size}`;
    this.#names.set(attribute, alias);
    return alias;
  }

  v(value: unknown): string {
    const alias = `:v${Object.keys(this.#values).length}`;
    this.#values[alias] = value;
    return alias;
  }

  /** `SET a = x, b = y` for every defined entry. */
  set(entries: object): string {
    const parts = Object.entries(entries).flatMap(([name, value]) =>
      value === undefined ? [] : [`${this.n(name)} = ${this.v(value)}`],
    );
    return `SET ${parts.join(', ')}`;
  }

  /** True for an item that has all of these, null included. */
  equal(entries: object): string {
    return Object.entries(entries)
      .map(([name, value]) => `${this.n(name)} = ${this.v(value)}`)
      .join(' AND ');
  }

  /** True for an item that is there. */
  exists(): string {
    return `attribute_exists(${this.n(TABLE.partitionKey)})`;
  }

  absent(): string {
    return `attribute_not_exists(${this.n(TABLE.partitionKey)})`;
  }

  get parts() {
    return {
      ExpressionAttributeNames: Object.fromEntries([...this.#names].map(([name, alias]) => [alias, name])),
      ...(Object.keys(this.#values).length > 0
        ? { ExpressionAttributeValues: toAttributes(this.#values) }
        : {}),
    };
  }
}

/** Stores an item under a key that nothing is stored under; false when something is. */
export async function putNew(table: Table, item: Item): Promise<boolean> {
  const x = new Expression();
  const ConditionExpression = x.absent();
  const Item = toAttributes(item);
  try {
    await table.client.send(
      new PutItemCommand({ TableName: table.name, Item, ConditionExpression, ...x.parts }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export async function getItem(table: Table, key: Key): Promise<Item | null> {
  const { Item: found } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: toAttributes(key), ConsistentRead: true }),
  );
  return found ? unmarshall(found) : null;
}

const CONFLICT_RETRIES = 6;

/** Twice as long each time up to a second, and never the same for two. */
function pause(attempt: number): Promise<void> {
  const milliseconds = Math.min(1000, 5 * 2 ** attempt) * (0.5 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const BATCH_GET_LIMIT = 100;

/** The items that are there, in no particular order. */
export async function getItems(table: Table, keys: readonly Key[]): Promise<readonly Item[]> {
  const chunks = chunk(keys, BATCH_GET_LIMIT).map(async (part) => {
    const items: Item[] = [];
    let attempt = 0;
    let wanted: BatchGetItemCommandInput['RequestItems'] = {
      [table.name]: { Keys: part.map(toAttributes), ConsistentRead: true },
    };
    while (wanted && Object.keys(wanted).length > 0) {
      const answer: BatchGetItemCommandOutput = await table.client.send(
        new BatchGetItemCommand({ RequestItems: wanted }),
      );
      for (const item of answer.Responses?.[table.name] ?? []) items.push(unmarshall(item));
      wanted = answer.UnprocessedKeys;
      if (wanted && Object.keys(wanted).length > 0) await pause(attempt++);
    }
    return items;
  });
  return (await Promise.all(chunks)).flat();
}

export interface QueryInput {
  readonly index?: (typeof TABLE.indexes)[keyof typeof TABLE.indexes];
  readonly partition: string;
  /** Condition on the sort key. */
  readonly sort?:
    | { readonly beginsWith: string }
    | { readonly before: string }
    | { readonly from: string }
    /** Both ends included. */
    | { readonly between: readonly [from: string, to: string] };
  readonly newestFirst?: boolean;
  readonly limit?: number;
  readonly after?: Item | null;
  /** Only these attributes: what is not needed need not travel. */
  readonly only?: readonly string[];
}

/** One page: at most 1 MB, or `limit` items. Reads of the table itself are strongly consistent. */
export async function queryPage(
  table: Table,
  input: QueryInput,
): Promise<{ items: readonly Item[]; last: Item | null }> {
  const x = new Expression();
  const keys = input.index ?? TABLE;
  const conditions = [`${x.n(keys.partitionKey)} = ${x.v(input.partition)}`];
  const sortKey = keys.sortKey;
  if (input.sort && 'beginsWith' in input.sort) {
    conditions.push(`begins_with(${x.n(sortKey)}, ${x.v(input.sort.beginsWith)})`);
  } else if (input.sort && 'before' in input.sort) {
    conditions.push(`${x.n(sortKey)} < ${x.v(input.sort.before)}`);
  } else if (input.sort && 'between' in input.sort) {
    const [from, to] = input.sort.between;
    conditions.push(`${x.n(sortKey)} BETWEEN ${x.v(from)} AND ${x.v(to)}`);
  } else if (input.sort) {
    conditions.push(`${x.n(sortKey)} >= ${x.v(input.sort.from)}`);
  }
  const answer = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      ...(input.index ? { IndexName: input.index.name } : { ConsistentRead: true }),
      KeyConditionExpression: conditions.join(' AND '),
      ...(input.only ? { ProjectionExpression: input.only.map((name) => x.n(name)).join(', ') } : {}),
      ...x.parts,
      ScanIndexForward: !input.newestFirst,
      ...(input.limit ? { Limit: input.limit } : {}),
      ...(input.after ? { ExclusiveStartKey: toAttributes(input.after) } : {}),
    }),
  );
  return {
    items: (answer.Items ?? []).map((item) => unmarshall(item)),
    last: answer.LastEvaluatedKey ? unmarshall(answer.LastEvaluatedKey) : null,
  };
}

export async function* queryPages(table: Table, input: QueryInput): AsyncGenerator<readonly Item[]> {
  let after: Item | null = null;
  do {
    const page = await queryPage(table, { ...input, after });
    if (page.items.length > 0) yield page.items;
    after = page.last;
  } while (after);
}

export async function queryAll(table: Table, input: QueryInput): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of queryPages(table, input)) items.push(...page);
  return items;
}

/** How many items there are; none of them is transferred. */
export async function countItems(
  table: Table,
  index: NonNullable<QueryInput['index']>,
  partition: string,
): Promise<number> {
  const x = new Expression();
  const query = {
    TableName: table.name,
    IndexName: index.name,
    KeyConditionExpression: `${x.n(index.partitionKey)} = ${x.v(partition)}`,
    ...x.parts,
    Select: 'COUNT',
  } as const;
  let count = 0;
  let from: QueryCommandOutput['LastEvaluatedKey'];
  do {
    const answer: QueryCommandOutput = await table.client.send(
      new QueryCommand({ ...query, ...(from ? { ExclusiveStartKey: from } : {}) }),
    );
    count += answer.Count ?? 0;
    from = answer.LastEvaluatedKey;
  } while (from);
  return count;
}

/** One row that cannot be read must not keep the others from being served. */
export function readable<T>(
  items: readonly Item[],
  read: (item: Item) => T,
): { read: readonly T[]; unreadable: readonly string[] } {
  const done: T[] = [];
  const unreadable: string[] = [];
  for (const item of items) {
    try {
      done.push(read(item));
    } catch (error) {
      if (!(error instanceof UnreadableRow)) throw error;
      unreadable.push(`${String(item[TABLE.partitionKey])}/${String(item[TABLE.sortKey])}`);
    }
  }
  return { read: done, unreadable };
}

export interface Change {
  readonly update: string;
  readonly condition: string;
}

/**
 * The item after the update, or `{failed}` with the item that did not meet the condition (null: none there). Waits
 * and tries again when DynamoDB says that a transaction was at work on the item; its client does not.
 */
export async function updateItem(
  table: Table,
  key: Key,
  build: (x: Expression) => Change,
): Promise<{ item: Item } | { failed: Item | null }> {
  const x = new Expression();
  const { update, condition } = build(x);
  const command = {
    TableName: table.name,
    Key: toAttributes(key),
    UpdateExpression: update,
    ConditionExpression: condition,
    ...x.parts,
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  for (let attempt = 0; ; attempt++) {
    try {
      const { Attributes } = await table.client.send(new UpdateItemCommand(command));
      return { item: unmarshall(Attributes ?? {}) };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return { failed: error.Item ? unmarshall(error.Item) : null };
      }
      if (!(error instanceof TransactionConflictException) || attempt >= CONFLICT_RETRIES) throw error;
      await pause(attempt);
    }
  }
}

export function put(table: Table, item: Item, condition?: (x: Expression) => string): TransactWriteItem {
  const x = new Expression();
  const base = { TableName: table.name, Item: toAttributes(item) };
  return { Put: condition ? { ...base, ConditionExpression: condition(x), ...x.parts } : base };
}

export function update(table: Table, key: Key, build: (x: Expression) => Change): TransactWriteItem {
  const x = new Expression();
  const { update: expression, condition } = build(x);
  return {
    Update: {
      TableName: table.name,
      Key: toAttributes(key),
      UpdateExpression: expression,
      ConditionExpression: condition,
      ...x.parts,
    },
  };
}

export function remove(table: Table, key: Key, condition?: (x: Expression) => string): TransactWriteItem {
  const x = new Expression();
  const base = { TableName: table.name, Key: toAttributes(key) };
  return { Delete: condition ? { ...base, ConditionExpression: condition(x), ...x.parts } : base };
}

export function check(table: Table, key: Key, condition: (x: Expression) => string): TransactWriteItem {
  const x = new Expression();
  const expression = condition(x);
  return {
    ConditionCheck: {
      TableName: table.name,
      Key: toAttributes(key),
      ConditionExpression: expression,
      ...x.parts,
    },
  };
}

/**
 * All of `items` or none. Returns null when they were written, else, for each of them, whether its condition
 * failed. Waits and tries again when DynamoDB says that another transaction was at work on the same items.
 */
export async function transact(
  table: Table,
  items: readonly TransactWriteItem[],
): Promise<readonly boolean[] | null> {
  for (let attempt = 0; ; attempt++) {
    try {
      await table.client.send(new TransactWriteItemsCommand({ TransactItems: [...items] }));
      return null;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
      if (codes.includes('ConditionalCheckFailed'))
        return codes.map((code) => code === 'ConditionalCheckFailed');
      if (attempt >= CONFLICT_RETRIES) throw error;
      await pause(attempt);
    }
  }
}

export function chunk<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}

/** An opaque cursor for callers of the API: where the next page starts. */
export function encodeCursor(position: object | null): string | null {
  return position ? Buffer.from(JSON.stringify(position)).toString('base64url') : null;
}

/** Null when the text is no cursor of ours; a forged one can at most start a page somewhere else. */
export function parseCursor(text: string | null): Item | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const isItem = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isItem && Object.values(value).every(isInKey) ? (value as Item) : null;
  } catch {
    return null;
  }
}

/** What the parts of a place are. Others, such as 1e999, are not even turned into a request. */
const isInKey = (value: unknown) =>
  typeof value === 'string' ? value.isWellFormed() : Number.isSafeInteger(value);
