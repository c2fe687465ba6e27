/** Secrets that no issuer's form gives away: what somebody calls a password or a key and then writes down. */
import type { Finder } from './finder.ts';

const NAME =
  '(?:pass(?:word|wd|phrase)?|pwd|secret|api[_ -]?key|access[_ -]?key|auth[_ -]?token|access[_ -]?token|token|client[_ -]?secret|kennwort|passwort)';
/** What stands in examples instead of one: stars, a name in brackets, a variable, a look-up. */
const NO_SECRET =
  /^[*•x.<[{$%]|^(?:your|example|changeme|none|null|undefined|true|false|process\.|os\.|env|get|placeholder)/i;

export const ASSIGNED_SECRETS: readonly Finder[] = [
  {
    looks: new RegExp(
      `\\b${NAME}["']?[ \\t]{0,4}(?:=>|:=|=|:)[ \\t]{0,4}["'\`]?([^\\s"'\`,;)]{8,200})`,
      'gi',
    ),
    length: (value) => (NO_SECRET.test(value) || !/[^a-z]/i.test(value) ? 0 : value.length),
  },
];

/** The whole block, not its first line alone. RFC 7468. */
export const PRIVATE_KEYS: readonly Finder[] = [
  {
    looks:
      /-----BEGIN (?:[A-Z]{1,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s:,-]{0,8000}?-----END (?:[A-Z]{1,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
];
