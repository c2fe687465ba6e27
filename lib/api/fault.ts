/** A fault of ours, as it may stand in a log: where it broke and why, without anything that the caller sent. */

import { secretForms } from '../domain/secret-forms.ts';
import { withoutSecrets } from '../git/clean-text.ts';

const LONGEST_MESSAGE = 500;
/** Shorter text is no secret, and to take it out would leave nothing readable. */
const SHORTEST_SECRET = 6;
/** A body with more text than this is no link and no token; of a fault about it, the name must do. */
const MOST_TEXTS = 200;

/**
 * Databases, parsers and libraries like to repeat what they were given. `sent` is all of that: the token, the
 * parameters and the body, as far as it was read.
 */
export function faultFacts(error: unknown, sent: readonly unknown[]): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const texts = textsIn(sent).filter((text) => text.length >= SHORTEST_SECRET);
  const message =
    texts.length > MOST_TEXTS ? {} : { message: clean(error.message, texts).slice(0, LONGEST_MESSAGE) };
  // The first frame is below the message, which may have lines of its own.
  const at = error.stack?.split('\n').find((line) => /^\s+at \S/.test(line));
  return { error: clean(error.name, texts), ...message, at: at && clean(at.trim(), texts) };
}

function clean(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap(secretForms).sort((a, b) => b.length - a.length);
  return withoutSecrets(text, [...new Set(forms)]);
}

/** What a field is called by a description; anything else may be a secret that was put there by mistake. */
const NAME = /^[a-z_]+$/;

/** All text in a value. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const names = Array.isArray(value) ? [] : Object.keys(value).filter((name) => !NAME.test(name));
  return [...names, ...Object.values(value).flatMap(textsIn)];
}
