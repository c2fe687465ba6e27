/** Personal data that can be told by its form: addresses, numbers with a checksum, telephone numbers. */
import { isCard } from './cards.ts';
import { ibanLength, isIban } from './checksums.ts';
import { type Finders, whole } from './finder.ts';
import { PHONES } from './phones.ts';

export type PersonalLabel = 'email' | 'iban' | 'card' | 'ssn' | 'ip_address' | 'phone';

const DASH = String.raw`[-\u2010-\u2015\u2212]`;
/** Top-level domains that are common enough to be recognised where an address is spelt out. */
const DOMAINS = 'com|org|net|edu|gov|io|co|de|uk|fr|eu|info|biz|me|us|ca|au|in|it|es|nl|ch|at|example|test';

/** What stands before the sign: of one alphabet, if it is Latin, so that the Chinese before it is not part of it. */
const LOCAL = String.raw`(?<=(?<before>(?:[\p{Script=Latin}\p{N}._%+'-]{1,64}|[\p{L}\p{N}._%+'-]{1,64}) ?))`;

export const PERSONAL: Finders<PersonalLabel> = {
  email: [
    {
      looks: new RegExp(
        String.raw`${LOCAL}@ ?(?:(?:[\p{L}\p{N}-]{1,63}[.。]){1,8}\p{L}{2,24}|(?:[\p{L}\p{N}-]{1,63}\.){1,8}xn--[a-z0-9-]{1,59}|\[[\d.]{7,15}\])`,
        'giu',
      ),
    },
    { looks: /"[^"\n@]{1,62}"@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu },
    // `jane [at] example [dot] org`, `jane(at)example.net`.
    {
      looks: new RegExp(
        String.raw`${LOCAL}[[({<] ?at ?[\])}>] ?(?:[\p{L}\p{N}-]{1,63}(?: ?[[({<] ?dot ?[\])}>] ?|\.)){1,8}\p{L}{2,24}`,
        'giu',
      ),
    },
    // `jane at example dot com`.
    {
      looks: new RegExp(
        String.raw`(?<![\p{L}\p{N}])[\p{L}\p{N}._%+-]{1,64} at [\p{L}\p{N}-]{1,63}(?: dot [\p{L}\p{N}-]{1,63}){0,3} dot (?:${DOMAINS})(?![\p{L}\p{N}])`,
        'giu',
      ),
    },
  ],
  iban: [
    {
      looks: new RegExp(
        String.raw`(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:(?:[ .]|${DASH})?[A-Za-z0-9]){11,30}`,
        'g',
      ),
      length: ibanIn,
    },
  ],
  card: [
    {
      looks: new RegExp(
        String.raw`(?<!\d|\d[.,]|[\w-])\d(?:(?:[ ./]|${DASH})?\d){11,18}(?![\w-]|[.,]\d)`,
        'g',
      ),
      length: whole(isCard),
    },
  ],
  ssn: [
    {
      looks: new RegExp(
        String.raw`(?<![\w-])(?!000|666|9)\d{3}(?: ?${DASH} ?(?!00)\d{2} ?${DASH} ?| (?!00)\d{2} |\.(?!00)\d{2}\.)(?!0000)\d{4}(?![\w-]|\.\d)`,
        'g',
      ),
    },
    {
      looks:
        /(?:\bssn|\bsoc(?:ial)?\.? ?sec(?:urity)?|\bsocial\b)[^\d\n]{0,20}((?!000|666|9)\d{3}[ ./-]?(?!00)\d{2}[ ./-]?(?!0000)\d{4})(?!\d)/gi,
    },
  ],
  ip_address: [
    {
      looks:
        /(?<![\d.]|(?:version|release|build|section|chapter|clause|kernel|firmware|ver\.?|\bv|§) ?)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|\[\.\])){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\w|-[a-z])/gi,
    },
    { looks: /(?<![\w:.])[0-9a-fA-F:]{4,39}(?:\.\d{1,3}){0,3}(?![\w:])/g, length: whole(isIpv6) },
  ],
  phone: PHONES,
};

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

/** Three colons, or a first group as networks have it, with a digit: `12:30`, `a::b` and `dead::beef` are no addresses. */
function isIpv6(candidate: string): boolean {
  const colons = candidate.match(/:/g)?.length ?? 0;
  const isShort =
    colons === 2 &&
    /^(?:[23][0-9a-f]{3}|f[cdef][0-9a-f]{2})::[0-9a-f]{1,4}$/i.test(candidate) &&
    /\d/.test(candidate);
  return (colons >= 3 || isShort) && URL.canParse(`http://[${candidate}]/`);
}
