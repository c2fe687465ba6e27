/** Decoded: what a text holds in base64, hexadecimal, percent and character references, layer by layer. */

/** Base64 within base64 within base64; deeper is not looked for. */
const MAX_LAYERS = 3;
const MAX_PARTS = 64;
/** Sixteen characters are twelve bytes: too short for an instruction, and most words are shorter. */
const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
const HEX = /(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]?){12,}(?![0-9A-Za-z])/g;
/** `\x49`, `%49`, `&#73;`, `&#x49;`, `\u0049`: three of them, or they would be no more than a character here and there. */
const ESCAPES =
  /(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|&#(?:\d{2,6}|[xX][0-9a-fA-F]{2,5});)/g;
const MIN_ESCAPES = 3;
/** A word or more of which a part is escaped: `Project%20Falcon`. */
const ESCAPED =
  /(?<![^\s"'<>])[^\s"'<>]{0,200}(?:%[0-9a-fA-F]{2}|\\[xu][0-9a-fA-F]{2,4}|&#[xX]?[0-9a-fA-F]{2,6};)[^\s"'<>]{0,400}/g;
const READABLE = /^[\n\r\t\x20-\x7e\u00a0-\uffff]+$/;

/** Readable text only, and at most `MAX_PARTS` of it. Line breaks within an encoded part are allowed for. */
export function decodedParts(text: string): readonly string[] {
  const found: string[] = [];
  let layer: readonly string[] = [text];
  for (let depth = 0; depth < MAX_LAYERS && layer.length > 0; depth++) {
    layer = layer.flatMap(partsIn).slice(0, MAX_PARTS - found.length);
    found.push(...layer);
  }
  return found;
}

/** The places of `text` that hold something encoded, with what they hold; of the first layer alone. */
export function encodedIn(
  text: string,
): readonly { readonly start: number; readonly end: number; readonly holds: string }[] {
  return [BASE64, HEX, ESCAPED].flatMap((pattern) =>
    [...text.matchAll(pattern)]
      .slice(0, MAX_PARTS)
      .flatMap(({ 0: run, index }) =>
        [unescaped(run, 1), ...decodedParts(run)]
          .flatMap((holds) => holds ?? [])
          .map((holds) => ({ start: index, end: index + run.length, holds })),
      ),
  );
}

function partsIn(text: string): string[] {
  const joined = text.replaceAll(/([A-Za-z0-9+/_-]{16})[ \t]*\r?\n[ \t]*(?=[A-Za-z0-9+/_-])/g, '$1');
  const runs = [...new Set([text, joined])].flatMap((form) => form.match(BASE64) ?? []);
  const bytes = text.match(HEX) ?? [];
  const plain = unescaped(text);
  return [
    ...runs.slice(0, MAX_PARTS).flatMap((run) => fromBase64(run) ?? []),
    ...bytes.slice(0, MAX_PARTS).flatMap((run) => fromHex(run) ?? []),
    ...(plain === null ? [] : [plain]),
  ];
}

/** The whole text without its escapes; null when there are none to speak of. */
function unescaped(text: string, least = MIN_ESCAPES): string | null {
  if ((text.match(ESCAPES)?.length ?? 0) < least) return null;
  return text.replaceAll(ESCAPES, (sequence) => {
    const isDecimal = /^&#\d/.test(sequence);
    const code = Number.parseInt(sequence.replaceAll(/^(?:\\[xu]|%|&#[xX]?)|;$/g, ''), isDecimal ? 10 : 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : sequence;
  });
}

function fromBase64(run: string): string | null {
  const standard = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  try {
    return readable(Uint8Array.from(atob(standard), (character) => character.charCodeAt(0)));
  } catch {
    return null;
  }
}

function fromHex(run: string): string | null {
  const digits = run.replaceAll(/[ :]/g, '');
  return readable(Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)));
}

function readable(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return READABLE.test(text) ? text : null;
  } catch {
    return null;
  }
}
