/** Numbers of the forms that detectors of personal data know, with right check digits, for people who do not exist. */
import type { Random } from './random.ts';

/** Examples of the IBAN registry, ISO 13616. */
export const IBANS: readonly string[] = [
  'AD1200012030200359100100 AE070331234567890123456 AT611904300234573201 BA391290079401028494 BE68539007547034',
  'BG80BNBG96611020345678 BH67BMAG00001299123456 BR9700360305000010009795493P1 CH9300762011623852957 CY17002001280000001200527600',
  'CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243 EE382200221020145685 ES9121000418450200051332',
  'FI2112345600000785 FR1420041010050500013M02606 GB29NWBK60161331926819 GE29NB0000000101904917 GI75NWBK000000007099453',
  'GR1601101250000000012300695 HR1210010051863000160 HU42117730161111101800000000 IE29AIBK93115212345678 IS140159260076545510730339',
  'IT60X0542811101000000123456 LI21088100002324013AA LT121000011101001000 LU280019400644750000 LV80BANK0000435195001',
  'MC5811222000010123456789030 MT84MALT011000012345MTLCAST001S NL91ABNA0417164300 NO9386011117947 PL61109010140000071219812874',
  'PT50000201231234567890154 RO49AAAA1B31007593840000 SA0380000000608010167519 SE4550000000058398257466 SI56191000000123438',
].flatMap((line) => line.split(' '));

export const grouped = (text: string, size = 4, by = ' '): string =>
  text.replaceAll(new RegExp(`(.{${size}})(?=.)`, 'g'), `$1${by}`);

function luhnDigit(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return (10 - (sum % 10)) % 10;
}

/** Prefix, length: ranges of ISO/IEC 7812 networks. */
const NETWORKS: readonly (readonly [string, number])[] = [
  ['400000', 16],
  ['510510', 16],
  ['222300', 16],
  ['371449', 15],
  ['601100', 16],
  ['353011', 16],
  ['305693', 14],
];

export function card(random: Random, isValid = true): string {
  const [prefix, length] = random.pick(NETWORKS);
  const body = prefix + random.digits(length - prefix.length - 1);
  return body + ((luhnDigit(body) + (isValid ? 0 : 1 + random.int(9))) % 10);
}

/** Of areas that have been used; any such number may have been given to somebody, and none is looked up. */
export function ssn(random: Random, by = '-'): string {
  const area = String(random.pick([...Array(665).keys()]) + 1).padStart(3, '0');
  return [
    area,
    String(1 + random.int(99)).padStart(2, '0'),
    String(1 + random.int(9999)).padStart(4, '0'),
  ].join(by);
}

/** Never given out: areas 000, 666 and 900 to 999, group 00, serial 0000. */
export function noSsn(random: Random): string {
  const [group, serial] = [String(10 + random.int(90)), String(1000 + random.int(9000))];
  return random.pick([
    `000-${group}-${serial}`,
    `666-${group}-${serial}`,
    `9${random.digits(2)}-${group}-${serial}`,
    `321-00-${serial}`,
    `321-${group}-0000`,
  ]);
}

/** RFC 5737. */
export const ipv4 = (random: Random): string =>
  `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${1 + random.int(254)}`;

/** RFC 3849. */
export function ipv6(random: Random): string {
  const group = () => (1 + random.int(0xfffe)).toString(16);
  return random.pick([
    `2001:db8::${group()}`,
    `2001:db8:${group()}::${group()}:${group()}`,
    `2001:db8:${group()}:${group()}:${group()}:${group()}:${group()}:${group()}`,
  ]);
}

/** Set aside for fiction: 555-01xx (ATIS), Ofcom, BNetzA, ARCEP, ACMA. */
export function phone(random: Random): string {
  const area = random.pick(['202', '303', '415', '617', '808', '917']);
  const last = `01${random.digits(2)}`;
  return random.pick([
    `${area}-555-${last}`,
    `(${area}) 555-${last}`,
    `${area}.555.${last}`,
    `+1 ${area} 555 ${last}`,
    `+1${area}555${last}`,
    `1-${area}-555-${last}`,
    `020 7946 0${random.digits(3)}`,
    `+44 7700 900${random.digits(3)}`,
    `07700 900${random.digits(3)}`,
    `+49 30 23125 ${random.digits(3)}`,
    `030 23125${random.digits(3)}`,
    `01 99 00 ${random.digits(2)} ${random.digits(2)}`,
    `+33 6 39 98 ${random.digits(2)} ${random.digits(2)}`,
    `0491 570 ${random.pick(['006', '156', '157', '158', '159', '110'])}`,
  ]);
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
export const letters = (random: Random, length: number): string =>
  Array.from({ length }, () => random.pick([...LETTERS])).join('');

/** Domains of RFC 2606. */
export function email(random: Random): string {
  const name = random.pick([
    `${letters(random, 5)}.${letters(random, 7)}`,
    `${letters(random, 1)}${letters(random, 6)}${random.digits(2)}`,
    `${letters(random, 4)}_${letters(random, 4)}`,
    `${letters(random, 6)}+${letters(random, 3)}`,
  ]);
  return `${name}@${random.pick(['example.com', 'example.org', 'mail.example.net', 'shop.example', 'host.invalid', 'a.b.test'])}`;
}

/** 49 CFR 565.15, table III. */
const VIN_VALUES = new Map(
  [...'0123456789']
    .map((c) => [c, Number(c)] as const)
    .concat(
      ['ABCDEFGH', 'JKLMN.P.R', '.STUVWXYZ'].flatMap((row) =>
        [...row].flatMap((c, i) => (c === '.' ? [] : [[c, i + 1] as const])),
      ),
    ),
);
const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** With the check digit of 49 CFR 565.15. */
export function vin(random: Random, isValid = true): string {
  const body = Array.from({ length: 17 }, () => random.pick([...VIN_VALUES.keys()]));
  const sum = body.reduce(
    (total, c, i) => total + (i === 8 ? 0 : (VIN_VALUES.get(c) ?? 0) * (VIN_WEIGHTS[i] ?? 0)),
    0,
  );
  const check = (sum + (isValid ? 0 : 1 + random.int(9))) % 11;
  body[8] = check === 10 ? 'X' : String(check);
  return body.join('');
}
