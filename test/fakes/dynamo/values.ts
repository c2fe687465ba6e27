/** Attribute values as DynamoDB compares, orders, weighs and adds them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { invalid } from './failure.ts';

export type Row = Record<string, AttributeValue>;

/** Of the eight of them that our rows are made of; sets are refused. */
export function typeOf(value: AttributeValue): string {
  const [type, ...more] = Object.keys(value);
  if (type === undefined || more.length > 0 || !TYPES.has(type))
    throw invalid(`no attribute value that is known here: ${JSON.stringify(value)}`);
  return type;
}

const TYPES: ReadonlySet<string> = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L']);

export function copy(value: AttributeValue): AttributeValue {
  if (value.S !== undefined) return { S: value.S };
  if (value.N !== undefined) return { N: value.N };
  if (value.B !== undefined) return { B: Uint8Array.from(value.B) };
  if (value.L !== undefined) return { L: value.L.map(copy) };
  if (value.M !== undefined) return { M: copyRow(value.M) };
  return { ...value };
}

export function copyRow(row: Row): Row {
  const copied: Row = {};
  for (const name of Object.keys(row)) {
    const value = row[name];
    if (value) copied[name] = copy(value);
  }
  return copied;
}

export function equal(a: AttributeValue, b: AttributeValue): boolean {
  if (a.S !== undefined) return a.S === b.S;
  if (a.N !== undefined) return b.N !== undefined && compareNumbers(a.N, b.N) === 0;
  if (a.B !== undefined) return b.B !== undefined && Buffer.compare(a.B, b.B) === 0;
  if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
  if (a.NULL !== undefined) return b.NULL !== undefined;
  if (a.L !== undefined) return b.L !== undefined && equalLists(a.L, b.L);
  if (a.M !== undefined) return b.M !== undefined && equalRows(a.M, b.M);
  throw invalid('sets are not known here');
}

function equalLists(a: readonly AttributeValue[], b: readonly AttributeValue[]): boolean {
  return a.length === b.length && a.every((value, at) => b[at] !== undefined && equal(value, b[at]));
}

export function equalRows(a: Row, b: Row): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => a[name] && b[name] && equal(a[name], b[name]));
}

/** Null for what has no order: of different types, or of one that has none. */
export function order(a: AttributeValue, b: AttributeValue): number | null {
  if (a.S !== undefined && b.S !== undefined) return compareText(a.S, b.S);
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  return null;
}

/** By UTF-8 bytes: JavaScript's own order is that of UTF-16, where surrogates come before U+E000. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

interface Decimal {
  readonly digits: bigint;
  /** Digits behind the point. */
  readonly scale: number;
}

const MOST_DIGITS = 38;

function parseDecimal(text: string): Decimal {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts ?? [];
  if (!parts || whole + fraction === '') throw invalid(`not a number: ${text}`);
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(sign + whole + fraction) * (scale < 0 ? 10n ** BigInt(-scale) : 1n);
  return { digits, scale: Math.max(0, scale) };
}

function aligned(a: string, b: string): readonly [bigint, bigint, number] {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  const scale = Math.max(x.scale, y.scale);
  const raise = ({ digits, scale: own }: Decimal) => digits * 10n ** BigInt(scale - own);
  return [raise(x), raise(y), scale];
}

export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  const [x, y] = aligned(a, b);
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

/** Exact, as DynamoDB counts: a tenth and two tenths are three tenths. */
export function add(a: string, b: string, sign: 1n | -1n): string {
  const [x, y, scale] = aligned(a, b);
  return format(x + sign * y, scale);
}

export function normalNumber(text: string): string {
  const { digits, scale } = parseDecimal(text);
  return format(digits, scale);
}

function format(digits: bigint, scale: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const significant = `${whole}${fraction}`.replace(/^0+/, '').replace(fraction === '' ? /0+$/ : /$^/, '');
  if (significant.length > MOST_DIGITS) throw invalid(`more than ${MOST_DIGITS} digits: ${text}`);
  return `${digits < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** As the developer guide weighs items: names and values in UTF-8, 3 bytes for a container and 1 for what is in it. */
export function weigh(row: Row): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(row)) bytes += Buffer.byteLength(name) + weighValue(value);
  return bytes;
}

function weighValue(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/^-|\./g, '').length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return value.L.reduce((sum, one) => sum + 1 + weighValue(one), 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + weigh(value.M);
  return 1;
}
