/** Makes texts for `pii-detector`: numbers and addresses in sentences, and things that look alike. */
import { isIban } from '../../../../gateway/engine/text/checksums.ts';
import { card, email, grouped, IBANS, ipv4, ipv6, letters, noSsn, phone, ssn } from './numbers.ts';
import { type Random, randomOf } from './random.ts';
import { type Section, written } from './section.ts';

const SEED = 42;

type Frame = (value: string) => string;
const FRAMES = {
  development: [
    (v) => `Please write to ${v} before Friday.`,
    (v) => `Kunde: Muster, Angabe: ${v}; bitte prüfen.`,
    (v) => `{"customer":{"ref":7,"value":"${v}"}}`,
    (v) => v,
    (v) => `a;b;${v};d\n`,
  ],
  heldOut: [
    (v) => `My details changed, the new one is ${v}, thanks!`,
    (v) => `<td>${v}</td><td>open</td>`,
    (v) => `- old: none\n- new: ${v}\n- by: me`,
    (v) => `SELECT * FROM t WHERE k = '${v}'`,
    (v) => `(${v})`,
  ],
} as const satisfies Record<string, readonly Frame[]>;

const MAKERS: Readonly<Record<string, (random: Random) => string>> = {
  email,
  phone,
  ssn: (random) => ssn(random, random.pick(['-', ' ', '.'])),
  iban: (random) =>
    random.pick<Frame>([(v) => v, (v) => grouped(v), (v) => v.toLowerCase()])(random.pick(IBANS)),
  card: (random) =>
    random.pick<Frame>([(v) => v, (v) => grouped(v), (v) => grouped(v, 4, '-')])(card(random)),
  ip_address: (random) => random.pick([ipv4, ipv6])(random),
};

/** Things that are none of it, by form or by check digit. */
const OTHERS: Readonly<Record<string, (random: Random) => string>> = {
  'a card number with a wrong check digit': (random) => grouped(card(random, false)),
  'an IBAN with a wrong check digit': (random) => {
    const right = random.pick(IBANS);
    const wrong =
      right.slice(0, 2) + String((Number(right.slice(2, 4)) + 1) % 100).padStart(2, '0') + right.slice(4);
    if (isIban(wrong)) throw new Error('changed check digits are right');
    return wrong;
  },
  'an SSN that is never given out': noSsn,
  'a version': (random) => `version ${random.int(20)}.${random.int(20)}.${random.int(20)}.${random.int(20)}`,
  'an order number': (random) => `order ${random.digits(4)}-${random.digits(7)}`,
  'an ISBN': (random) =>
    `ISBN 978-${random.int(10)}-${random.digits(3)}-${random.digits(5)}-${random.int(10)}`,
  'a date and time': (random) =>
    `20${random.digits(2)}-0${1 + random.int(9)}-1${random.int(10)} 1${random.int(10)}:${10 + random.int(49)}:${10 + random.int(49)}`,
  'a UUID': (random) =>
    `${random.digits(8)}-${letters(random, 2)}${random.digits(2)}-4${random.digits(3)}-8${random.digits(3)}-${random.digits(12)}`,
  'a sum of money': (random) => `EUR ${1 + random.int(9)}.${random.digits(3)}.${random.digits(3)},00`,
  'a package': (random) =>
    `npm i @${letters(random, 4)}/${letters(random, 6)}@${random.int(9)}.${random.int(9)}.${random.int(9)}`,
  'a commit': (random) =>
    `commit ${random.digits(6)}${letters(random, 1).replaceAll(/[g-z]/g, 'a')}${random.digits(9)}`,
  'a scope operator': (random) => `${letters(random, 5)}::${letters(random, 4)}::${letters(random, 3)}()`,
};

function sections(part: keyof typeof FRAMES, random: Random): readonly Section[] {
  const held = part === 'heldOut' ? ' held-out' : '';
  const times = part === 'heldOut' ? 14 : 24;
  const many = (count: number, one: (random: Random) => string) =>
    Array.from({ length: count }, () => random.pick(FRAMES[part])(one(random)));
  return [
    ...Object.entries(MAKERS).map(
      ([label, one]): Section => ({
        truth: `positive${held}` as Section['truth'],
        label,
        from: 'a random one within a text; domains of RFC 2606, addresses of RFC 5737 and 3849, IBANs of the registry, telephone numbers for fiction',
        texts: many(times, one),
      }),
    ),
    ...Object.entries(OTHERS).map(
      ([name, one]): Section => ({
        truth: `negative${held}` as Section['truth'],
        from: `${name} within a text`,
        texts: many(times / 2, one),
      }),
    ),
  ];
}

export function make(): string {
  const random = randomOf(SEED);
  return written('pii-detector', SEED, {}, [
    ...sections('development', random),
    ...sections('heldOut', random),
  ]);
}
