/** Writes: what a Put, an Update, a Delete or a check would do, found out before anything is done. */
import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { meets, scopeOf, updated } from './evaluate.ts';
import { invalid, METADATA } from './failure.ts';
import { nameOfKey, type Rows, type Stored } from './rows.ts';
import { copyRow, normalNumber, type Row, typeOf } from './values.ts';

export interface Write {
  readonly kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  readonly TableName?: string | undefined;
  readonly Item?: Row | undefined;
  readonly Key?: Row | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

export interface Planned {
  readonly name: string;
  readonly before: Row | undefined;
  /** Undefined: there is no row after it. */
  readonly after: Stored | undefined;
  /** Counted against the 4 MB of a transaction. */
  readonly bytes: number;
}

/** Throws `ConditionalCheckFailedException` when the row does not meet the condition. */
export function plan(rows: Rows, write: Write): Planned {
  const { kind, Item, Key, UpdateExpression, ConditionExpression } = write;
  const name = nameOfWrite(rows, write);
  const stored = rows.get(name);
  const scope = scopeOf(write, [ConditionExpression, UpdateExpression]);
  if (ConditionExpression !== undefined && !meets(stored?.row, ConditionExpression, scope))
    throw new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      ...(write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && stored
        ? { Item: copyRow(stored.row) }
        : {}),
      ...METADATA,
    });
  const before = stored?.row;
  if (kind === 'ConditionCheck') return { name, before, after: stored, bytes: stored?.bytes ?? 0 };
  if (kind === 'Delete') return { name, before, after: undefined, bytes: stored?.bytes ?? 0 };
  const after = rows.weighed(
    kind === 'Put' ? taken(Item ?? {}) : changed(rows, before, Key ?? {}, UpdateExpression, scope),
  );
  return { name, before, after, bytes: Math.max(after.bytes, stored?.bytes ?? 0) };
}

export function nameOfWrite(rows: Rows, { kind, Item, Key }: Write): string {
  if (kind === 'Put') return nameOfKey(Item ?? {}, rows.schema);
  if (Object.keys(Key ?? {}).length !== 2)
    throw invalid('The provided key element does not match the schema');
  return nameOfKey(Key ?? {}, rows.schema);
}

function changed(
  rows: Rows,
  before: Row | undefined,
  key: Row,
  text: string | undefined,
  scope: ReturnType<typeof scopeOf>,
): Row {
  const row = before ?? copyRow(key);
  const after = text === undefined ? copyRow(row) : taken(updated(row, text, scope));
  for (const name of [rows.schema.partition, rows.schema.sort]) {
    if (after[name]?.S !== key[name]?.S)
      throw invalid(`Cannot update attribute ${name}. This attribute is part of the key`);
  }
  return after;
}

/** As it is stored: copied, with its numbers in the one form in which they come back. */
function taken(row: Row): Row {
  return normal({ M: row }).M ?? {};
}

function normal(value: AttributeValue): AttributeValue {
  typeOf(value);
  if (value.N !== undefined) return { N: normalNumber(value.N) };
  if (value.B !== undefined) return { B: Uint8Array.from(value.B) };
  if (value.L !== undefined) return { L: value.L.map(normal) };
  if (value.M === undefined) return { ...value };
  const row: Row = {};
  for (const [name, one] of Object.entries(value.M)) row[name] = normal(one);
  return { M: row };
}
