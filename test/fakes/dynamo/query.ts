/** Queries: one partition, a stretch of it by sort key, a page at a time. */
import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { meets, nameOf, type Scope, scopeOf, valueNamed } from './evaluate.ts';
import { invalid } from './failure.ts';
import { type Condition, parseCondition, parseProjection } from './grammar.ts';
import { type KeyNames, keyText, nameOfKey, type Rows, startAfter } from './rows.ts';
import { compareText, copy, copyRow, type Row } from './values.ts';

export function query(
  rows: Rows,
  input: QueryCommandInput,
  pageBytes: number,
): Omit<QueryCommandOutput, '$metadata'> {
  const {
    IndexName,
    KeyConditionExpression: text = '',
    ProjectionExpression,
    Limit,
    ExclusiveStartKey,
  } = input;
  const keys = IndexName === undefined ? rows.schema : rows.schema.indexes[IndexName];
  if (!keys) throw invalid(`the table has no index ${IndexName}`);
  if (IndexName !== undefined && input.ConsistentRead) throw invalid('no consistent reads of an index');
  if (input.FilterExpression !== undefined) throw invalid('filters are not known here');
  if (Limit !== undefined && Limit < 1) throw invalid('Limit is less than 1');
  const scope = scopeOf(input, [text, ProjectionExpression]);
  const partition = partitionOf(parseCondition(text), keys, scope);
  const ordered = rows.partition(IndexName, partition);
  const backwards = input.ScanIndexForward === false;
  const step = backwards ? -1 : 1;
  let at = backwards ? ordered.length - 1 : 0;
  if (ExclusiveStartKey) {
    if (ExclusiveStartKey[keys.partition]?.S !== partition.S)
      throw invalid('The provided starting key is invalid');
    const sort = keyText(ExclusiveStartKey, keys.sort, 2048);
    at = startAfter(ordered, sort, nameOfKey(ExclusiveStartKey, rows.schema), backwards);
  }
  const found: Row[] = [];
  let bytes = 0;
  let last: Row | undefined;
  for (; at >= 0 && at < ordered.length; at += step) {
    const entry = ordered[at];
    if (!entry || !meets(entry.stored.row, text, scope)) continue;
    found.push(entry.stored.row);
    bytes += entry.stored.bytes;
    if (found.length === Limit || bytes >= pageBytes) {
      last = keyOf(entry.stored.row, rows, keys);
      break;
    }
  }
  return {
    ...(input.Select === 'COUNT'
      ? {}
      : { Items: found.map((row) => projected(row, ProjectionExpression, scope)) }),
    Count: found.length,
    ScannedCount: found.length,
    ...(last ? { LastEvaluatedKey: last } : {}),
  };
}

/** `partition = value`, and beside it at most one condition on the sort key. */
function partitionOf(condition: Condition, keys: KeyNames, scope: Scope) {
  const isPath = (operand: { kind: string; aliases?: readonly string[] } | undefined, name: string) =>
    operand?.kind === 'path' &&
    operand.aliases?.length === 1 &&
    nameOf(operand.aliases[0] ?? '', scope) === name;
  const [first, sort] = condition.kind === 'and' ? [condition.left, condition.right] : [condition, null];
  if (
    first.kind !== 'compare' ||
    first.by !== '=' ||
    first.right.kind !== 'value' ||
    !isPath(first.left, keys.partition)
  )
    throw invalid(`a query is of one partition, ${keys.partition} = value`);
  if (sort !== null) {
    const of =
      sort.kind === 'compare'
        ? sort.left
        : sort.kind === 'between'
          ? sort.of
          : sort.kind === 'call'
            ? sort.given[0]
            : undefined;
    if (!isPath(of, keys.sort) || (sort.kind === 'call' && sort.name !== 'begins_with'))
      throw invalid(`beside the partition there can be one condition on ${keys.sort}`);
    if (sort.kind === 'compare' && sort.by === '<>') throw invalid('<> is no condition of a key');
    if (sort.kind === 'between') {
      const [from, to] = [sort.from, sort.to].map((end) =>
        end.kind === 'value' ? valueNamed(end.alias, scope).S : undefined,
      );
      if (from === undefined || to === undefined || compareText(from, to) > 0)
        throw invalid('BETWEEN takes a lower bound that is not above the upper one');
    }
  }
  const partition = valueNamed(first.right.alias, scope);
  if (partition.S === undefined || partition.S === '')
    throw invalid('the partition is no string, or an empty one');
  return partition;
}

function keyOf(row: Row, { schema }: Rows, index: KeyNames): Row {
  const key: Row = {};
  for (const name of [schema.partition, schema.sort, index.partition, index.sort]) {
    const value = row[name];
    if (value) key[name] = copy(value);
  }
  return key;
}

function projected(row: Row, text: string | undefined, scope: Scope): Row {
  if (text === undefined) return copyRow(row);
  const some: Row = {};
  for (const alias of parseProjection(text)) {
    const name = nameOf(alias, scope);
    const value = row[name];
    if (value) some[name] = copy(value);
  }
  return some;
}
