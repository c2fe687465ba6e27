/** Untrusted JSON: bytes to an object, or a reason. */
import { Unusable } from './verdict.ts';

export type JsonObject = { readonly [key: string]: unknown };

/** Real payloads nest about eight deep; far deeper text survives `JSON.parse` and breaks what comes after. */
export const MAX_JSON_DEPTH = 64;

/**
 * Keeps a byte order mark, so that encoding the text again gives the bytes that were signed.
 * Throws `Unusable` when the bytes are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unusable('the body is not valid UTF-8');
  }
}

/** Throws `Unusable` for anything but a JSON object of bearable depth. */
export function parseObject(text: string): JsonObject {
  if (text.startsWith('\uFEFF')) throw new Unusable('the payload starts with a byte order mark');
  if (isTooDeep(text)) throw new Unusable(`the payload nests more than ${MAX_JSON_DEPTH} levels deep`);
  const value = parse(text);
  if (!isObject(value)) throw new Unusable('the payload is not a JSON object');
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unusable('the payload is not valid JSON');
  }
}

/** Exact for valid JSON. Text that is not may be refused for either reason, but always is. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const ch = text.charCodeAt(i);
    if (quoted) {
      if (ch === BACKSLASH) i++;
      else if (ch === QUOTE) quoted = false;
    } else if (ch === QUOTE) quoted = true;
    else if (ch === OPEN_LIST || ch === OPEN_MAP) {
      if (++depth > MAX_JSON_DEPTH) return true;
    } else if (ch === CLOSE_LIST || ch === CLOSE_MAP) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
