/** Detect: which languages a text may be in, by its script, its small words, its letters and how words end. */
import type { Budget } from '../budget.ts';
import { SCRIPTS } from './scripts.ts';
import { LANGUAGES_OF_ENDING, LANGUAGES_OF_LETTER, LANGUAGES_OF_WORD } from './words.ts';

/** What is no prose in any language: addresses, code between backticks, e-mail. */
const NO_PROSE = /\bhttps?:\/\/\S{1,2000}|\S{1,64}@\S{1,200}|`[^`\n]{1,500}`/g;
/** A phrase within quotation marks is about a language as often as it is in one. */
const QUOTED = /["“„«][^"“”„«»\n]{1,200}["”“»]/g;
const WORD = /[\p{L}\p{M}]+(?:['’](?=\p{L}))?/gu;
/** With fewer words nobody can tell; with less evidence neither. */
const MIN_WORDS = 3;
const MIN_SCORE = 1.2;
/** Of two that are nearly as likely, either may be it. */
const MARGIN = 0.75;
/** A letter of its own is worth less than a small word: names and loanwords have them too. */
const LETTER_WEIGHT = 0.8;
const ENDING_WEIGHT = 0.5;
const ENDINGS = [3, 4, 5];
/** A script with so small a part of a text is a quotation. */
const MIN_SHARE = 0.5;
const STEPS_PER_CHARACTER = 4;

/** None when it cannot be told: too short, no prose, or in a language that is not known here. */
export function languagesOf(text: string, budget: Budget): readonly string[] {
  budget.spend(STEPS_PER_CHARACTER * text.length);
  const prose = text.normalize('NFC').replaceAll(NO_PROSE, ' ');
  const bare = prose.replaceAll(QUOTED, ' ');
  return told(bare) ?? told(prose) ?? [];
}

function told(prose: string): readonly string[] | null {
  const counted = SCRIPTS.map((script) => {
    const letters = prose.match(script.letters)?.length ?? 0;
    return { script, letters, words: letters / (script.lettersPerWord ?? 5) };
  });
  const all = counted.reduce((sum, { words }) => sum + words, 0);
  const most = counted.reduce((a, b) => (b.words > a.words ? b : a));
  // Japanese is written with Chinese characters too.
  const kana = counted.find(({ script }) => script.languages[0] === 'ja');
  const isJapanese = most.script.languages[0] === 'zh' && kana !== undefined && kana.words > all / 10;
  const { languages, letters } = isJapanese ? kana.script : most.script;
  if (all === 0 || most.words / all < MIN_SHARE) return null;
  if (languages.length === 1) return (prose.match(letters)?.length ?? 0) >= 2 ? languages : null;
  const likely = mostLikely(prose, languages);
  // A script that no language of Latin letters has says enough, even if not which it is.
  return likely ?? (languages.includes('en') || most.letters < 4 ? null : languages);
}

function mostLikely(prose: string, among: readonly string[]): readonly string[] | null {
  const scores = new Map<string, number>();
  const count = (having: readonly string[] | undefined, weight: number) => {
    const here = having?.filter((language) => among.includes(language)) ?? [];
    for (const language of here)
      scores.set(language, (scores.get(language) ?? 0) + weight / Math.sqrt(here.length));
  };
  const words = prose.toLowerCase().match(WORD) ?? [];
  if (words.length < MIN_WORDS) return null;
  for (const word of words) {
    count(LANGUAGES_OF_WORD.get(word), 1);
    for (const length of ENDINGS)
      if (word.length >= length + 3) count(LANGUAGES_OF_ENDING.get(word.slice(-length)), ENDING_WEIGHT);
    for (const letter of new Set(word)) count(LANGUAGES_OF_LETTER.get(letter), LETTER_WEIGHT);
  }
  const ranked = [...scores].sort(([, a], [, b]) => b - a);
  const best = ranked[0]?.[1] ?? 0;
  // In a long text a few small words are chance.
  if (best < MIN_SCORE || best < words.length / 12) return null;
  return ranked.filter(([, score]) => score > best * MARGIN).map(([language]) => language);
}
