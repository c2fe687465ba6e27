/** Escapes: a text as whoever parses it as JSON, once or more, will read it: `\n` is a new line and no `n`. */
import { type Message, textsOf } from '../request.ts';
import type { Span, View } from './view.ts';

/** From the first backslash of a run, so that no run is looked at twice. */
const ESCAPE = /(?<!\\)\\+(?:u([0-9a-fA-F]{4})|([bfnrt])|["'/])/g;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: '\t', b: ' ', f: ' ' };

/** The text as it stands, and without its escapes when it has any: arguments and results of tools are JSON, as a rule. */
export function readingsOf(text: string): readonly View[] {
  const asItStands: View = { text, original: (span) => span };
  const unescaped = withoutEscapes(text);
  return unescaped ? [asItStands, unescaped] : [asItStands];
}

/** Every text of these messages, in each of its readings. */
export const readingsIn = (messages: readonly Message[]): readonly string[] =>
  textsOf(messages).flatMap((text) => readingsOf(text).map((reading) => reading.text));

function withoutEscapes(text: string): View | null {
  const found = [...text.matchAll(ESCAPE)];
  if (found.length === 0) return null;
  // By where an escape stands in the reading: by how much what follows is shifted.
  const shifts: { readonly at: number; readonly shift: number }[] = [];
  let [result, at] = ['', 0];
  for (const { 0: sequence, 1: hex, 2: control, index } of found) {
    result += text.slice(at, index) + characterOf(sequence, hex, control);
    at = index + sequence.length;
    shifts.push({ at: result.length, shift: at - result.length });
  }
  /** Where the character before this place of the reading ends. */
  const after = (place: number) => place + shiftAt(shifts, place);
  return {
    text: result + text.slice(at),
    original: ({ start, end }: Span) => ({ start: after(start), end: after(end) }),
  };
}

function characterOf(sequence: string, hex: string | undefined, control: string | undefined): string {
  if (control !== undefined) return CONTROLS[control] ?? ' ';
  return hex === undefined ? sequence.slice(-1) : String.fromCharCode(Number.parseInt(hex, 16));
}

/** Of the last escape that ends at this place or before it. */
function shiftAt(shifts: readonly { readonly at: number; readonly shift: number }[], place: number): number {
  let [low, high] = [0, shifts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((shifts[middle]?.at ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return shifts[low - 1]?.shift ?? 0;
}
