/** Expressions, evaluated against a row. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { invalid } from './failure.ts';
import {
  aliasesIn,
  type Comparator,
  type Condition,
  type Operand,
  parseCondition,
  parseUpdate,
  type Sum,
  type Term,
} from './grammar.ts';
import { add, copy, copyRow, equal, order, type Row, typeOf } from './values.ts';

/** What aliases stand for. */
export interface Scope {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

interface Aliased {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

/** Throws, as DynamoDB does, for aliases that are used and not given, or given and not used. */
export function scopeOf(
  { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Aliased,
  expressions: readonly (string | undefined)[],
): Scope {
  const used = new Set(expressions.flatMap((text) => (text === undefined ? [] : aliasesIn(text))));
  for (const alias of used) {
    if (!Object.hasOwn(alias.startsWith('#') ? names : values, alias))
      throw invalid(`an expression uses ${alias}, which is not given`);
  }
  for (const alias of [...Object.keys(names), ...Object.keys(values)]) {
    if (!used.has(alias)) throw invalid(`${alias} is given, and no expression uses it`);
  }
  for (const value of Object.values(values)) typeOf(value);
  return { names, values };
}

export function nameOf(alias: string, { names }: Scope): string {
  return names[alias] ?? alias;
}

export function valueNamed(alias: string, { values }: Scope): AttributeValue {
  const value = values[alias];
  if (!value) throw invalid(`${alias} is not given`);
  return value;
}

function resolve(operand: Operand, row: Row, scope: Scope): AttributeValue | undefined {
  if (operand.kind === 'value') return valueNamed(operand.alias, scope);
  let at: AttributeValue | undefined = { M: row };
  for (const alias of operand.aliases) at = at?.M?.[nameOf(alias, scope)];
  return at;
}

/** Whether a row meets a condition; one that is not there is an empty one. */
export function meets(row: Row | undefined, text: string, scope: Scope): boolean {
  return holds(parseCondition(text), row ?? {}, scope);
}

function holds(condition: Condition, row: Row, scope: Scope): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, row, scope) && holds(condition.right, row, scope);
    case 'or':
      return holds(condition.left, row, scope) || holds(condition.right, row, scope);
    case 'not':
      return !holds(condition.of, row, scope);
    case 'compare':
      return compared(
        condition.by,
        resolve(condition.left, row, scope),
        resolve(condition.right, row, scope),
      );
    case 'between': {
      const [of, from, to] = [condition.of, condition.from, condition.to].map((one) =>
        resolve(one, row, scope),
      );
      return compared('>=', of, from) && compared('<=', of, to);
    }
    case 'call':
      return called(condition, row, scope);
  }
}

function compared(
  by: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (by === '=' || by === '<>') {
    const same = left !== undefined && right !== undefined && equal(left, right);
    return by === '=' ? same : !same;
  }
  if (left === undefined || right === undefined) return false;
  const sign = order(left, right);
  if (sign === null) return false;
  return { '<': sign < 0, '<=': sign <= 0, '>': sign > 0, '>=': sign >= 0 }[by];
}

function called({ name, given }: Condition & { kind: 'call' }, row: Row, scope: Scope): boolean {
  const [value, second] = given.map((one) => resolve(one, row, scope));
  if (name === 'attribute_exists') return value !== undefined;
  if (name === 'attribute_not_exists') return value === undefined;
  if (second?.S === undefined) throw invalid(`${name} takes a string`);
  if (name === 'attribute_type') return value !== undefined && typeOf(value) === second.S;
  return value?.S?.startsWith(second.S) ?? false;
}

/** The row after an update. All right sides are of the row before it. */
export function updated(before: Row, text: string, scope: Scope): Row {
  const { set, remove, add: counts } = parseUpdate(text);
  const after = copyRow(before);
  const touched = new Set<string>();
  const touch = (alias: string): string => {
    const name = nameOf(alias, scope);
    if (touched.has(name)) throw invalid(`two changes of ${name}`);
    touched.add(name);
    return name;
  };
  for (const { target, to } of set) after[touch(target)] = sum(to, before, scope);
  for (const alias of remove) delete after[touch(alias)];
  for (const { target, value } of counts) {
    const name = touch(target);
    const by = valueNamed(value, scope);
    after[name] =
      before[name] === undefined ? number(by) : { N: add(number(before[name]).N, number(by).N, 1n) };
  }
  return after;
}

function sum({ first, plus }: Sum, row: Row, scope: Scope): AttributeValue {
  const value = termOf(first, row, scope);
  if (!plus) return copy(value);
  return { N: add(number(value).N, number(termOf(plus.term, row, scope)).N, plus.sign) };
}

function termOf(term: Term, row: Row, scope: Scope): AttributeValue {
  const value =
    term.kind === 'if_not_exists'
      ? (resolve(term.path, row, scope) ?? resolve(term.otherwise, row, scope))
      : resolve(term, row, scope);
  if (value === undefined) throw invalid('an expression refers to an attribute that is not in the item');
  return value;
}

function number(value: AttributeValue): { N: string } {
  if (value.N === undefined) throw invalid('an operand in an expression is no number');
  return { N: value.N };
}
