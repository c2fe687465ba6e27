/** The token as configured: sent in one header, and never printed. */
import { usage } from './failure.ts';

/** `where` is what a mistake is reported as. */
export function parseApiToken(text: string, where: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token;
  throw usage(
    `${where}: is not a token (${text.length} characters); a token looks like kt_live_<id>_<secret>`,
  );
}

/** What may be shown: the public part of a token of this system, of others nothing. */
export function shownToken(token: string): string {
  const [, id] = /^kt_live_([0-9a-z]{16})_[0-9a-z]{52}$/.exec(token) ?? [];
  return id === undefined ? 'set' : `kt_live_${id}_…`;
}

/** Of a whole token only its public part goes into a URL; anything else is an id already. */
export function publicId(text: string): string {
  return /^kt_live_([0-9a-z]{16})_/.exec(text)?.[1] ?? text;
}
