/** Clean text: what a git host said, made safe to show, store and log. */

const MAX_LENGTH = 300;

/** Control characters out, secrets out, one line, capped. */
export function cleanText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  clean = clean
    .replace(/:\/\/[^\s/@]*@/g, '://***@')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH)}…` : clean;
}
