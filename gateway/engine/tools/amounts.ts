/** Amounts: what a tool call moves, as its arguments name it. */
import type { ToolCall } from '../request.ts';
import { looksLikeJson, parsedArguments, UNREADABLE } from './arguments.ts';

/** Members whose value is taken for the amount of a transaction, in any case, with `_` or `-` or joined. */
const AMOUNT_KEYS: ReadonlySet<string> = new Set([
  'amount',
  'amountusd',
  'totalamount',
  'transactionamount',
  'total',
  'value',
  'sum',
]);
const AMOUNT_NAMED = /\b(?:[a-z]+[_-]?)?(?:amount|total|value|sum)\b/i;
/** Of objects within each other, and of JSON within texts of JSON. */
const MAX_DEPTH = 32;

/**
 * The largest amount of an object, or the sum of those within it when that is more, in whatever currency. 0 when none is
 * named; null when one is named that nobody can be sure of.
 */
export function amountIn({ arguments: written }: ToolCall): number | null {
  const value = parsedArguments(written);
  if (typeof value === 'string') return AMOUNT_NAMED.test(value) ? null : 0;
  return value === UNREADABLE || isNamedTwice(written, value) ? null : moved(value, 0);
}

const isAmountKey = (key: string) => AMOUNT_KEYS.has(key.toLowerCase().replaceAll(/[_-]/g, ''));

/** Of a member that is there twice this parser takes the last, and the tool may take the first. */
function isNamedTwice(json: string, value: unknown): boolean {
  const named = [...json.matchAll(/"([^"\\]{1,40})"\s*:/g)].filter(([, key = '']) => isAmountKey(key));
  return named.length > 0 && named.length > amountMembers(value, 0);
}

function amountMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + (isAmountKey(key) ? 1 : 0) + amountMembers(item, depth + 1),
    0,
  );
}

function moved(value: unknown, depth: number): number | null {
  if (depth > MAX_DEPTH) return null;
  if (typeof value === 'string') return looksLikeJson(value) ? movedWithin(value, depth) : 0;
  if (typeof value !== 'object' || value === null) return 0;
  let [own, within]: [number, number] = [0, 0];
  for (const [key, item] of Object.entries(value)) {
    const nested = moved(item, depth + 1);
    // The items of a list have numbers for names.
    const direct = !Array.isArray(value) && isAmountKey(key) ? amountOf(item, depth + 1) : 0;
    if (nested === null || direct === null) return null;
    own = Math.max(own, direct);
    within += nested;
  }
  return Math.max(own, within);
}

/** What only looks like JSON within a text is a text. */
function movedWithin(text: string, depth: number): number | null {
  const inner = parsedArguments(text);
  if (inner === UNREADABLE) return 0;
  return isNamedTwice(text, inner) ? null : moved(inner, depth + 1);
}

/** `$1,250.00`, `EUR 12`, `-3`, `[5, 6]`, `{"usd": 5}`. What can be read in two ways counts as the larger. */
function amountOf(value: unknown, depth: number): number | null {
  if (depth > MAX_DEPTH) return null;
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'string') return amountInText(value);
  if (typeof value !== 'object' || value === null) return 0;
  const all = Object.values(value).map((item) => amountOf(item, depth + 1));
  const known = all.filter((each) => each !== null);
  if (known.length < all.length) return null;
  return known.reduce((sum, each) => (Array.isArray(value) ? sum + each : Math.max(sum, each)), 0);
}

/** `EUR`, `usd`, `US$`, `USDC`, `€`. */
const CURRENCY = String.raw`(?:[A-Z]{0,3}\p{Sc}|[A-Z]{2,5}|[A-Za-z]{3})`;
const WRITTEN = new RegExp(
  String.raw`^(?:${CURRENCY})?\s*[-+]?\s*(?:\p{Sc})?([\d.,'\s]*\d)\s*(?:${CURRENCY})?$`,
  'u',
);
/**
 * A text that begins like an amount, and goes on in a way that some parser, or some model, may take for more of it:
 * `1e6`, `1_000`, `0x3e8`, `5 million`, `1000 dollars`, the digits of other scripts.
 */
const DRESSED =
  /^(?:[A-Za-z]{0,5}\s*\p{Sc}|[-+\s])*(?:0x[0-9a-f]{1,18}$|\p{Nd}[\p{Nd}.,'_\s]*(?:e[+-]?\d|$|(?:[kmb]|mm|mn|bn|mio|hundred|thousand|million|billion|grand|usd\w?|eur\w?|dollars?|euros?|pounds?|francs?|yen|rupees?|pesos?|cents?|bucks|coins?|tokens?)\b))/iu;
/** Longer than any amount. */
const MAX_AMOUNT_LENGTH = 100;

/** A colour or an address is no amount. Null for what is one, or may be, and cannot be read for certain. */
function amountInText(text: string): number | null {
  const written = text.normalize('NFKC').trim();
  const short = written.slice(0, MAX_AMOUNT_LENGTH);
  const digits = WRITTEN.exec(short)?.[1];
  if (digits === undefined) return DRESSED.test(short) ? null : 0;
  if (written.length > MAX_AMOUNT_LENGTH) return null;
  const plain = digits.replaceAll(/[\s']/g, '');
  const decimal = /^(.*)[.,](\d{1,2}|\d{4,})$/.exec(plain);
  const [whole, fraction] = decimal ? [decimal[1] ?? '', decimal[2] ?? ''] : [plain, ''];
  return Number(`${whole.replaceAll(/[.,]/g, '')}.${fraction}`);
}
