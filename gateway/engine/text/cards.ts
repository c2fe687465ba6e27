/** Cards: payment card numbers by network, length and check digit. */
import { isLuhn } from './checksums.ts';
import { digitsIn } from './finder.ts';

/** First digits and lengths that the networks have published; ISO/IEC 7812-1 has the structure. */
const NETWORKS: readonly (readonly [from: string, to: string, lengths: readonly number[]])[] = [
  ['4', '4', [13, 16, 19]],
  ['51', '55', [16]],
  ['2221', '2720', [16]],
  ['34', '34', [15]],
  ['37', '37', [15]],
  ['6011', '6011', [16, 17, 18, 19]],
  ['644', '659', [16, 17, 18, 19]],
  ['300', '305', [14, 15, 16, 17, 18, 19]],
  ['3095', '3095', [14, 15, 16, 17, 18, 19]],
  ['36', '36', [14, 15, 16, 17, 18, 19]],
  ['38', '39', [14, 15, 16, 17, 18, 19]],
  ['3528', '3589', [16, 17, 18, 19]],
  ['62', '62', [16, 17, 18, 19]],
  ['81', '82', [16, 17, 18, 19]],
  ['2200', '2204', [16, 17, 18, 19]],
  ['508', '508', [16]],
  ['60', '60', [16]],
  ['5018', '5018', [12, 13, 14, 15, 16, 17, 18, 19]],
  ['5020', '5020', [12, 13, 14, 15, 16, 17, 18, 19]],
  ['5038', '5038', [12, 13, 14, 15, 16, 17, 18, 19]],
  ['6304', '6304', [12, 13, 14, 15, 16, 17, 18, 19]],
  ['6759', '6763', [12, 13, 14, 15, 16, 17, 18, 19]],
];

export function isCard(candidate: string): boolean {
  // Dots and slashes are in numbers of every sort: as on a card, or not at all.
  if (/[./]/.test(candidate) && !/^\d{4}(?:[./]\d{4}){3}$/.test(candidate)) return false;
  const digits = digitsIn(candidate);
  return (
    isLuhn(digits) &&
    NETWORKS.some(([from, to, lengths]) => {
      const first = digits.slice(0, from.length);
      return first >= from && first <= to && lengths.includes(digits.length);
    })
  );
}
