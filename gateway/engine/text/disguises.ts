/** Disguises: what a text says when digits stand for letters, letters stand apart, backwards, or thirteen places on. */

/** Digits and signs that are read as letters; `1` is an i or an l. */
const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
};
const LEET_WORD = /[A-Za-z0134578@$!|]{3,40}/g;
const APART = /(?<![A-Za-z0-9])[A-Za-z](?:[ .\-_*]{1,3}[A-Za-z](?![A-Za-z0-9])){5,}/g;

/** Words in which digits stand among letters, with letters alone; null when there is none. */
export function withoutDigits(text: string): string | null {
  let changed = false;
  const plain = text.replaceAll(LEET_WORD, (word) => {
    if (!/[A-Za-z]/.test(word) || !/[0134578@$|]/.test(word)) return word;
    changed = true;
    return word.replaceAll(/[01345 7@$!|]/g, (sign) => LEET[sign] ?? sign);
  });
  return changed ? plain : null;
}

/** Sentence by sentence, letters alone: without whatever stands between them. For `SQUEEZED`. */
export const squeezed = (text: string): string =>
  text
    .replaceAll(APART, (run) => run.replaceAll(/[^A-Za-z]/g, ''))
    .replaceAll(/[^A-Za-z.!?;:\n\u{80}-\u{10ffff}]/gu, '');

export const rot13 = (text: string): string =>
  text.replaceAll(/[A-Za-z]/g, (letter) => {
    const first = letter < 'a' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });

export const reversed = (text: string): string => [...text].reverse().join('');

/** Words with a space in their middle, or with other joints between them than spaces. */
export const unjoined = (text: string): string => text.replaceAll(/(?<=[a-z])(?=[A-Z])|_/g, ' ');
