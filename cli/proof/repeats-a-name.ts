/** Whether an object in a JSON text has a member twice: one reader takes the first of them, and another the last. */

/** `value` is what `JSON.parse` made of `text`, and of a depth that somebody has bounded. */
export function repeatsAName(text: string, value: unknown): boolean {
  return colonsIn(text) !== membersOf(value);
}

/** Outside of strings: one for each member, as it was written. */
function colonsIn(text: string): number {
  let count = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (quoted && letter === '\\') at++;
    else if (!quoted && letter === ':') count++;
  }
  return count;
}

/** Those that are left of them. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members: readonly unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : members.length;
  return members.reduce<number>((sum, member) => sum + membersOf(member), own);
}
