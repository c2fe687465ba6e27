/** Terms: words and phrases in a text, whatever their case, spacing and disguise, and with a few wrong letters. */
import { BoundExceeded, type Budget, MAX_MATCHES } from '../budget.ts';
import { withinDistance } from './distance.ts';
import { SEEN, type Span, viewOf } from './view.ts';

interface Term {
  readonly text: string;
  /** Where its first word begins; -1 when it has none, or is of a script that does not set words apart. */
  readonly firstAt: number;
  readonly words: number;
}

interface Options {
  /** 0 means exact. Never more than a third of a term's letters may be wrong: else anything is like it. */
  readonly distance: number;
  /** Whether a term also stands for more than one of its kind. */
  readonly plurals?: boolean;
}

const WORD = /[\p{L}\p{N}]+/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const EDGE = /[\p{L}\p{N}]/u;
/** Comparing a character takes a fraction of a pattern's step. */
const CHARACTERS_PER_STEP = 16;
/** Looking up which terms a few words may be, measured beside a step of a pattern of a document. */
const STEPS_PER_WINDOW = 2;
/** What is written without its spaces has to be long enough not to be a word of its own. */
const MIN_JOINED = 6;
/** `p r o j e c t`, `p.r.o.j.e.c.t`: five letters and more, each on its own. */
const APART = /(?<![\p{L}\p{N}])[\p{L}\p{N}](?: [\p{L}\p{N}](?![\p{L}\p{N}])){4,}/gu;

export type TermFinder = (text: string, budget: Budget) => readonly Span[];

interface Word extends Span {
  readonly word: string;
}

/** A folded text, its words, and where finds in it are kept. */
interface Search {
  readonly text: string;
  readonly words: readonly Word[];
  readonly budget: Budget;
  keep(start: number, end: number): void;
}

export function termFinder(given: readonly string[], { distance, plurals = false }: Options): TermFinder {
  const terms = given.flatMap((text) => formsOf(text, plurals)).filter(({ text }) => text !== '');
  const spaced = terms.filter(({ firstAt }) => firstAt >= 0);
  const unspaced = terms.filter(({ firstAt }) => firstAt < 0);
  const byFirstWord = groupByFirstWord(spaced, plurals);
  const joined = [...new Set(spaced.map(({ text }) => lettersOf(text)))].filter(
    (text) => text.length >= MIN_JOINED,
  );
  const fuzzy = fuzzyTerms(distance > 0 ? spaced : [], distance);
  return (original, budget) => {
    const view = viewOf(original, { ...SEEN, folded: true });
    const spans: Span[] = [];
    const search: Search = {
      text: view.text,
      words: [...view.text.matchAll(WORD)].map(({ 0: word, index }) => ({
        word,
        start: index,
        end: index + word.length,
      })),
      budget,
      keep(start, end) {
        spans.push(view.original({ start, end }));
        if (spans.length > MAX_MATCHES) throw new BoundExceeded('the terms in one text');
      },
    };
    findExact(search, byFirstWord, plurals);
    findAnywhere(search, unspaced);
    findApart(search, joined);
    findFuzzy(search, fuzzy);
    return spans;
  };
}

/** `Map.groupBy` is not in Node 20. */
function groupByFirstWord(terms: readonly Term[], plurals: boolean): ReadonlyMap<string, readonly Term[]> {
  const groups = new Map<string, Term[]>();
  for (const term of terms) {
    const first = term.text.slice(term.firstAt).match(WORD)?.[0] ?? '';
    for (const form of plurals && term.words === 1 ? [first, `${first}s`, `${first}es`] : [first]) {
      const alike = groups.get(form) ?? [];
      alike.push(term);
      groups.set(form, alike);
    }
  }
  return groups;
}

function findExact(
  { text, words, budget, keep }: Search,
  terms: ReadonlyMap<string, readonly Term[]>,
  plurals: boolean,
) {
  for (const { word, start } of words)
    for (const term of terms.get(word) ?? []) {
      const at = start - term.firstAt;
      budget.spend(1 + term.text.length / CHARACTERS_PER_STEP);
      if (at < 0 || !text.startsWith(term.text, at)) continue;
      const end = endOf(text, at, term.text, plurals);
      if (end !== null) keep(at, end);
    }
}

function findAnywhere({ text, budget, keep }: Search, terms: readonly Term[]) {
  for (const term of terms) {
    budget.spend(1 + text.length / CHARACTERS_PER_STEP);
    for (let at = text.indexOf(term.text); at !== -1; at = text.indexOf(term.text, at + term.text.length))
      keep(at, at + term.text.length);
  }
}

/** Every second character of such a run is a letter. */
function findApart({ text, budget, keep }: Search, joined: readonly string[]) {
  for (const { 0: run, index } of text.matchAll(APART)) {
    const letters = lettersOf(run);
    for (const term of joined) {
      budget.spend(1 + letters.length / CHARACTERS_PER_STEP);
      const at = letters.indexOf(term);
      if (at !== -1) keep(index + 2 * at, index + 2 * (at + term.length) - 1);
    }
  }
}

/** A wrong letter may be a space too many, or one that is missing. */
function findFuzzy({ text, words, budget, keep }: Search, fuzzy: ReturnType<typeof fuzzyTerms>) {
  for (const [length, bySize] of fuzzy)
    for (let i = 0; i + length <= words.length; i++) {
      const [start, end] = [words[i]?.start ?? 0, words[i + length - 1]?.end ?? 0];
      budget.spend(STEPS_PER_WINDOW);
      for (const { term, allowed } of bySize.get(end - start) ?? [])
        if (withinDistance(text.slice(start, end), term, allowed, budget)) keep(start, end);
    }
}

interface FuzzyTerm {
  readonly term: string;
  readonly allowed: number;
}

/** By how many words and characters may be a term: most words of a text need not be compared with any. */
function fuzzyTerms(terms: readonly Term[], distance: number) {
  const byWords = new Map<number, Map<number, FuzzyTerm[]>>();
  for (const { text: term, words } of terms) {
    const allowed = Math.min(distance, Math.floor(term.length / 3));
    if (allowed === 0) continue;
    for (const length of [words - 1, words, words + 1].filter((each) => each >= 1)) {
      const bySize = byWords.get(length) ?? new Map<number, FuzzyTerm[]>();
      byWords.set(length, bySize);
      for (let size = term.length - allowed; size <= term.length + allowed; size++) {
        const alike = bySize.get(size) ?? [];
        alike.push({ term, allowed });
        bySize.set(size, alike);
      }
    }
  }
  return byWords;
}

/** As it is, and without its spaces: `ProjectFalcon`; or without the hyphens alone: `Alrashan Shipping`; in the singular. */
function formsOf(given: string, plurals: boolean): readonly Term[] {
  const one = plurals ? given.replace(/(?<=[^s\W])s$/i, '') : given;
  const forms = [
    given,
    one,
    one.replaceAll(/(?<=[\p{L}\p{N}])[-_](?=[\p{L}\p{N}])/gu, ''),
    one.replaceAll(/(?<=[\p{L}\p{N}])[\s_-]+(?=[\p{L}\p{N}])/gu, ''),
  ];
  return [...new Set(forms)].filter((form, i) => i < 2 || form.length >= MIN_JOINED).map(termOf);
}

function termOf(given: string): Term {
  const { text: seen } = viewOf(given.trim(), { ...SEEN, folded: true });
  const text = seen.trim();
  const words = text.match(WORD)?.length ?? 0;
  return { text, firstAt: UNSPACED.test(text) ? -1 : text.search(WORD), words };
}

const lettersOf = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '');

/** `art` is not in `party`. */
function endOf(text: string, at: number, term: string, plurals: boolean): number | null {
  const isWithin = (end: number) => EDGE.test(text[end] ?? ' ') && EDGE.test(term.at(-1) ?? '');
  if (EDGE.test(text[at - 1] ?? ' ') && EDGE.test(term[0] ?? '')) return null;
  const end = at + term.length;
  if (!isWithin(end)) return end;
  const plural = plurals
    ? ['s', 'es'].find((suffix) => text.startsWith(suffix, end) && !isWithin(end + suffix.length))
    : undefined;
  return plural === undefined ? null : end + plural.length;
}
