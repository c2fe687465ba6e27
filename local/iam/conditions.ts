/** Conditions of a statement: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import type { Context } from './request.ts';
import { arnWildcard, type Matcher, wildcard } from './wildcards.ts';

/** A condition block as written: operator, key, values. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface Condition {
  /** As written: `ForAllValues:StringLike dynamodb:LeadingKeys`. */
  readonly name: string;
  readonly values: readonly string[];
  holds(context: Context): boolean;
  /** Which of its values the request is covered by: what of the condition a call really used. */
  usedBy(context: Context): readonly string[];
}

interface Operator {
  readonly matcher: (value: string) => Matcher;
  readonly negated: boolean;
}

const exactly =
  (value: string): Matcher =>
  (text) =>
    text === value;
const anyCase =
  (value: string): Matcher =>
  (text) =>
    text.toLowerCase() === value.toLowerCase();

const is = (matcher: Operator['matcher']): Operator => ({ matcher, negated: false });
const isNot = (matcher: Operator['matcher']): Operator => ({ matcher, negated: true });

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: is(exactly),
  StringNotEquals: isNot(exactly),
  StringEqualsIgnoreCase: is(anyCase),
  StringNotEqualsIgnoreCase: isNot(anyCase),
  StringLike: is(wildcard),
  StringNotLike: isNot(wildcard),
  ArnEquals: is(arnWildcard),
  ArnLike: is(arnWildcard),
  ArnNotEquals: isNot(arnWildcard),
  ArnNotLike: isNot(arnWildcard),
  Bool: is(anyCase),
};

/** Keys that the calls of this machine are given a value for. Any other would be absent, which is an answer of its own. */
const KNOWN =
  /^(aws:(securetransport|sourceaccount|principalarn)|dynamodb:(leadingkeys|select|returnvalues|enclosingoperation)|kms:(encryptioncontext:.+|encryptioncontextkeys|signingalgorithm|encryptionalgorithm|messagetype)|sts:rolesessionname)$/;

/** Keys of which a request may have several values; without ForAllValues or ForAnyValue that has no meaning. */
const MULTIVALUED = /^(dynamodb:leadingkeys|kms:encryptioncontextkeys)$/;

export function parseConditions(block: ConditionBlock): Condition[] {
  return Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => parseCondition(operator, key, values)),
  );
}

function parseCondition(written: string, key: string, values: readonly string[]): Condition {
  const name = `${written} ${key}`;
  const [, set, operatorName = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(written) ?? [];
  const lower = key.toLowerCase();
  if (!KNOWN.test(lower)) throw new Error(`condition ${name}: the key is not one that is worked out here`);
  if (operatorName === 'Null') return existence(name, lower, values);
  const operator = OPERATORS[operatorName];
  if (!operator) throw new Error(`condition ${name}: the operator is not known here`);
  if (!set && MULTIVALUED.test(lower))
    throw new Error(`condition ${name}: a request has several values: it needs ForAllValues or ForAnyValue`);
  if (values.some((value) => value.includes('${')))
    throw new Error(`condition ${name}: variables are not worked out here`);
  const matchers = values.map((value) => operator.matcher(value));
  const passes: Matcher = (text) => matchers.some((matches) => matches(text)) !== operator.negated;
  return {
    name,
    values,
    holds: (context) => {
      const found = context[lower] ?? [];
      if (found.length === 0) return set === 'ForAllValues' || ifExists !== undefined || lacks(operator, set);
      return set === 'ForAllValues' ? found.every(passes) : found.some(passes);
    },
    usedBy: (context) =>
      values.filter((_, i) => context[lower]?.some((text) => matchers[i]?.(text) !== operator.negated)),
  };
}

/** A key that is not there is not equal to anything; but no value of it passes ForAnyValue. */
const lacks = ({ negated }: Operator, set: string | undefined) => negated && set === undefined;

/** `Null: true` is of a key that is not there, `false` of one that is. */
function existence(name: string, key: string, values: readonly string[]): Condition {
  const wanted = values.map((value) => value === 'true');
  return {
    name,
    values,
    holds: (context) => wanted.includes((context[key] ?? []).length === 0),
    usedBy: () => values,
  };
}
