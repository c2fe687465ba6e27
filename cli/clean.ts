/** Text from elsewhere, made fit for a terminal: nothing in it may move the cursor, break a line or turn it round. */

const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export function clean(text: string): string {
  return text.toWellFormed().replace(UNFIT, (character) => {
    if (character === '\n') return ' ';
    if (character === '\t') return ' ';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
