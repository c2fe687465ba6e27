/** JSON of anybody's: parsed unless it is nested so deeply that whoever walks through it would run out of stack. */

/** Deeper than any schema of a tool. */
const MAX_DEPTH = 100;

/** Throws a `SyntaxError`. */
export function parseBoundedJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH) throw new SyntaxError('it is nested too deeply');
  return JSON.parse(text);
}

const [QUOTE, ESCAPE] = [0x22, 0x5c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Of what is no JSON, some number. Ends as soon as it is too deep. */
function depthOf(text: string): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let i = 0; i < text.length && deepest <= MAX_DEPTH; i++) {
    const unit = text.charCodeAt(i);
    if (unit === ESCAPE && isText) i++;
    else if (unit === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (OPENING.has(unit)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(unit)) depth--;
  }
  return deepest;
}
