/** JSON of anybody's: parsed unless whoever walks through it would run out of stack, or out of time. */

/** Deeper than any schema of a tool. */
const MAX_DEPTH = 100;

/** `maxValues`: small ones take a hundred times as long as a text of their size. Throws a `SyntaxError`. */
export function parseBoundedJson(text: string, maxValues = Number.POSITIVE_INFINITY): unknown {
  if (!isWithin(text, maxValues)) throw new SyntaxError('it is nested too deeply, or has too many values');
  return JSON.parse(text);
}

const [QUOTE, ESCAPE, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Of what is no JSON, either. Ends as soon as it is too much. */
function isWithin(text: string, maxValues: number): boolean {
  let [depth, values, isText] = [0, 1, false];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === ESCAPE && isText) i++;
    else if (unit === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (OPENING.has(unit)) {
      depth++;
      values++;
    } else if (CLOSING.has(unit)) depth--;
    else if (unit === COMMA) values++;
    if (depth > MAX_DEPTH || values > maxValues) return false;
  }
  return true;
}
