/** Phones: telephone numbers as they are written, or beside a word that says what they are. */
import { digitsIn, type Finder, whole } from './finder.ts';

/** Between groups of digits; two of them around a dash are common. */
const S = String.raw`[ .\-\u2010-\u2015\u2212]`;
const ENDS = String.raw`(?![\w-]|\.\d)`;
const has = (least: number, most: number) =>
  whole((candidate) => {
    const digits = digitsIn(candidate).length;
    return digits >= least && digits <= most && !isDate(candidate);
  });
const isDate = (candidate: string) =>
  /^(?:(?:19|20)\d{2}[-. ]\d{2}[-. ]\d{2}|[0-3]?\d[-. /][01]?\d[-. /](?:19|20)\d{2}(?!\d))/.test(candidate);

/** What stands between "phone" and the number: `phone number is:`, `"phone":"`. */
const LINK = String.raw`(?:[\s:#=."'()/-]|\b(?:me|us|him|her|at|on|is|was|number|no|nr|num|to)\b){0,8}`;

export const PHONES: readonly Finder[] = [
  // ITU-T E.164: a plus, and eight digits to fifteen; `(0)` is one more.
  { looks: /(?<![\w+.])\+[1-9](?:[ .\-\u2010-\u2015\u2212/()]{0,3}\d){7,15}(?!\d)/g, length: has(8, 16) },
  {
    looks: new RegExp(String.raw`(?<![\w+.-]|\d )00[1-9]\d{1,2}(?:${S}?\d){6,11}${ENDS}`, 'g'),
    length: has(10, 15),
  },
  // North America: 3-3-4.
  {
    looks: new RegExp(
      String.raw`(?<![\w+.\u2010-\u2015-]|\d )(?:1${S}{1,2})?(?:\([2-9]\d{2}\)${S}{0,2}|[2-9]\d{2}${S}{1,3})\d{3}${S}{1,3}\d{4}${ENDS}`,
      'g',
    ),
  },
  // Elsewhere: the 0 before an area, and groups.
  {
    looks: new RegExp(
      String.raw`(?<![\w+.\u2010-\u2015-]|\d )(?:\(0\)[1-9]\d{0,3}|\(?0[1-9]\d{0,3}\)?)(?:${S}|/){1,3}\d{2,8}(?:${S}{1,3}\d{2,8}){0,4}${ENDS}`,
      'g',
    ),
    length: has(9, 12),
  },
  {
    looks: new RegExp(
      String.raw`\b(?:phone|tel|telephone|telefon|cell|cellphone|mobile|fax|whatsapp|handy|sms|call|dial|text)(?![\p{L}])${LINK}(\(?\d(?:[ ().\-\u2010-\u2015]{0,2}\d){6,14})(?!\d)`,
      'giu',
    ),
    length: has(7, 15),
  },
];
