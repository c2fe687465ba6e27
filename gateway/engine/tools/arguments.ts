/** The arguments of a tool call: the texts in them. */
import type { ToolCall } from '../request.ts';

const MAX_DEPTH = 32;
/** JSON within a text of JSON, and so on. */
const MAX_LAYERS = 3;

/** Every text and number in them, names of parameters too. Null when they look like JSON and cannot be read. */
export function argumentTexts({ arguments: written }: ToolCall): readonly string[] | null {
  const texts: string[] = [];
  return visit(parsedArguments(written), 0, 0, texts) ? texts : null;
}

/** What looks like JSON and is none. */
export const UNREADABLE = Symbol('unreadable');

/** A text when it is not JSON and does not look like it. */
export function parsedArguments(written: string): unknown {
  if (written.trim() === '') return null;
  try {
    return JSON.parse(written);
  } catch {
    return looksLikeJson(written) ? UNREADABLE : written;
  }
}

export const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text);

/** False when there is something that cannot be read. */
function visit(value: unknown, depth: number, layer: number, texts: string[]): boolean {
  if (value === UNREADABLE || depth > MAX_DEPTH) return false;
  if (typeof value === 'string') {
    texts.push(value);
    const inner = layer < MAX_LAYERS && looksLikeJson(value) ? parsedArguments(value) : null;
    // What only looks like JSON within a text is a text.
    return inner === UNREADABLE || typeof inner !== 'object' || visit(inner, depth + 1, layer + 1, texts);
  }
  if (typeof value === 'number' || typeof value === 'boolean') texts.push(String(value));
  if (Array.isArray(value)) return value.every((item) => visit(item, depth + 1, layer, texts));
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => {
    texts.push(key);
    return visit(item, depth + 1, layer, texts);
  });
}
