/** Secret forms: what a secret looks like in a text that somebody else made of it. */

/** Shorter pieces tell nothing. */
const SHORTEST_FORM = 4;

/** As it was sent, and as it is written in JSON, in a URL, in hexadecimal, and in base64 wherever in a longer text it begins. */
export function secretForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    // Of its ends only that is its own which shares no character with what is beside it.
    const own = shifted.subarray(0, shifted.length - (shifted.length % 3));
    const from = before === 0 ? 0 : 4;
    return [own.toString('base64').slice(from), own.toString('base64url').slice(from)];
  });
  const url = encodeURIComponent(secret.toWellFormed());
  const forms = [secret, JSON.stringify(secret).slice(1, -1), url, bytes.toString('hex'), ...base64];
  return forms.filter((form) => form.length >= SHORTEST_FORM);
}
