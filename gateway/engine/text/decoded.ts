/** Decoded: what a text holds in base64, layer by layer. */

/** Base64 within base64 within base64; deeper is not looked for. */
const MAX_LAYERS = 3;
const MAX_PARTS = 64;
/** Sixteen characters are twelve bytes: too short for an instruction, and most words are shorter. */
const RUN = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
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

function partsIn(text: string): string[] {
  const joined = text.replaceAll(/([A-Za-z0-9+/_-]{16})[ \t]*\r?\n[ \t]*(?=[A-Za-z0-9+/_-])/g, '$1');
  return [...new Set([text, joined])].flatMap((form) =>
    (form.match(RUN) ?? []).flatMap((run) => decode(run) ?? []),
  );
}

function decode(run: string): string | null {
  const standard = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  try {
    const bytes = Uint8Array.from(atob(standard), (character) => character.charCodeAt(0));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return READABLE.test(text) ? text : null;
  } catch {
    return null;
  }
}
