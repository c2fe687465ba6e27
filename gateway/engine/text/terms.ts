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

const WORD = /[\p{L}\p{N}]+/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const EDGE = /[\p{L}\p{N}]/u;
/** Comparing a character takes a fraction of a pattern's step. */
const CHARACTERS_PER_STEP = 16;

export type TermFinder = (text: string, budget: Budget) => readonly Span[];

/** `distance` 0 means exact. Never more than a third of a term's letters may be wrong: else anything is like it. */
export function termFinder(given: readonly string[], distance: number): TermFinder {
  const terms = given.map(termOf).filter(({ text }) => text !== '');
  // `Map.groupBy` is not in Node 20.
  const byFirstWord = new Map<string, Term[]>();
  for (const term of terms) {
    const first = term.firstAt < 0 ? undefined : term.text.slice(term.firstAt).match(WORD)?.[0];
    if (first === undefined) continue;
    const alike = byFirstWord.get(first) ?? [];
    alike.push(term);
    byFirstWord.set(first, alike);
  }
  const anywhere = terms.filter(({ firstAt }) => firstAt < 0);
  const fuzzy = distance > 0 ? terms.filter(({ firstAt }) => firstAt >= 0) : [];
  return (original, budget) => {
    const view = viewOf(original, { ...SEEN, folded: true });
    const { text } = view;
    const words = [...text.matchAll(WORD)].map(({ 0: word, index }) => ({
      word,
      start: index,
      end: index + word.length,
    }));
    const spans: Span[] = [];
    const keep = (start: number, end: number) => {
      spans.push(view.original({ start, end }));
      if (spans.length > MAX_MATCHES) throw new BoundExceeded('the terms in one text');
    };
    for (const { word, start } of words)
      for (const term of byFirstWord.get(word) ?? []) {
        const at = start - term.firstAt;
        budget.spend(1 + term.text.length / CHARACTERS_PER_STEP);
        if (at >= 0 && text.startsWith(term.text, at) && standsAlone(text, at, term.text))
          keep(at, at + term.text.length);
      }
    for (const term of anywhere) {
      budget.spend(1 + text.length / CHARACTERS_PER_STEP);
      for (let at = text.indexOf(term.text); at !== -1; at = text.indexOf(term.text, at + term.text.length))
        keep(at, at + term.text.length);
    }
    for (const term of fuzzy) {
      const allowed = Math.min(distance, Math.floor(term.text.length / 3));
      if (allowed === 0) continue;
      // A wrong letter may be a space too many, or one that is missing.
      for (const length of [term.words - 1, term.words, term.words + 1]) {
        if (length < 1) continue;
        for (let i = 0; i + length <= words.length; i++) {
          const [start, end] = [words[i]?.start ?? 0, words[i + length - 1]?.end ?? 0];
          budget.spend(1 / CHARACTERS_PER_STEP);
          if (Math.abs(end - start - term.text.length) > allowed) continue;
          if (withinDistance(text.slice(start, end), term.text, allowed, budget)) keep(start, end);
        }
      }
    }
    return spans;
  };
}

function termOf(given: string): Term {
  const { text: seen } = viewOf(given.trim(), { ...SEEN, folded: true });
  const text = seen.trim();
  const words = text.match(WORD)?.length ?? 0;
  return { text, firstAt: UNSPACED.test(text) ? -1 : text.search(WORD), words };
}

/** `art` is not in `party`. */
function standsAlone(text: string, at: number, term: string): boolean {
  const [before, after] = [text[at - 1] ?? ' ', text[at + term.length] ?? ' '];
  return (
    !(EDGE.test(before) && EDGE.test(term[0] ?? '')) && !(EDGE.test(after) && EDGE.test(term.at(-1) ?? ''))
  );
}
