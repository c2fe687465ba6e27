/** Check one part of a document against a zod schema, and say in our words what is wrong and where. */
import type * as z from 'zod';
import type { Code } from './codes.ts';
import { didYouMean } from './nearest.ts';
import type { Report } from './report.ts';
import { find, isMap, type MapTree, type Path, plain, type Tree } from './tree.ts';

/**
 * The value when it fits, else null and findings in the report. `unknownKey` is the code for keys the
 * schema does not have: policy blocks have a documented one of their own.
 */
export function checkSchema<T>(
  schema: z.ZodType<T>,
  root: Tree,
  at: Path,
  report: Report,
  unknownKey: Code = 'E032',
): T | null {
  const tree = find(root, at);
  const result = schema.safeParse(tree && plain(tree));
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const path = [...at, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
    if (issue.code === 'unrecognized_keys') {
      const known = keysOf(schema, issue.path);
      for (const key of issue.keys) unknown(root, [...path, key], known, report, unknownKey);
    } else if (!find(root, path)) {
      report.of(root, path, 'E031', `\`${path.at(-1)}\` is required`);
    } else {
      report.ofValue(root, path, isTypeIssue(issue) ? 'E033' : 'E034', ...explain(issue, find(root, path)));
    }
  }
  return null;
}

function unknown(root: Tree, path: Path, known: readonly string[], report: Report, code: Code): void {
  const key = String(path.at(-1));
  const valid = known.length > 0 ? `valid keys: ${known.join(', ')}` : '';
  report.of(root, path, code, `unknown key \`${key}\``, didYouMean(key, known, valid));
}

function isTypeIssue(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_union';
}

/** Message and suggestion. A schema's own message, where it has one, is used as it is. */
function explain(issue: z.core.$ZodIssue, found: Tree | undefined): [string, string] {
  switch (issue.code) {
    case 'invalid_type':
      return [
        `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}, found ${nameOf(found)}`,
        fix(issue.expected, found),
      ];
    case 'too_small':
      return [
        Number(issue.minimum) === 1
          ? 'must not be empty'
          : `must be at least ${issue.minimum}${unitOf(issue.origin)}`,
        '',
      ];
    case 'too_big':
      return [`must be at most ${issue.maximum}${unitOf(issue.origin)}`, ''];
    case 'invalid_value':
      return [`must be one of ${issue.values.map(String).join(', ')}`, ''];
    default:
      return [issue.message, ''];
  }
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
function fix(expected: string, found: Tree | undefined): string {
  if (found?.kind !== 'scalar') return '';
  if (expected === 'string' && found.value !== null) return 'put the value in quotes';
  return expected === 'boolean' ? 'write true or false, without quotes' : '';
}

/** What a reader would call it. */
export function nameOf(tree: Tree | undefined): string {
  if (tree === undefined) return 'nothing';
  if (tree.kind === 'map') return 'a mapping';
  if (tree.kind === 'list') return 'a list';
  if (tree.value === null) return 'nothing';
  if (typeof tree.value === 'string') return 'text';
  return typeof tree.value === 'number' ? 'a number' : 'true or false';
}

/** The keys an object schema has at the path; empty where it is no object schema. */
function keysOf(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let current: unknown = schema;
  for (const step of path) current = shapeOf(current)?.[String(step)];
  return Object.keys(shapeOf(current) ?? {});
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  if (typeof schema !== 'object' || schema === null || !('shape' in schema)) return undefined;
  const { shape } = schema;
  return typeof shape === 'object' && shape !== null ? { ...shape } : undefined;
}

/** For callers that look at keys one by one: the mapping at the path, or null and a finding. */
export function mappingAt(root: Tree, at: Path, report: Report): MapTree | null {
  const tree = find(root, at);
  if (isMap(tree)) return tree;
  const fix =
    tree?.kind === 'scalar' && tree.value === null ? `write \`${at.at(-1)}: {}\` to use the defaults` : '';
  report.ofValue(root, at, 'E033', `expected a mapping, found ${nameOf(tree)}`, fix);
  return null;
}
