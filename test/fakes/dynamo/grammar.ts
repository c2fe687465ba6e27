/** The grammar of expressions, as much of it as our adapters write: anything else is refused. */
import { invalid } from './failure.ts';

/** Names of attributes are always aliases, and so are values: `#n0.#n1`, `:v0`. */
export type Operand =
  | { readonly kind: 'path'; readonly aliases: readonly string[] }
  | { readonly kind: 'value'; readonly alias: string };

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'compare'; readonly by: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly of: Operand; readonly from: Operand; readonly to: Operand }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly given: readonly Operand[] };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type FunctionName = keyof typeof FUNCTIONS;

export type Sum = {
  readonly first: Term;
  readonly plus: { readonly sign: 1n | -1n; readonly term: Term } | null;
};
export type Term =
  | Operand
  | { readonly kind: 'if_not_exists'; readonly path: Operand; readonly otherwise: Operand };

export interface Update {
  readonly set: readonly { readonly target: string; readonly to: Sum }[];
  readonly remove: readonly string[];
  readonly add: readonly { readonly target: string; readonly value: string }[];
}

/** With the number of things each is given. */
const FUNCTIONS = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
} as const;
const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='] satisfies Comparator[];
const LONGEST_EXPRESSION = 4096;

const isFunction = (text: string): text is FunctionName => Object.hasOwn(FUNCTIONS, text);
const isComparator = (text: string): text is Comparator => COMPARATORS.includes(text);

class Tokens {
  readonly #tokens: readonly string[];
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    if (Buffer.byteLength(text) > LONGEST_EXPRESSION) throw invalid('an expression has more than 4 KB');
    this.text = text;
    this.#tokens = text.match(/[#:]?\w+|<>|<=|>=|[=<>(),.+-]|\S/g) ?? [];
  }

  get next(): string {
    return this.#tokens[this.#at] ?? '';
  }

  take(expected?: string): string {
    const token = this.next;
    if (token === '' || (expected !== undefined && token.toUpperCase() !== expected))
      throw invalid(`${expected ?? 'more'} was expected in "${this.text}", not "${token}"`);
    this.#at++;
    return token;
  }

  /** Keywords in either case. */
  skip(token: string): boolean {
    if (this.next.toUpperCase() !== token) return false;
    this.#at++;
    return true;
  }

  alias(sign: '#' | ':'): string {
    const token = this.take();
    if (!token.startsWith(sign) || token.length < 2)
      throw invalid(`an alias (${sign}) was expected in "${this.text}", not "${token}"`);
    return token;
  }

  end(): void {
    if (this.next !== '') throw invalid(`"${this.next}" was not expected in "${this.text}"`);
  }
}

function operand(tokens: Tokens): Operand {
  if (tokens.next.startsWith(':')) return { kind: 'value', alias: tokens.alias(':') };
  const aliases = [tokens.alias('#')];
  while (tokens.skip('.')) aliases.push(tokens.alias('#'));
  return { kind: 'path', aliases };
}

function disjunction(tokens: Tokens): Condition {
  let left = conjunction(tokens);
  while (tokens.skip('OR')) left = { kind: 'or', left, right: conjunction(tokens) };
  return left;
}

function conjunction(tokens: Tokens): Condition {
  let left = negation(tokens);
  while (tokens.skip('AND')) left = { kind: 'and', left, right: negation(tokens) };
  return left;
}

function negation(tokens: Tokens): Condition {
  if (tokens.skip('NOT')) return { kind: 'not', of: negation(tokens) };
  if (!tokens.skip('(')) return statement(tokens);
  const inner = disjunction(tokens);
  tokens.take(')');
  return inner;
}

function statement(tokens: Tokens): Condition {
  if (isFunction(tokens.next)) return call(tokens, tokens.next);
  const left = operand(tokens);
  if (tokens.skip('BETWEEN')) {
    const from = operand(tokens);
    tokens.take('AND');
    return { kind: 'between', of: left, from, to: operand(tokens) };
  }
  const by = tokens.take();
  if (!isComparator(by)) throw invalid(`"${by}" in "${tokens.text}" is not known here`);
  return { kind: 'compare', by, left, right: operand(tokens) };
}

function call(tokens: Tokens, name: FunctionName): Condition {
  tokens.take();
  tokens.take('(');
  const given = [operand(tokens)];
  while (tokens.skip(',')) given.push(operand(tokens));
  tokens.take(')');
  if (given.length !== FUNCTIONS[name] || given[0]?.kind !== 'path')
    throw invalid(`${name} is given what it does not take in "${tokens.text}"`);
  return { kind: 'call', name, given };
}

function assignment(tokens: Tokens): Update['set'][number] {
  const target = tokens.alias('#');
  tokens.take('=');
  const first = term(tokens);
  if (tokens.skip('+')) return { target, to: { first, plus: { sign: 1n, term: term(tokens) } } };
  if (tokens.skip('-')) return { target, to: { first, plus: { sign: -1n, term: term(tokens) } } };
  return { target, to: { first, plus: null } };
}

function term(tokens: Tokens): Term {
  if (tokens.next !== 'if_not_exists') return operand(tokens);
  tokens.take();
  tokens.take('(');
  const path = operand(tokens);
  tokens.take(',');
  const otherwise = operand(tokens);
  tokens.take(')');
  return { kind: 'if_not_exists', path, otherwise };
}

function list<T>(tokens: Tokens, one: () => T): T[] {
  const items = [one()];
  while (tokens.skip(',')) items.push(one());
  return items;
}

function changes(tokens: Tokens): Update {
  const update = { set: [] as Update['set'], remove: [] as Update['remove'], add: [] as Update['add'] };
  const seen = new Set<string>();
  while (tokens.next !== '') {
    const clause = tokens.take().toUpperCase();
    if (seen.has(clause)) throw invalid(`"${clause}" twice in "${tokens.text}"`);
    seen.add(clause);
    if (clause === 'SET') update.set = list(tokens, () => assignment(tokens));
    else if (clause === 'REMOVE') update.remove = list(tokens, () => tokens.alias('#'));
    else if (clause === 'ADD')
      update.add = list(tokens, () => ({ target: tokens.alias('#'), value: tokens.alias(':') }));
    else throw invalid(`"${clause}" in "${tokens.text}" is not known here`);
  }
  return update;
}

/** The same few texts come again and again, since names and values are aliases. */
function remembering<T>(parse: (tokens: Tokens) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const tokens = new Tokens(text);
    const parsed = parse(tokens);
    tokens.end();
    known.set(text, parsed);
    return parsed;
  };
}

export const parseCondition = remembering(disjunction);
export const parseUpdate = remembering(changes);
export const parseProjection = remembering((tokens) => list(tokens, () => tokens.alias('#')));

/** Every alias that a text uses: DynamoDB refuses those that are given and not used. */
export const aliasesIn = (() => {
  const known = new Map<string, readonly string[]>();
  return (text: string): readonly string[] => {
    const found = known.get(text) ?? text.match(/[#:]\w+/g) ?? [];
    known.set(text, found);
    return found;
  };
})();
