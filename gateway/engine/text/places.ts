/** Places: what says where somebody lives, in less than a state. American forms, and a few of others. */
import type { Finder } from './finder.ts';

const STREET = [
  'street st avenue ave road rd lane ln drive dr court ct boulevard blvd way place pl terrace ter circle cir highway',
  'hwy parkway pkwy square sq trail trl alley close crescent',
]
  .join(' ')
  .split(' ')
  .map(([first = '', ...rest]) => `[${first}${first.toUpperCase()}]${rest.join('')}`)
  .join('|');
const STATE =
  '(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY])';
const STATE_NAME =
  '(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New (?:Hampshire|Jersey|Mexico|York)|(?:North|South) (?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|Tennessee|Texas|Utah|Vermont|(?:West )?Virginia|Washington|Wisconsin|Wyoming)';
const WORD = "[A-Z][a-z'.]{1,24}";
const NAME = `${WORD}(?: ${WORD}){0,3}`;

/** Smaller than a limited data set may keep: street addresses and boxes, 45 CFR 164.514(e)(2)(ii). */
export const ADDRESSES: readonly Finder[] = [
  {
    looks: new RegExp(
      `(?<![\\w./-])\\d{1,6}[A-Za-z]? (?:[NSEW]\\.? )?(?:(?:${WORD}|\\d{1,3}(?:st|nd|rd|th)) ){1,4}?(?:${STREET})\\b\\.?(?:,? (?:Apt|Apartment|Unit|Suite|Ste|#)\\.? ?\\w{1,6})?`,
      'g',
    ),
  },
  { looks: /\b(?:p\.? ?o\.?|post office) ?box ?#?\d{1,7}\b/gi },
  { looks: /\b(?:apt|apartment)\.? ?#?[A-Z]?\d{1,5}[A-Z]?\b/gi },
];

export const REGIONS: readonly Finder[] = [
  {
    looks: new RegExp(`\\b${NAME},? ${STATE}(?:\\.?,? \\d{5}(?:-\\d{4})?)?(?![\\w])`, 'g'),
    length: (found) => (/(?:, | \d{5})/.test(found) ? found.length : 0),
  },
  {
    looks: new RegExp(
      `\\b(?:lives?|living|lived|resid(?:es|ed|ing)|resident|home(?: is)?|moved|relocated|hometown|citizen|native)(?: (?:is|back|now|of|in|at|to|from|near)){1,3} (${NAME}(?:, ?${STATE_NAME})?)`,
      'g',
    ),
    length: (place) =>
      new RegExp(`^(?:${STATE_NAME}|(?:The )?United States|America)$`).test(place) ? 0 : place.length,
  },
  { looks: new RegExp(`\\b${NAME}, ${STATE_NAME}\\b`, 'g') },
  { looks: /\b[A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20})? (?:County|Parish|Township)\b/g },
  {
    looks:
      /\b(?:zip(?: ?code)?|postal code|postcode)(?:[\s:#=."']|\b(?:of|the|is|patient)\b){1,12}([A-Z0-9][A-Z0-9 -]{3,9})/gi,
    length: (code) => (/\d/.test(code) ? code.trimEnd().length : 0),
  },
];
