/** The rows of a table in memory, sorted by its own keys and by those of its indexes. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { invalid } from './failure.ts';
import { compareText, type Row, weigh } from './values.ts';

export interface KeyNames {
  readonly partition: string;
  readonly sort: string;
}

export interface Schema extends KeyNames {
  readonly indexes: Readonly<Record<string, KeyNames>>;
}

export interface Stored {
  readonly row: Row;
  readonly bytes: number;
}

const MOST_BYTES = { partition: 2048, sort: 1024, item: 400 * 1024 } as const;

export function keyText(row: Row, name: string, most: number): string {
  const text = row[name]?.S;
  if (text === undefined) throw invalid(`the key has no ${name}, or it is no string`);
  if (text === '') throw invalid(`a key attribute cannot be an empty string: ${name}`);
  if (Buffer.byteLength(text) > most) throw invalid(`${name} has more than ${most} bytes`);
  return text;
}

/** Partition and sort key in one text; U+0000 can be in neither half's middle without being in the other's too. */
export function nameOfKey(key: Row, { partition, sort }: KeyNames): string {
  const [first, second] = [
    keyText(key, partition, MOST_BYTES.partition),
    keyText(key, sort, MOST_BYTES.sort),
  ];
  return `${first.length}:${first}${second}`;
}

/** Rows of one partition of a table or an index, in order. */
type Ordered = { readonly at: string; readonly name: string; readonly stored: Stored }[];

function position(rows: Ordered, at: string, name: string): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    const sign = row === undefined ? 0 : compareText(row.at, at) || compareText(row.name, name);
    if (sign < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Rows {
  readonly schema: Schema;
  readonly #rows = new Map<string, Stored>();
  readonly #partitions = new Map<string, Ordered>();

  constructor(schema: Schema) {
    this.schema = schema;
  }

  get(name: string): Stored | undefined {
    return this.#rows.get(name);
  }

  /** Checks what DynamoDB checks of an item before it stores it. */
  weighed(row: Row): Stored {
    nameOfKey(row, this.schema);
    for (const { partition, sort } of Object.values(this.schema.indexes)) {
      if (row[partition] !== undefined) keyText(row, partition, MOST_BYTES.partition);
      if (row[sort] !== undefined) keyText(row, sort, MOST_BYTES.sort);
    }
    const bytes = weigh(row);
    if (bytes > MOST_BYTES.item) throw invalid('Item size has exceeded the maximum allowed size');
    return { row, bytes };
  }

  replace(name: string, stored: Stored | undefined): void {
    const before = this.#rows.get(name);
    if (before) this.#eachPlace(before.row, (rows, at) => rows.splice(position(rows, at, name), 1));
    if (stored) this.#rows.set(name, stored);
    else this.#rows.delete(name);
    if (stored)
      this.#eachPlace(stored.row, (rows, at) =>
        rows.splice(position(rows, at, name), 0, { at, name, stored }),
      );
  }

  /** Of a partition of the table, or of an index, in order. */
  partition(index: string | undefined, value: AttributeValue): Ordered {
    return this.#partitions.get(`${index ?? ''}\n${value.S}`) ?? [];
  }

  all(): Iterable<Stored> {
    return this.#rows.values();
  }

  #eachPlace(row: Row, change: (rows: Ordered, at: string) => void): void {
    const places: [string, KeyNames][] = [['', this.schema], ...Object.entries(this.schema.indexes)];
    for (const [index, { partition, sort }] of places) {
      const [first, at] = [row[partition]?.S, row[sort]?.S];
      if (first === undefined || at === undefined) continue;
      const place = `${index}\n${first}`;
      const rows = this.#partitions.get(place) ?? [];
      this.#partitions.set(place, rows);
      change(rows, at);
      if (rows.length === 0) this.#partitions.delete(place);
    }
  }
}

/** Where a page went on or begins: after that row, whether it is still there or not. */
export function startAfter(rows: Ordered, at: string, name: string, backwards: boolean): number {
  const found = position(rows, at, name);
  if (backwards) return found - 1;
  const row = rows[found];
  return row !== undefined && row.at === at && row.name === name ? found + 1 : found;
}
