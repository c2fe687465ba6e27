/** Explain: what a schema's issue means to whoever wrote the document. */
import type * as z from 'zod';
import { didYouMean } from './nearest.ts';
import { NOTES } from './schema/fields.ts';
import { unwrapped } from './schema/walk.ts';
import type { Tree } from './tree.ts';

/** A value of another type than the schema asks for; `1.5` where a whole number should be is a number all the same. */
export function isTypeIssue(issue: z.core.$ZodIssue, found: Tree): boolean {
  if (issue.code === 'invalid_value') return found.kind !== 'scalar' || typeof found.value !== 'string';
  return issue.code === 'invalid_type';
}

/** Message and suggestion. A schema's own message, where it has one, is used as it is. */
export function explain(
  issue: z.core.$ZodIssue,
  found: Tree,
  schema: z.core.$ZodType | undefined,
): [message: string, suggestion: string] {
  switch (issue.code) {
    case 'invalid_type': {
      const write = schema && NOTES.get(unwrapped(schema))?.write;
      const expected = TYPE_NAMES[issue.expected] ?? issue.expected;
      return [`expected ${expected}, found ${nameOf(found)}`, write ?? fix(issue.expected, found)];
    }
    case 'too_small':
      return [tooSmall(issue), ''];
    case 'too_big':
      return [`must be at most ${issue.maximum}${unitOf(issue.origin)}`, ''];
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (isTypeIssue(issue, found)) return [`expected text, found ${nameOf(found)}`, oneOf(values)];
      const value = found.kind === 'scalar' ? String(found.value) : '';
      return [`must be ${oneOf(values)}`, didYouMean(value, values)];
    }
    default:
      return [issue.message, ''];
  }
}

const oneOf = (values: readonly string[]) =>
  values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  const isCount = issue.origin === 'string' || issue.origin === 'array';
  if (isCount && Number(issue.minimum) === 1) return 'must not be empty';
  return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
};

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

/** YAML 1.2 reads `1.10` as a number and `yes` as text; both surprise people. */
function fix(expected: string, found: Tree): string {
  if (found.kind !== 'scalar') return '';
  if (expected === 'string' && found.value !== null) return 'put the value in quotes';
  const takesSettings = expected === 'object' || expected === 'record';
  if (takesSettings && found.value === null) return 'write `{}` to use the defaults';
  return expected === 'boolean' ? 'write true or false, without quotes' : '';
}

/** What a reader would call it. */
export function nameOf(tree: Tree): string {
  if (tree.kind === 'map') return 'a mapping';
  if (tree.kind === 'list') return 'a list';
  if (tree.value === null) return 'nothing';
  if (typeof tree.value === 'string') return 'text';
  return typeof tree.value === 'number' ? 'a number' : 'true or false';
}
