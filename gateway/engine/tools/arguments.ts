/** The arguments of a tool call: the texts and the amounts in them. */
import type { ToolCall } from '../request.ts';

const MAX_DEPTH = 32;
/** JSON within a text of JSON, and so on. */
const MAX_LAYERS = 3;

/** Every text and number in them, names of parameters too. Null when they look like JSON and cannot be read. */
export function argumentTexts({ arguments: written }: ToolCall): readonly string[] | null {
  const texts: string[] = [];
  const isRead = visit(parsed(written), 0, 0, {
    leaf: (value) => texts.push(String(value)),
    member: (key) => texts.push(key),
  });
  return isRead ? texts : null;
}

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

/**
 * What a call moves, in whatever currency: the largest amount of an object, or the sum of those within it when that is
 * more. 0 when it names none; null when it names one that nobody can be sure of.
 */
export function amountIn({ arguments: written }: ToolCall): number | null {
  const value = parsed(written);
  if (value === UNREADABLE) return null;
  if (typeof value === 'string') return AMOUNT_NAMED.test(value) ? null : 0;
  let members = 0;
  const isRead = visit(value, 0, 0, {
    leaf: () => {},
    member: (key) => {
      if (isAmountKey(key)) members += 1;
    },
  });
  // Of a member that is there twice, this parser takes the last, and the tool may take the first.
  const named = [...written.matchAll(/"([^"\\]{1,40})"\s{0,100}:/g)].filter(([, key = '']) =>
    isAmountKey(key),
  );
  if (!isRead || named.length > members) return null;
  return moved(value);
}

const isAmountKey = (key: string) => AMOUNT_KEYS.has(key.toLowerCase().replaceAll(/[_-]/g, ''));

function moved(value: unknown): number | null {
  const inner = typeof value === 'string' ? parsed(value) : value;
  if (typeof inner !== 'object' || inner === null) return 0;
  let [own, within]: [number, number] = [0, 0];
  for (const [key, item] of Object.entries(inner)) {
    const nested = moved(item);
    const direct = isAmountKey(key) ? amountOf(item) : 0;
    if (nested === null || direct === null) return null;
    own = Math.max(own, direct);
    within += nested;
  }
  return Math.max(own, within);
}

/** `$1,250.00`, `EUR 12`, `-3`. What can be read in two ways counts as the larger; null for `1e3 or so`. */
function amountOf(value: unknown): number | null {
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value !== 'string') return 0;
  const digits =
    /^\s*(?:[A-Za-z]{3}|\p{Sc})?\s*[-+]?\s*(?:\p{Sc})?([\d.,'\s]*\d)\s*(?:[A-Za-z]{3}|\p{Sc})?\s*$/u.exec(
      value.normalize('NFKC').slice(0, 100),
    )?.[1];
  // A colour or an address is no amount; a text that begins with digits may be one that is dressed up.
  if (digits === undefined) return /^\s*[-+\p{Sc}]?\s*\d[\d.,]*\s*(?:e[+-]?\d|$)/iu.test(value) ? null : 0;
  const plain = digits.replaceAll(/[\s']/g, '');
  const decimal = /^(.*)[.,](\d{1,2}|\d{4,})$/.exec(plain);
  const [whole, fraction] = decimal ? [decimal[1] ?? '', decimal[2] ?? ''] : [plain, ''];
  return Number(`${whole.replaceAll(/[.,]/g, '')}.${fraction}`);
}

const UNREADABLE = Symbol('unreadable');

/** A text when it is not JSON and does not look like it. */
function parsed(written: string): unknown {
  if (written.trim() === '') return null;
  try {
    return JSON.parse(written);
  } catch {
    return /^\s*[{[]/.test(written) ? UNREADABLE : written;
  }
}

interface Visitor {
  leaf(value: string | number | boolean): void;
  member(key: string): void;
}

/** False when there is something that cannot be read. */
function visit(value: unknown, depth: number, layer: number, to: Visitor): boolean {
  if (value === UNREADABLE || depth > MAX_DEPTH) return false;
  if (typeof value === 'string') {
    to.leaf(value);
    const inner = layer < MAX_LAYERS && /^\s*[{[]/.test(value) ? parsed(value) : null;
    // What only looks like JSON within a text is a text.
    return inner === UNREADABLE || typeof inner !== 'object' || visit(inner, depth + 1, layer + 1, to);
  }
  if (typeof value === 'number' || typeof value === 'boolean') to.leaf(value);
  if (Array.isArray(value)) return value.every((item) => visit(item, depth + 1, layer, to));
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => {
    to.member(key);
    return visit(item, depth + 1, layer, to);
  });
}
