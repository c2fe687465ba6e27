/** Dates: days and months in a text, and ages of ninety and more. Years alone are none. */
import type { Finder } from './finder.ts';

const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const DAY = '(?:3[01]|[12]\\d|0?[1-9])';
const MON = '(?:1[0-2]|0?[1-9])';
const YEAR = '(?:19|20)\\d{2}';
const TH = '(?:st|nd|rd|th)?';

/** Elements of dates that Safe Harbor takes out, 45 CFR 164.514(b)(2)(i)(C). */
export const DATES: readonly Finder[] = [
  {
    looks: new RegExp(
      `(?<![\\w./-])${YEAR}(?:-${MON}-|/${MON}/|\\.${MON}\\.)${DAY}(?:[T ]\\d{2}:\\d{2}(?::\\d{2})?Z?)?(?![\\w-])`,
      'g',
    ),
  },
  {
    looks: new RegExp(
      `(?<![\\w./-])(?:${MON}[/.-]${DAY}|${DAY}[/.-]${MON})[/.-](?:${YEAR}|\\d{2})(?![\\w/-]|\\.\\d)`,
      'g',
    ),
  },
  {
    looks: new RegExp(
      `\\b${MONTH}\\.? ${DAY}${TH}(?:,? ${YEAR})?(?![\\w.%/-]|\\.\\d| ?(?:mg|ml|mcg|kg|g|units?|tablets?|weeks?|days?|times?)\\b)`,
      'gi',
    ),
  },
  { looks: new RegExp(`(?<![\\w.])${DAY}${TH} (?:of )?${MONTH}\\b\\.?(?:,? ${YEAR})?(?! be\\b)`, 'gi') },
  { looks: new RegExp(`\\b${MONTH}\\.?,? (?:of )?${YEAR}\\b`, 'gi') },
  { looks: new RegExp(`(?<!\\w)${DAY}[- ]?${MONTH}[- ]?(?:${YEAR}|\\d{2})(?!\\w)`, 'gi') },
  {
    looks: new RegExp(
      `\\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|twentieth|thirtieth) of ${MONTH}\\b`,
      'gi',
    ),
  },
  // Without a year a slash is a fraction, a pressure or a score as well: only beside a word that says what it is.
  {
    looks: new RegExp(
      `\\b(?:dob|born(?: on)?|birth ?date|date|visit|visited|seen|admitted|admission|discharged?|died|appointment|follow-?up|on)(?:[ :]|\\b(?:date|on|visit|of|is|was)\\b){1,8}(${MON}/${DAY})(?![\\w/.]|\\d)`,
      'gi',
    ),
  },
  { looks: /(?<![\d.])(?:9\d|1[0-2]\d)[- ]?(?:years?|yrs?|y)[- ]?(?:olds?|of age|\/?o\b)/gi },
  { looks: /\b(?:aged?|age:|age is) ?((?:9\d|1[0-2]\d))(?![\d.%/-])/gi },
];

/** For documents in which a date of birth counts, and no other. */
export const BIRTH_DATES: readonly Finder[] = [
  {
    looks: new RegExp(
      `\\b(?:dob|d\\.o\\.b\\.?|birth ?date|birthday|date of birth|born)(?:[\\s:#="'.]|\\b(?:on|is|was)\\b){0,6}((?:${YEAR}[-/.]${MON}[-/.]${DAY}|(?:${MON}|${DAY})[-/.](?:${MON}|${DAY})[-/.](?:${YEAR}|\\d{2})|${MONTH}\\.? ${DAY}${TH},? ${YEAR}|${DAY}${TH} (?:of )?${MONTH}\\.?,? ${YEAR}))(?!\\d)`,
      'gi',
    ),
  },
];
