/** Checksums that tell a number of an account or a card from any other number. */

/** ISO/IEC 7812-1, annex B. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** ISO 13616: country, length as the IBAN registry has it, and the remainder 1 of ISO 7064 MOD 97-10. */
export function isIban(text: string): boolean {
  if (ibanLength(text) !== text.length) return false;
  let remainder = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** How long an IBAN of that country is; undefined for what is no such country. */
export const ibanLength = (text: string): number | undefined => LENGTHS.get(text.slice(0, 2));

const LENGTHS: ReadonlyMap<string, number> = new Map(
  [
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18',
    'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20',
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SD18',
    'SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20',
  ].flatMap((line) => line.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const)),
);

/** NPI, 45 CFR 162.406: ten digits, checked with the prefix 80840. */
export const isNpi = (digits: string): boolean => /^[12]\d{9}$/.test(digits) && isLuhn(`80840${digits}`);

/** NHS number of England and Wales: modulus 11. */
export function isNhs(digits: string): boolean {
  if (!/^\d{10}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += Number(digits[i]) * (10 - i);
  return (11 - (sum % 11)) % 11 === Number(digits[9]);
}

/** DEA registration, 21 CFR 1301: two letters, seven digits of which the last is a check. */
export function isDea(text: string): boolean {
  const [, digits] = /^[A-Za-z][A-Za-z9](\d{7})$/.exec(text) ?? [];
  if (!digits) return false;
  const at = (i: number) => Number(digits[i]);
  return (at(0) + at(2) + at(4) + 2 * (at(1) + at(3) + at(5))) % 10 === at(6);
}

/** 49 CFR 565.15: the ninth character checks the others. Vehicles made for other markets need not have it. */
export function isVin(text: string): boolean {
  const vin = text.toUpperCase();
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(vin)) return false;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += (VIN_VALUES.get(vin[i] ?? '') ?? 0) * (VIN_WEIGHTS[i] ?? 0);
  return vin[8] === (sum % 11 === 10 ? 'X' : String(sum % 11));
}

const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const VIN_VALUES: ReadonlyMap<string, number> = new Map(
  ['0123456789', '.ABCDEFGH', '.JKLMN.P.R', '..STUVWXYZ'].flatMap((row) =>
    [...row].map((character, value) => [character, value] as const),
  ),
);
