/** Scripts: which languages are written in them, of those that can be told. */

export interface Script {
  readonly letters: RegExp;
  readonly languages: readonly string[];
  /** Letters that make about as much as a word does elsewhere; without it, words are set apart by spaces. */
  readonly lettersPerWord?: number;
}

const LATIN = 'en de fr es it pt nl sv da nb fi pl cs hu ro tr id vi'.split(' ');

export const SCRIPTS: readonly Script[] = [
  { letters: /\p{Script=Latin}/gu, languages: LATIN },
  { letters: /\p{Script=Cyrillic}/gu, languages: ['ru', 'uk', 'bg'] },
  { letters: /\p{Script=Arabic}/gu, languages: ['ar', 'fa', 'ur'] },
  { letters: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, languages: ['ja'], lettersPerWord: 2 },
  { letters: /\p{Script=Han}/gu, languages: ['zh'], lettersPerWord: 2 },
  { letters: /\p{Script=Hangul}/gu, languages: ['ko'] },
  { letters: /\p{Script=Thai}/gu, languages: ['th'], lettersPerWord: 4 },
  { letters: /\p{Script=Greek}/gu, languages: ['el'] },
  { letters: /\p{Script=Hebrew}/gu, languages: ['he'] },
  { letters: /\p{Script=Devanagari}/gu, languages: ['hi'] },
  { letters: /\p{Script=Georgian}/gu, languages: ['ka'] },
  { letters: /\p{Script=Armenian}/gu, languages: ['hy'] },
  { letters: /\p{Script=Bengali}/gu, languages: ['bn'] },
  { letters: /\p{Script=Tamil}/gu, languages: ['ta'] },
  { letters: /\p{Script=Telugu}/gu, languages: ['te'] },
];

/** Every language that can be told, ISO 639-1. */
export const LANGUAGES: readonly string[] = SCRIPTS.flatMap(({ languages }) => languages);
