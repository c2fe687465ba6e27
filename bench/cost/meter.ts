/**
 * Meter: what passes through the clients, in the units that AWS bills. Sizes and rounding:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../lib/aws/table.ts';

export interface Use {
  /** DynamoDB's read and write request units; of writes, `indexed` are of the two indexes. */
  read: number;
  write: number;
  indexed: number;
  /** Calls by service, and those of DynamoDB and others by name. */
  dynamo: number;
  sqs: number;
  decrypt: number;
  sign: number;
  git: number;
  readonly calls: Map<string, number>;
}

type Attributes = Record<string, AttributeValue>;

interface Client {
  send(command: { readonly input: unknown }, ...rest: unknown[]): Promise<unknown>;
}

const KB = 1024;
const INDEXES = Object.values(TABLE.indexes);

export const nothing = (): Use => ({
  read: 0,
  write: 0,
  indexed: 0,
  dynamo: 0,
  sqs: 0,
  decrypt: 0,
  sign: 0,
  git: 0,
  calls: new Map(),
});

/** Counts every call of the three clients from now on into what `now` says. */
export function metered(
  clients: { dynamodb: DynamoDBClient; kms: object; sqs: object },
  now: () => Use,
): void {
  const table = clients.dynamodb as unknown as Client;
  const plain = table.send.bind(table);
  table.send = async (command, ...rest) => {
    const use = now();
    const name = nameOf(command);
    count(use, name);
    use.dynamo++;
    const keys = writtenKeys(name, command.input);
    const before = await Promise.all(keys.map((key) => itemAt(plain, command.input, key)));
    try {
      const answer = await plain(command, ...rest);
      if (keys.length === 0) use.read += readUnits(name, command.input, answer);
      else await countWrites(use, name, command.input, keys, before, plain);
      return answer;
    } catch (error) {
      // A write that is refused is billed as if it were done.
      use.write +=
        keys.reduce((sum, _, index) => sum + units(before[index]), 0) * (isTransaction(name) ? 2 : 1);
      throw error;
    }
  };
  counted(clients.sqs, now, (use) => use.sqs++);
  counted(clients.kms, now, (use, name) => (name === 'Sign' ? use.sign++ : use.decrypt++));
}

function counted(client: object, now: () => Use, add: (use: Use, name: string) => void): void {
  const one = client as Client;
  const plain = one.send.bind(one);
  one.send = (command, ...rest) => {
    const name = nameOf(command);
    add(now(), name);
    count(now(), name);
    return plain(command, ...rest);
  };
}

const nameOf = (command: object) => command.constructor.name.replace(/Command$/, '');
const count = (use: Use, name: string) => use.calls.set(name, (use.calls.get(name) ?? 0) + 1);
const isTransaction = (name: string) => name === 'TransactWriteItems';

type Action = NonNullable<TransactWriteItem[keyof TransactWriteItem]>;

function actionsOf(input: unknown): { kind: string; action: Action }[] {
  const { TransactItems = [] } = input as { TransactItems?: TransactWriteItem[] };
  return TransactItems.flatMap((item) =>
    Object.entries(item).map(([kind, action]) => ({ kind, action: action as Action })),
  );
}

function keyOf(action: unknown): Attributes {
  const { Key, Item = {} } = action as { Key?: Attributes; Item?: Attributes };
  if (Key) return Key;
  const { [TABLE.partitionKey]: pk, [TABLE.sortKey]: sk } = Item;
  return { ...(pk ? { [TABLE.partitionKey]: pk } : {}), ...(sk ? { [TABLE.sortKey]: sk } : {}) };
}

function writtenKeys(name: string, input: unknown): readonly Attributes[] {
  if (isTransaction(name)) return actionsOf(input).map(({ action }) => keyOf(action));
  return ['PutItem', 'UpdateItem', 'DeleteItem'].includes(name) ? [keyOf(input)] : [];
}

async function itemAt(
  send: Client['send'],
  input: unknown,
  Key: Attributes,
): Promise<Attributes | undefined> {
  const { TableName = tableOf(input) } = input as { TableName?: string };
  const answer = await send(new GetItemCommand({ TableName, Key, ConsistentRead: true }) as never);
  return (answer as { Item?: Attributes }).Item;
}

const tableOf = (input: unknown) =>
  (actionsOf(input)[0]?.action as { TableName?: string } | undefined)?.TableName ?? '';

/** Twice in a transaction; that the indexes are too was not found written down, and is assumed. */
async function countWrites(
  use: Use,
  name: string,
  input: unknown,
  keys: readonly Attributes[],
  before: readonly (Attributes | undefined)[],
  send: Client['send'],
): Promise<void> {
  const times = isTransaction(name) ? 2 : 1;
  const kinds = isTransaction(name) ? actionsOf(input).map(({ kind }) => kind) : [name];
  for (const [index, key] of keys.entries()) {
    const old = before[index];
    const now = await itemAt(send, input, key);
    use.write += times * Math.max(units(old), units(now));
    if (kinds[index] === 'ConditionCheck') continue;
    for (const { partitionKey, sortKey } of INDEXES) {
      const places = [old, now].map((item) => JSON.stringify([item?.[partitionKey], item?.[sortKey]]));
      const listed = [old, now].filter((item) => item?.[partitionKey] && item[sortKey]);
      // One that stays in its place is written once; one that moves is deleted there and put here.
      const written = places[0] === places[1] ? Math.max(0, ...listed.map(units)) : sum(listed.map(units));
      use.write += times * written;
      use.indexed += times * written;
    }
  }
}

/** Of a write: started kilobytes, one at least. */
const units = (item: Attributes | undefined) => Math.max(1, Math.ceil(sizeOf(item ?? {}) / KB));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Started 4 KB, half as much where consistency is not asked for; one at least, or a half. */
function readUnits(name: string, input: unknown, answer: unknown): number {
  const { ConsistentRead = false } = input as { ConsistentRead?: boolean };
  const per = (bytes: number, consistent: boolean) =>
    Math.max(1, Math.ceil(bytes / (4 * KB))) * (consistent ? 1 : 0.5);
  if (name === 'GetItem') return per(sizeOf((answer as { Item?: Attributes }).Item ?? {}), ConsistentRead);
  if (name === 'Query' || name === 'Scan') {
    const { Items = [] } = answer as { Items?: Attributes[] };
    return per(sum(Items.map(sizeOf)), ConsistentRead);
  }
  if (name === 'BatchGetItem') {
    const { Responses = {} } = answer as { Responses?: Record<string, Attributes[]> };
    const { RequestItems = {} } = input as { RequestItems?: Record<string, { Keys?: object[] }> };
    const asked = sum(Object.values(RequestItems).map(({ Keys = [] }) => Keys.length));
    const found = Object.values(Responses).flat();
    return sum(found.map((item) => per(sizeOf(item), true))) + (asked - found.length);
  }
  return 0;
}

/** Bytes of an item, names included. */
export function sizeOf(item: Attributes): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + sizeOfValue(value)));
}

function sizeOfValue(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[-.]/g, '').length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return 3 + sum(value.L.map((one) => 1 + sizeOfValue(one)));
  if (value.M !== undefined) return 3 + sizeOf(value.M) + Object.keys(value.M).length;
  return 1;
}
