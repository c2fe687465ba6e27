/** Mutations: documents of the corpus with a few values changed for others, taken away, doubled or renamed. */
import fc from 'fast-check';

type Step = string | number;

/** Values that a schema is likely to tell apart from those that stand there. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, '', 'x', 'rbac', 'block', 'redact', '1.0.0', 'https://a.example.com', 'two words'],
  ...[0, -1, 1, 0.5, 2, 9, 101, 36_501, 1e21, [], [''], ['rbac', 'rbac'], [1], {}, { id: 'a' }, { env: 'A' }],
];

const KEYS = [
  'id',
  'name',
  'env',
  'store',
  'enabled',
  'action',
  'mode',
  'rules',
  'tools',
  'x_env',
  'policy',
  '',
];

/** One to three changes, each somewhere in what the last one left. */
export function mutations(documents: readonly unknown[]): fc.Arbitrary<unknown> {
  const change: fc.Arbitrary<Change> = fc.record({
    where: fc.nat(),
    how: fc.constantFrom<Change['how']>('replace', 'remove', 'add', 'rename', 'graft'),
    value: fc.oneof(fc.constantFrom(...VALUES), fc.jsonValue({ maxDepth: 2 })),
    key: fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 6 })),
    other: fc.constantFrom(...documents),
  });
  return fc
    .tuple(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([document, changes]) => changes.reduce<unknown>(changed, document));
}

interface Change {
  readonly where: number;
  readonly how: 'replace' | 'remove' | 'add' | 'rename' | 'graft';
  readonly value: unknown;
  readonly key: string;
  readonly other: unknown;
}

function changed(document: unknown, { where, how, value, key, other }: Change): unknown {
  const paths = [...pathsOf(document)];
  const path = paths[where % paths.length] ?? [];
  const found = at(document, path);
  switch (how) {
    case 'replace':
      return put(document, path, value);
    case 'remove':
      return put(document, path, undefined);
    case 'add':
      return isMap(found) ? put(document, [...path, key], value) : put(document, path, [found, value]);
    case 'rename':
      return isMap(found) ? put(document, path, renamed(found, key)) : document;
    // What stands elsewhere at the same place is the likeliest to fit in part.
    case 'graft':
      return put(document, path, at(other, path) ?? value);
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function* pathsOf(value: unknown, path: readonly Step[] = []): Generator<readonly Step[]> {
  yield path;
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* pathsOf(item, [...path, i]);
  if (isMap(value)) for (const [key, item] of Object.entries(value)) yield* pathsOf(item, [...path, key]);
}

function at(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (step === undefined) return value;
  if (Array.isArray(value)) return at(value[Number(step)], rest);
  return isMap(value) && Object.hasOwn(value, step) ? at(value[step], rest) : undefined;
}

/** `undefined` takes it away. */
function put(value: unknown, [step, ...rest]: readonly Step[], next: unknown): unknown {
  if (step === undefined) return next === undefined ? null : next;
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => {
      if (i !== step) return [item];
      return rest.length === 0 && next === undefined ? [] : [put(item, rest, next)];
    });
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(
    ([key]) => key !== step || rest.length > 0 || next !== undefined,
  );
  const entriesNow = entries.map(
    ([key, item]) => [key, key === step ? put(item, rest, next) : item] as const,
  );
  const isNew = !Object.hasOwn(value, step) && rest.length === 0 && next !== undefined;
  return Object.fromEntries(isNew ? [...entriesNow, [step, next]] : entriesNow);
}

function renamed(value: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const [first, ...others] = Object.entries(value);
  return first ? Object.fromEntries([[key, first[1]], ...others]) : {};
}
