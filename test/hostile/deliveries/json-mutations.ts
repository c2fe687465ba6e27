/** Mutations of a JSON payload that know its structure, and JSON text that no serializer would write. */
import type { Random } from '../random.ts';

/** Text put into the JSON as it is, where no value could say it. */
export class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A key written twice, or one that an object of ours could not hold. */
class Pairs {
  readonly pairs: readonly (readonly [string, unknown])[];
  constructor(pairs: readonly (readonly [string, unknown])[]) {
    this.pairs = pairs;
  }
}

type Path = readonly (string | number)[];

export function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof Pairs) return object(value.pairs);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value === 'object' && value !== null) return object(Object.entries(value));
  return JSON.stringify(value) ?? 'null';
}

const object = (pairs: readonly (readonly [string, unknown])[]) =>
  `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`).join(',')}}`;

/** Every place in the payload, the whole of it first. */
export function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || value instanceof Raw || value instanceof Pairs)
    return [at];
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [at, ...parts.flatMap(([key, part]) => pathsOf(part, [...at, key]))];
}

export const GONE = Symbol('gone');

/** The payload with what `change` makes of the value at the path; without it for `GONE`. */
export function changed(value: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) {
    const list = value.map((part, i) => (i === step ? changed(part, rest, change) : part));
    return list.filter((part) => part !== GONE);
  }
  if (typeof value !== 'object' || value === null || value instanceof Raw || value instanceof Pairs)
    return value;
  const pairs = Object.entries(value).map(
    ([key, part]) => [key, key === step ? changed(part, rest, change) : part] as const,
  );
  return Object.fromEntries(pairs.filter(([, part]) => part !== GONE));
}

const deep = (open: string, close: string, depth: number) =>
  new Raw(`${open.repeat(depth)}0${close.repeat(depth)}`);

/** What a field is swapped for, each in turn. */
export const SWAPS: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['removed', () => GONE],
  ['null', () => null],
  ['a list', () => []],
  ['a list of null', () => [null]],
  ['a list of itself', (value) => [value]],
  ['a list of lists', () => [[[]]]],
  ['an object', () => ({})],
  ['an object of itself', (value) => ({ '0': value, length: 1 })],
  ['true', () => true],
  ['false', () => false],
  ['zero', () => 0],
  ['text of itself', (value) => write(value)],
  ['no text', () => ''],
  ['a number beyond all', () => new Raw('1e999')],
];

/** What is too large, too odd or too long to be tried on every field in turn. */
const ODDITIES: readonly ((value: unknown, random: Random) => unknown)[] = [
  () => new Raw('-1e999'),
  () => new Raw('-0'),
  () => new Raw('9007199254740993'),
  () => new Raw('0.1e-400'),
  () => new Raw('"\\ud800"'),
  () => new Raw('"\\udfff\\ud800x"'),
  () => new Raw('"\\u0000"'),
  () => '\u202egnp.main',
  () => 'ма\u0456n',
  () => '__proto__',
  () => ({ toString: 'x', valueOf: null, hasOwnProperty: 1, toJSON: {} }),
  () => new Pairs([['__proto__', { admin: true, id: 7, ref: 'refs/heads/evil' }]]),
  () => new Pairs([['constructor', { prototype: { ref: 'refs/heads/main' } }]]),
  (_, random) => 'x'.repeat(random.pick([201, 1025, 70_000])),
  (_, random) => Array.from({ length: random.pick([999, 1001, 20_000]) }, (_item, i) => i % 7),
  (_, random) => deep('[', ']', random.pick([63, 64, 65, 1_000, 20_000])),
  (_, random) => deep('{"a":', '}', random.pick([63, 64, 65, 1_000])),
  () => 'refs/heads/main',
  () => 'refs/heads/release',
  () => 'refs/heads/../main',
  () => 'refs/heads/main\n',
  () => '--upload-pack=x',
  () => '0'.repeat(40),
  () => 'f'.repeat(64),
  () => 43,
  () => '42',
];

/** One mutation anywhere. */
export function mutateJson(payload: unknown, random: Random): unknown {
  const path = random.pick(pathsOf(payload));
  const kind = random.below(10);
  if (kind < 4) return changed(payload, path, random.pick(SWAPS)[1]);
  if (kind < 7) return changed(payload, path, (value) => random.pick(ODDITIES)(value, random));
  return changed(payload, path, (value) => restructured(value, payload, random));
}

/** Keys renamed, doubled, reordered or added; lists grown and emptied; a part of the payload put where another was. */
function restructured(value: unknown, whole: unknown, random: Random): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0) return [random.pick(SWAPS)[1](whole)].filter((item) => item !== GONE);
    return random.pick([
      () => value.toReversed(),
      () => [...value, ...value],
      () => [null, ...value],
      () => value.slice(1),
    ])();
  }
  if (typeof value !== 'object' || value === null || value instanceof Raw || value instanceof Pairs)
    return random.pick([() => [value, value], () => ({ value }), () => partOf(whole, random)])();
  const pairs = Object.entries(value);
  const at = random.below(pairs.length);
  const [key, part] = pairs[at] ?? ['x', null];
  return random.pick([
    () => new Pairs([...pairs, [key, random.pick(ODDITIES)(part, random)]]),
    () => new Pairs([[key, partOf(whole, random)], ...pairs]),
    () => new Pairs(pairs.map(([name, kept], i) => [i === at ? name.toUpperCase() : name, kept])),
    () => new Pairs(pairs.map(([name, kept], i) => [i === at ? `${name}\u0000` : name, kept])),
    () => new Pairs([['__proto__', value], ...pairs]),
    () => new Pairs(random.shuffled(pairs)),
    () => Object.values(value),
    () => ({ ...value, ...(typeof part === 'object' ? part : {}) }),
  ])();
}

function partOf(whole: unknown, random: Random): unknown {
  let part = whole;
  for (const step of random.pick(pathsOf(whole))) part = (part as Record<string | number, unknown>)[step];
  return part;
}
