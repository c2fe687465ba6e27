/** Clean text: what a git host said, made safe to show, store and log. */

const MAX_LENGTH = 300;

/** Control characters out, secrets out, one line, capped. */
export function cleanText(text: string, secrets: readonly string[] = []): string {
  const clean = withoutSecrets(text, secrets)
    .replace(/:\/\/[^\s/@]*@/g, '://***@')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH)}…` : clean;
}

/** In any case: host names, for one, are shown in lower case. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replace(new RegExp(escaped(secret), 'gi'), '***');
  return clean;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
