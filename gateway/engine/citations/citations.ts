/** Citations: what an answer names as its sources, and whether the request has them. */
import { BoundExceeded, type Budget, MAX_MATCHES } from '../budget.ts';
import { DOIS, type Sources, sameDoi, sameUrl, URLS } from './sources.ts';
import { spaced, wordsOf } from './words.ts';

/** `academic`: authors with a year, numbers in brackets, DOIs. */
export const PATTERNS = ['academic', 'url', 'quote'] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface Citation {
  readonly pattern: Pattern;
  /** Whether a source of the request is what it names. */
  readonly matches: boolean;
}

/** `Smith, 2020`, `Smith & Holt (2018)`, `Smith et al., 2020`. */
const NAME = "\\p{Lu}[\\p{L}'’-]{1,40}";
const AUTHORS = `(${NAME})(?:,? (?:and|&|et) (?:${NAME}|al\\.?)|,? et al\\.?){0,2}`;
const AUTHOR_YEAR = new RegExp(`${AUTHORS},? ?\\(?((?:1[6-9]|20)\\d{2})[a-z]?\\b\\)?`, 'gu');
const NUMBERS = /\[(\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,10})\](?!\()/g;
const QUOTES = /["“„«]([^"“”„«»\n]{12,1000})["”“»]/g;
/** Shorter ones are titles, names and words that are only spoken of. */
const MIN_QUOTED_WORDS = 4;
/** Looking for a word takes less than a step of a pattern. */
const CHARACTERS_PER_STEP = 8;
/** No names, though they begin a sentence before a year. */
const NO_AUTHORS =
  /^(?:in|since|by|until|from|after|before|during|around|about|the|of|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|fall|winter|version|year|between)$/i;

export function citationsIn(
  answer: string,
  patterns: readonly Pattern[],
  sources: Sources,
  budget: Budget,
): readonly Citation[] {
  const found: Citation[] = [];
  const anyOf = (texts: readonly string[], has: (text: string) => boolean) =>
    texts.some((text) => {
      budget.spend(text.length / CHARACTERS_PER_STEP);
      return has(text);
    });
  const add = (pattern: Pattern, matches: boolean) => {
    if (!patterns.includes(pattern)) return;
    found.push({ pattern, matches });
    if (found.length > MAX_MATCHES) throw new BoundExceeded('the citations in one answer');
  };
  // A DOI may be written as an address: it is one citation then.
  const dois = [...answer.matchAll(DOIS)].map(([, doi = '']) => sameDoi(doi));
  for (const doi of dois) add('academic', sources.dois.has(doi));
  for (const [url] of answer.matchAll(URLS))
    if (!/doi\.org\//i.test(url)) add('url', sources.urls.has(sameUrl(url)));
  const prose = answer.replaceAll(URLS, ' ');
  for (const [, author = '', year = ''] of prose.matchAll(AUTHOR_YEAR))
    if (!NO_AUTHORS.test(author))
      add(
        'academic',
        anyOf(sources.lower, (text) => hasAuthor(text, author, year)),
      );
  for (const [, list = ''] of prose.matchAll(NUMBERS))
    for (const number of list.match(/\d+/g) ?? []) add('academic', sources.numbers.has(Number(number)));
  for (const [, quoted = ''] of prose.matchAll(QUOTES)) {
    const words = wordsOf(quoted);
    if (words.length >= MIN_QUOTED_WORDS)
      add(
        'quote',
        anyOf(sources.words, (text) => text.includes(spaced(words))),
      );
  }
  return found;
}

/** The year within a few words of the name, as in "Smith and Holt (2018)". */
function hasAuthor(text: string, author: string, year: string): boolean {
  const name = author.toLowerCase();
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length))
    if (text.slice(at, at + name.length + 60).includes(year)) return true;
  return false;
}
