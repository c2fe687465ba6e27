/** Values as a diff shows them: clipped, and never a secret. */

import { withoutCredentials } from '../credentials.ts';

const MAX_TEXT = 200;
/** A secret inside a text is looked for this far: well beyond what is shown of it. */
const MAX_LOOK = 20_000;
/** Of one value with everything in it. */
const MAX_ITEMS = 100;

const SECRET_KEY =
  /^(?:api[-_]?key|.*[-_]api[-_]?key|.*(?:password|passwd|passphrase|credentials?|authorization|cookie)|(?:.*[-_])?(?:secret|token|private[-_]?key|access[-_]?key))$/i;
/** What these hold is the name of a secret, unless somebody pasted the secret itself. */
const SECRET_NAME = /^(?:secret_key_ref|.*_env)$/i;
const NAME_OF_SECRET = /^[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+)*$/;
/** All of it token characters: a pattern that finds such secrets is none. */
const LOOKS_SECRET =
  /^(?:(?:sk-|rk-|pk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|kt_(?:live|gk)_|AKIA|ASIA|AIza|eyJ|hf_|gsk_|Bearer |Basic )[\w.+/=~-]{8,}$|-----BEGIN )/;
const USER_INFO = /([a-z0-9+.-]{1,30}:\/\/)[^/?#\s@]*@/gi;
const SECRET_PARAMETER = /([?&](?:[\w-]*(?:key|token|secret|password|sig|signature))=)[^&#\s]+/gi;

/** `key` is what the value stands under: it may say that the value is a secret. */
export function shown(value: unknown, key = ''): unknown {
  const room = { items: MAX_ITEMS };
  return show(value, key, SECRET_KEY.test(key), room);
}

function show(value: unknown, key: string, hidden: boolean, room: { items: number }): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return showText(value, key, hidden);
  if (typeof value === 'number') return hidden && value >= 100_000 ? secret(String(value)) : value;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const kept = value.slice(0, Math.max(0, room.items));
    room.items -= kept.length;
    const items = kept.map((item) => show(item, key, hidden, room));
    return kept.length < value.length ? [...items, `… and ${value.length - kept.length} more`] : items;
  }
  const entries = Object.entries(value);
  const kept = entries.slice(0, Math.max(0, room.items));
  room.items -= kept.length;
  const fields = kept.map(([name, field]) => {
    const nameHidden = hidden || SECRET_KEY.test(name);
    return [clip(name), show(field, SECRET_NAME.test(key) ? key : name, nameHidden, room)];
  });
  const more = entries.length - kept.length;
  return Object.fromEntries(more > 0 ? [...fields, ['…', `and ${more} more`]] : fields);
}

function showText(text: string, key: string, hidden: boolean): string {
  if (text === '') return text;
  if (hidden || LOOKS_SECRET.test(text)) return secret(text);
  if (SECRET_NAME.test(key) && !NAME_OF_SECRET.test(text)) return secret(text);
  const looked = text.slice(0, MAX_LOOK);
  const named = looked.replace(USER_INFO, '$1(secret)@').replace(SECRET_PARAMETER, '$1(secret)');
  return clip(withoutCredentials(named));
}

function secret(text: string): string {
  return `(secret, ${text.length} characters)`;
}

function clip(text: string, to = MAX_TEXT): string {
  return text.length > to ? `${text.slice(0, to - 1).toWellFormed()}…` : text;
}

/** The value within a sentence of one line. */
export function inWords(value: unknown, key = '', to = 60): string {
  const safe = shown(value, key);
  if (safe === null) return 'nothing';
  if (typeof safe === 'number' || typeof safe === 'boolean') return String(safe);
  const text = typeof safe === 'string' ? safe : JSON.stringify(safe);
  return clip(oneLine(text), to) || '""';
}

/** Without characters that break a line or change how the rest of it reads. */
export function oneLine(text: string): string {
  return text
    .slice(0, 4000)
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}
