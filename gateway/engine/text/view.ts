/** A view: a text as a reader would take it in, with the way back to where each character stood. */
import { LOOKALIKES } from './lookalikes.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface View {
  readonly text: string;
  /** Where, in the original, that which stands at these places of `text` comes from. */
  original(span: Span): Span;
}

interface ViewOptions {
  /** Compatibility forms become plain ones, and what cannot be seen is left out. */
  readonly unicode: boolean;
  /** Letters of other alphabets that look Latin become Latin. */
  readonly lookalikes: boolean;
  /**
   * For comparing words: lower case without accents, one space for any run of white space and for what joins the parts
   * of a name (`a-b`, `a_b`, `a/b`, `a.b`, `a (b)`, `a: b`), `and` for `&`.
   */
  readonly folded?: boolean;
}

/** For whatever is not told otherwise. */
export const SEEN = { unicode: true, lookalikes: true } as const;

/** Zero-width and other invisible characters, soft hyphens, and the tag characters that can spell hidden text. */
const INVISIBLE = /\u034f|[\p{Cf}\p{Variation_Selector}\u115f\u1160\u3164\uffa0]/u;
const CLUSTER = /\P{M}\p{M}{0,8}|\p{M}/gu;
/** Marks that NFKC leaves standing alone, like the strokes of letters that are struck through. */
const STRAY_MARK = /^[\u0300-\u036f]$/;
const JOINS = /^[-_/:()[\]"“”„«»\u2010-\u2015\u2212\u30fb]$/;
const ALNUM = /[\p{L}\p{N}]/u;
/** Letters that no decomposition takes apart. */
const SIMPLE: ReadonlyMap<string, string> = new Map(
  Object.entries({ ø: 'o', ł: 'l', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe' }),
);
const PLAIN = /^[\n\r\t\x20-\x7e]*$/;

export function viewOf(text: string, options: ViewOptions): View {
  if (!options.folded && PLAIN.test(text)) return { text, original: (span) => span };
  const [starts, ends]: [number[], number[]] = [[], []];
  const parts: string[] = [];
  // A text has few different characters: each is worked out once.
  const known = new Map<string, string>();
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    let shown = known.get(cluster);
    if (shown === undefined) {
      shown = PLAIN.test(cluster) ? cluster : shownAs(cluster, options);
      if (options.folded) shown = folded(shown);
      known.set(cluster, shown);
    }
    if (options.folded) {
      const last = parts.at(-1) ?? '';
      // `a.b` is joined, and a sentence that ends is not.
      if (shown === '.' && ALNUM.test(last) && ALNUM.test(text.charAt(index + 1))) shown = ' ';
      if (shown.startsWith(' ') && last.endsWith(' ')) shown = shown.slice(1);
    }
    if (shown === '') continue;
    parts.push(shown);
    for (let i = 0; i < shown.length; i++) {
      starts.push(index);
      ends.push(index + cluster.length);
    }
  }
  return {
    text: parts.join(''),
    original: ({ start, end }) => ({ start: starts[start] ?? text.length, end: ends[end - 1] ?? 0 }),
  };
}

function folded(shown: string): string {
  if (JOINS.test(shown)) return ' ';
  if (shown === '&') return ' and ';
  const plain = shown
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/\s+/g, ' ');
  return SIMPLE.get(plain) ?? plain;
}

function shownAs(cluster: string, { unicode, lookalikes }: ViewOptions): string {
  let shown = cluster;
  if (unicode)
    shown =
      tagLetter(cluster) ??
      asciiDigit(cluster) ??
      [...cluster.normalize('NFKC')].filter((c) => !INVISIBLE.test(c) && !STRAY_MARK.test(c)).join('');
  if (lookalikes) shown = [...shown].map((character) => LOOKALIKES.get(character) ?? character).join('');
  return shown;
}

/** U+E0020 to U+E007E spell ASCII that no screen shows and every model reads. */
function tagLetter(cluster: string): string | null {
  const code = cluster.codePointAt(0) ?? 0;
  return code >= 0xe0020 && code <= 0xe007e ? String.fromCharCode(code - 0xe0000) : null;
}

/** The zeros of scripts in which numbers are written with ten digits of their own. */
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0x17e0,
];

function asciiDigit(cluster: string): string | null {
  const code = cluster.codePointAt(0) ?? 0;
  const zero = code < 0x660 ? undefined : ZEROS.find((first) => code >= first && code < first + 10);
  return zero === undefined ? null : String(code - zero);
}
