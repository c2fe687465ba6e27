/** Words of sources and answers, as they are compared: by their letters alone. */

export const wordsOf = (text: string): readonly string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** A text for `contains`: its words with one space around each. */
export const spaced = (words: readonly string[]): string => ` ${words.join(' ')} `;

/** Words that say nothing about what a sentence is about. */
const SMALL = new Set(
  'a an the of to in on at by for with from into over and or but nor so if then than that this these those it its is are was were be been being as not no do does did has have had will would can could may might must shall should you your we our they their he she his her i my me us them there here which who whom what when where why how also only very more most much many such just about between during after before since each every any all some both other another'.split(
    ' ',
  ),
);

/** `visits`, `visited` and `visiting` are one: what their first letters have in common. */
const STEM_LENGTH = 5;

export const contentOf = (text: string): readonly string[] =>
  wordsOf(text)
    .filter((word) => !SMALL.has(word))
    .map((word) => (/\d/.test(word) ? word : word.slice(0, STEM_LENGTH)));
