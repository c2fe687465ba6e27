/** Patterns that take a backtracking engine years, or a compiler all memory; and texts that they find hardest. */
import type { Random } from '../random.ts';

const ATOMS = [
  'a',
  '[a-z]',
  '\\w',
  '.',
  '(?:a|a)',
  '(?:a|aa)',
  '(?:ab|a)',
  '[^b]',
  '\\d',
  '\\S',
  '(?:a|b|ab)',
  'a?',
  '(?:x*a)',
  '\\p{L}',
  '(?i:a)',
  '(?s:.)',
];
const WRAPS: readonly ((atom: string) => string)[] = [
  (atom) => `(${atom}+)+$`,
  (atom) => `^(${atom}*)*$`,
  (atom) => `(${atom}+)+!`,
  (atom) => `^(${atom}+\\s?)+$`,
  (atom) => `^(?:${atom})*?b?(${atom}+)*c$`,
  (atom) => `(?:${atom}){1,30}(?:${atom}){30}$`,
  (atom) => `(${atom}|${atom})*z`,
  (atom) => `${atom}*${atom}*${atom}*${atom}*${atom}*${atom}*$`,
  (atom) => `(.*${atom}){12}$`,
  (atom) => `((${atom}{1,9}){1,9}){1,9}$`,
  (atom) => `^(([${'a-c'}]|${atom})+.)+[A-Z]([a-z])+$`,
  (atom) => `${atom}{1000}`,
];

/** What RE2 has not, with what a finding must say. */
export const NOT_RE2: readonly (readonly [string, RegExp])[] = [
  ['(?=a+)a', /look-around/],
  ['a(?!b)', /look-around/],
  ['(?<=a)b', /look-around/],
  ['(?<!a)b', /look-around/],
  ['^(?=(a+))\\1b', /look-around|back-reference/],
  ['(a+)\\1', /back-reference/],
  ['(?P<n>a)(?P=n)', /back-reference/],
  ['(?<n>a)\\k<n>', /back-reference/],
  ['(?>a+)b', /atomic/],
  ['a++b', /possessive|atomic/],
  ['a{1001}', /./],
  ['(a{1000}){1000}', /./],
  ['((a{100}){100}){100}', /./],
  ['(', /not a pattern/],
  ['[z-a]', /not a pattern/],
  ['*a', /not a pattern/],
  ['a**', /./],
  ['\\', /not a pattern/],
  ['(?R)', /./],
  ['(?(1)a|b)', /./],
  ['\\p{Nothing}', /not a pattern/],
];

/** Those that were published. */
const KNOWN = [
  '(a+)+$',
  '([a-zA-Z]+)*$',
  '(a|aa)+$',
  '(a|a?)+$',
  '(.*a){20}$',
  '^(\\w+\\s?)*$',
  '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
  '^(([^<>()\\[\\]\\.,;:\\s@"]+(\\.[^<>()]+)*)|(".+"))@.*$',
  '\\d{3}-\\d{2}-\\d{4}',
  '(x+x+)+y',
  '^((ab)*)+$',
  '(?:(?:(?:a*)*)*)*b',
  '(\\s*,\\s*)*$',
  '^(?:a?){30}a{30}$',
  '(?:[^"\\\\]|\\\\.|\\n)*"$',
  '<(\\w+)(?:[^>]*>)*?z',
];

export const EVIL: readonly string[] = [
  ...KNOWN,
  ...ATOMS.flatMap((atom) => WRAPS.map((wrap) => wrap(atom))),
];

/** 64 KiB that nearly match, so that a search has to look for more. */
export function hardText(pattern: string, random: Random): string {
  const letters = [...new Set(pattern.replaceAll(/\\[a-zA-Z]|[^a-zA-Z0-9 ,-]/g, ''))].join('') || 'a';
  const unit = random.pick([
    'a',
    'ab',
    'aab',
    'a1',
    letters,
    `${letters} `,
    'aA',
    '\u00e9',
    '\u{1f600}',
    'a\n',
    '0-',
  ]);
  return (
    unit.repeat(Math.ceil(65_535 / unit.length)).slice(0, 65_535) +
    random.pick(['!', '\u0000', 'b', '', '\n'])
  );
}
