/** Personal data that can be told by its form: addresses, numbers with a checksum, telephone numbers. */
import { ibanLength, isIban, isLuhn } from './checksums.ts';
import type { Find } from './replace.ts';

export type PersonalLabel = 'email' | 'iban' | 'card' | 'ssn' | 'ip_address' | 'phone';

interface Finder {
  readonly candidates: RegExp;
  /** How much of a candidate it is, in characters; 0 when it is not. */
  readonly length: (candidate: string) => number;
}

const whole = (is: (candidate: string) => boolean) => (candidate: string) =>
  is(candidate) ? candidate.length : 0;
const digitsOf = (text: string) => text.replaceAll(/\D/g, '');

/** Every repetition has an upper bound, so that no text makes a search slow. */
const FINDERS: Readonly<Record<PersonalLabel, readonly Finder[]>> = {
  email: [
    {
      candidates: /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu,
      length: whole(() => true),
    },
  ],
  iban: [{ candidates: /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}/g, length: ibanIn }],
  card: [{ candidates: /(?<!\d|\d[.,])\d(?:[ -]?\d){12,18}(?!\d)/g, length: whole(isCard) }],
  ssn: [
    {
      candidates: /(?<![\d-])(?!000|666|9)\d{3}([- .])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])/g,
      length: whole(() => true),
    },
    {
      candidates:
        /(?<=(?:ssn|social security)[^\d\n]{0,20})(?<!\d)(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}(?!\d)/gi,
      length: whole(() => true),
    },
  ],
  ip_address: [
    {
      candidates: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)/g,
      length: whole(() => true),
    },
    { candidates: /(?<![\w:.])[0-9a-fA-F:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])/g, length: whole(isIpv6) },
  ],
  phone: [
    {
      candidates:
        /(?<![\w+.])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,4}\)[ .-]?)?\d{1,10}(?:[ .-]\d{2,10}){0,5}(?![\w-])/g,
      length: whole(isPhone),
    },
    { candidates: /(?<![\w+])\+[1-9]\d{7,14}(?!\d)/g, length: whole(() => true) },
  ],
};

export function personalIn(text: string, labels: readonly PersonalLabel[]): readonly Find[] {
  return labels.flatMap((label) =>
    FINDERS[label].flatMap(({ candidates, length }) =>
      [...text.matchAll(candidates)].flatMap(({ 0: candidate, index }) => {
        const found = length(candidate);
        return found === 0 ? [] : [{ label, start: index, end: index + found }];
      }),
    ),
  );
}

/** The first digits of the networks, <https://www.iso.org/standard/70484.html>, and the lengths they use. */
function isCard(candidate: string): boolean {
  const digits = digitsOf(candidate);
  return /^(?:[3-6]|2[2-7])/.test(digits) && !/^(\d)\1+$/.test(digits) && isLuhn(digits);
}

/** What follows in the text may look like more of it: the country says where it ends. */
function ibanIn(candidate: string): number {
  const wanted = ibanLength(candidate.toUpperCase()) ?? 0;
  let [compact, length] = ['', 0];
  for (const character of candidate) {
    if (compact.length === wanted) break;
    length += 1;
    if (/[A-Za-z0-9]/.test(character)) compact += character.toUpperCase();
  }
  return wanted > 0 && isIban(compact) ? length : 0;
}

/** Two groups and more are needed: `12:30` and `a::b` are no addresses. */
function isIpv6(candidate: string): boolean {
  return (candidate.match(/:/g)?.length ?? 0) >= 3 && URL.canParse(`http://[${candidate}]/`);
}

/** Ten digits with something between them, or eight after a `+`, and no date. */
function isPhone(candidate: string): boolean {
  const digits = digitsOf(candidate).length;
  if (/^(?:19|20)\d{2}[-. ]\d{2}[-. ]\d{2}/.test(candidate)) return false;
  if (/^\d+$/.test(candidate)) return false;
  return digits <= 15 && digits >= (candidate.startsWith('+') ? 8 : 10);
}
