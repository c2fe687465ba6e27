/**
 * What a call to DynamoDB asks for. Keys of rows are `dynamodb:LeadingKeys`, those of an index where an index is
 * asked; a transaction needs the permissions of its parts, each for its own row
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html, transaction-apis-iam.html).
 */
import { type Context, contextOf, type IamRequest } from './request.ts';

type Attributes = Readonly<Record<string, { readonly S?: string; readonly N?: string; readonly B?: string }>>;

interface Call {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
  readonly Select?: string;
  readonly ReturnValues?: string;
  readonly RequestItems?: Readonly<Record<string, Batch>>;
  readonly TransactItems?: readonly Readonly<Record<string, Call>>[];
  readonly Statement?: string;
  readonly Statements?: readonly { readonly Statement: string }[];
  readonly TransactStatements?: readonly { readonly Statement: string }[];
}

/** Of BatchGetItem the keys, of BatchWriteItem the writes. */
type Batch = { readonly Keys: readonly Attributes[] } | readonly Readonly<Record<string, Call>>[];

/** What the partition key is called, in the table or in one of its indexes; null where that is not known. */
export type KeyName = (table: string, index: string | null) => string | null;

export interface Place {
  readonly tableArn: (name: string) => string;
  readonly keyName: KeyName;
}

/** Calls on one table, or one index of it, that say which rows they are about. */
const ON_ROWS: ReadonlySet<string> = new Set(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query']);

export function dynamoDbRequests(operation: string, body: unknown, place: Place): IamRequest[] {
  const call = body as Call;
  if (ON_ROWS.has(operation)) return [requestOf(operation, call, place)];
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem')
    return Object.entries(call.RequestItems ?? {}).map(([table, batch]) => ({
      action: `dynamodb:${operation}`,
      resource: place.tableArn(table),
      context: contextOf({ 'dynamodb:LeadingKeys': batchKeys(batch, place.keyName(table, null)) }),
    }));
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems')
    return (call.TransactItems ?? []).flatMap((item) =>
      Object.entries(item).map(([part, of]) =>
        requestOf(PART[part] ?? part, of, place, { 'dynamodb:enclosingoperation': [operation] }),
      ),
    );
  if (PARTIQL.has(operation)) return statementsOf(call).map((statement) => partiQlRequest(statement, place));
  // Of a scan no row is known beforehand: no LeadingKeys, and ForAllValues is then true.
  const index = call.IndexName === undefined ? '' : `/index/${call.IndexName}`;
  const resource = call.TableName === undefined ? '*' : place.tableArn(call.TableName) + index;
  return [{ action: `dynamodb:${operation}`, resource, context: contextOf({}) }];
}

/** No kind of row is called that: what allows certain rows only does not allow these. */
const NOT_WORKED_OUT = '(not worked out)';

const PARTIQL: ReadonlySet<string> = new Set([
  'ExecuteStatement',
  'BatchExecuteStatement',
  'ExecuteTransaction',
]);

const statementsOf = ({ Statement, Statements, TransactStatements }: Call): string[] => [
  ...(Statement === undefined ? [] : [Statement]),
  ...[...(Statements ?? []), ...(TransactStatements ?? [])].map((one) => one.Statement),
];

/** Which rows is not worked out, so that no condition on rows is taken to hold. */
function partiQlRequest(statement: string, { tableArn }: Place): IamRequest {
  const [, verb = ''] = /^\s*(\w+)/.exec(statement) ?? [];
  const [, table = '', index] =
    /(?:FROM|INTO|UPDATE)\s+"?([\w.-]+)"?(?:\."([\w.-]+)")?/i.exec(statement) ?? [];
  return {
    action: `dynamodb:PartiQL${verb.charAt(0).toUpperCase()}${verb.slice(1).toLowerCase()}`,
    resource: tableArn(table) + (index === undefined ? '' : `/index/${index}`),
    context: contextOf({ 'dynamodb:LeadingKeys': [NOT_WORKED_OUT] }),
  };
}

const PART: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

function requestOf(
  operation: string,
  call: Call,
  { tableArn, keyName }: Place,
  more: Context = {},
): IamRequest {
  const { TableName = '', IndexName = null } = call;
  const key = keyName(TableName, IndexName);
  return {
    action: `dynamodb:${operation}`,
    resource: tableArn(TableName) + (IndexName === null ? '' : `/index/${IndexName}`),
    context: {
      ...contextOf({
        'dynamodb:LeadingKeys': [
          operation === 'Query' ? partitionOf(call, key) : keyOf(operation, call, key),
        ],
        'dynamodb:Select': [call.Select],
        'dynamodb:ReturnValues': [call.ReturnValues],
      }),
      ...more,
    },
  };
}

/** Of the one that the operation reads: a `Key` beside the item that is put is nothing to DynamoDB. */
const keyOf = (operation: string, { Key, Item }: Call, key: string | null) =>
  rowOf(operation.startsWith('Put') ? Item : Key, key);

const rowOf = (attributes: Attributes | undefined, key: string | null) =>
  key === null ? NOT_WORKED_OUT : text(attributes?.[key]);

/** `#name = :value`, in whatever order; an alias is not needed for a name that is no reserved word. */
function partitionOf(call: Call, key: string | null): string | undefined {
  if (key === null) return NOT_WORKED_OUT;
  for (const [, left = '', right = ''] of (call.KeyConditionExpression ?? '').matchAll(
    /([#\w.-]+)\s*=\s*(:\w+)/g,
  ))
    if ((call.ExpressionAttributeNames?.[left] ?? left) === key)
      return text(call.ExpressionAttributeValues?.[right]);
  throw new Error(`a query of no partition: ${call.KeyConditionExpression ?? 'no KeyConditionExpression'}`);
}

function batchKeys(batch: Batch, key: string | null): (string | undefined)[] {
  if ('Keys' in batch) return batch.Keys.map((row) => rowOf(row, key));
  return batch.flatMap((write) => Object.entries(write).map(([part, of]) => keyOf(part, of, key)));
}

const text = (value: Attributes[string] | undefined) => value?.S ?? value?.N ?? value?.B;
