/** Globs: `policies/**\/*.yaml` matched against paths, in time that grows with the pattern times the path. */
import { usage } from '../failure.ts';

/** One part of a path: text, `*`, `?`, or a set of characters. */
type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'any' }
  | {
      readonly kind: 'set';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

/** `**` stands for any number of directories. */
type Part = '**' | readonly Token[];

export interface Glob {
  /** The directory that everything it matches is in, as it was written: `.`, `/` or a path. */
  readonly base: string;
  /** Parts of the path below `base`. */
  readonly parts: readonly Part[];
}

const MAGIC = /[*?[{]/;
const MOST_ALTERNATIVES = 256;

export const isGlob = (text: string): boolean => MAGIC.test(text);

/**
 * `*`, `?`, `[a-z]`, `[!a]`, `**` as a whole part, and `{a,b}`. A name that begins with a dot is matched only by a part
 * that does too, as in a shell. (Node has a matcher of its own since 22; the oldest Node that `kt` runs on has not.)
 */
export function parseGlob(text: string): readonly Glob[] {
  return alternatives(text).map((plain) => {
    const parts = plain.split('/');
    const magic = parts.findIndex((part) => MAGIC.test(part));
    const fixed = magic === -1 ? parts.slice(0, -1) : parts.slice(0, magic);
    const base = fixed.join('/');
    return {
      base: base === '' ? (plain.startsWith('/') ? '/' : '.') : base,
      parts: parts
        .slice(fixed.length)
        .filter((part, i, all) => part !== '' && part !== '.' && !(part === '**' && all[i - 1] === '**'))
        .map((part) => (part === '**' ? part : tokens(part))),
    };
  });
}

/** Whether a path below the base is one the glob means, and whether one below that path may be. */
export function matches({ parts }: Glob, names: readonly string[]): { itself: boolean; below: boolean } {
  let places = skipping(parts, new Set([0]));
  for (const name of names) {
    const next = new Set<number>();
    for (const place of places) {
      const part = parts[place];
      if (part === '**' && !name.startsWith('.')) next.add(place);
      else if (part !== undefined && part !== '**' && matchesName(part, name)) next.add(place + 1);
    }
    places = skipping(parts, next);
  }
  return { itself: places.has(parts.length), below: [...places].some((place) => place < parts.length) };
}

/** `**` may also stand for nothing. */
function skipping(parts: readonly Part[], places: Set<number>): Set<number> {
  for (const place of places) if (parts[place] === '**') places.add(place + 1);
  return places;
}

/** Goes back to the last `*` alone: what came before it cannot match better. */
function matchesName(pattern: readonly Token[], name: string): boolean {
  const [first] = pattern;
  if (name.startsWith('.') && !(first?.kind === 'text' && first.text === '.')) return false;
  const characters = [...name];
  let [at, place, star, resume] = [0, 0, -1, 0];
  while (at < characters.length) {
    const token = pattern[place];
    if (token?.kind === 'any') [star, resume, place] = [place, at, place + 1];
    else if (token && fits(token, characters[at] ?? '')) [at, place] = [at + 1, place + 1];
    else if (star === -1) return false;
    else [resume, at, place] = [resume + 1, resume + 1, star + 1];
  }
  return pattern.slice(place).every(({ kind }) => kind === 'any');
}

function fits(token: Token, character: string): boolean {
  if (token.kind === 'text') return token.text === character;
  if (token.kind !== 'set') return true;
  return token.ranges.some(([from, to]) => from <= character && character <= to) !== token.negated;
}

function tokens(part: string): readonly Token[] {
  const found: Token[] = [];
  const characters = [...part];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    const end =
      character === '[' ? characters.indexOf(']', i + (/[!^]/.test(characters[i + 1] ?? '') ? 3 : 2)) : -1;
    if (end !== -1) {
      found.push(setOf(characters.slice(i + 1, end)));
      i = end;
    } else if (character === '*') found.push({ kind: 'any' });
    else if (character === '?') found.push({ kind: 'one' });
    else found.push({ kind: 'text', text: character });
  }
  return found;
}

function setOf(characters: readonly string[]): Token {
  const negated = characters[0] === '!' || characters[0] === '^';
  const ranges: (readonly [string, string])[] = [];
  for (let i = negated ? 1 : 0; i < characters.length; i++) {
    const from = characters[i] ?? '';
    const isRange = characters[i + 1] === '-' && i + 2 < characters.length;
    ranges.push([from, isRange ? (characters[i + 2] ?? '') : from]);
    if (isRange) i += 2;
  }
  return { kind: 'set', negated, ranges };
}

/** `a{b,c{d,e}}` is `ab`, `acd` and `ace`; braces that hold no comma are text. */
function alternatives(text: string): string[] {
  const pending = [text];
  const done = new Set<string>();
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const braces = outermostBraces(next);
    if (!braces) done.add(next);
    else {
      const [before, after] = [next.slice(0, braces.from), next.slice(braces.to + 1)];
      pending.push(...braces.choices.map((choice) => before + choice + after));
    }
    if (pending.length + done.size > MOST_ALTERNATIVES)
      throw usage(`a pattern with braces may stand for ${MOST_ALTERNATIVES} others at most`);
  }
  return [...done];
}

function outermostBraces(text: string): { from: number; to: number; choices: string[] } | null {
  for (let from = text.indexOf('{'); from !== -1; from = text.indexOf('{', from + 1)) {
    const commas: number[] = [];
    let depth = 0;
    for (let i = from; i < text.length; i++) {
      if (text[i] === '{') depth++;
      else if (text[i] === ',' && depth === 1) commas.push(i);
      else if (text[i] === '}' && --depth === 0) {
        if (commas.length === 0) break;
        const edges = [from, ...commas, i];
        return {
          from,
          to: i,
          choices: edges.slice(1).map((edge, n) => text.slice((edges[n] ?? 0) + 1, edge)),
        };
      }
    }
  }
  return null;
}
