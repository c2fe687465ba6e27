/** Characters: what tells one token of YAML from the next. */

export function isSpace(ch: string | undefined): boolean {
  return ch === ' ' || ch === '\t';
}

/** White space, a line end, or the end of the text. */
export function isBlank(ch: string | undefined): boolean {
  return ch === undefined || ch === ' ' || ch === '\n' || ch === '\t' || ch === '\r';
}

export function isFlowIndicator(ch: string | undefined): boolean {
  return ch === ',' || ch === '[' || ch === ']' || ch === '{' || ch === '}';
}

/**
 * The first character that YAML does not allow, or that readers disagree about: a lone carriage return, a
 * byte order mark inside the text. -1 when there is none.
 */
export function findForbidden(text: string): number {
  return text.search(FORBIDDEN);
}

const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]|\r(?!\n)/;
