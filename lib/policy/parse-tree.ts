/** Parse bytes into a tree, or say what stops it. Every bound is checked before the work it bounds. */
import { isAlias, isMap, isScalar, isSeq, type Pair, parseDocument } from 'yaml';
import { findForbidden } from './characters.ts';
import { preScan } from './pre-scan.ts';
import { Lines, Report } from './report.ts';
import type { Entry, Tree } from './tree.ts';

/** Parsing time grows with size: 256 KiB is at most about 0.6 s. */
export const MAX_DOCUMENT_BYTES = 256 * 1024;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** `tree` is null when the report says why. A byte order mark at the start is allowed, and not counted in columns. */
export function parseTree(bytes: Uint8Array, strict = false): { tree: Tree | null; report: Report } {
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    const report = new Report(new Lines(''));
    report.at(0, 'E010', `the file is larger than ${MAX_DOCUMENT_BYTES / 1024} KiB`, 'split it');
    return { tree: null, report };
  }
  const text = decode(bytes);
  if (text === null) return { tree: null, report: notUtf8(bytes) };
  const report = new Report(new Lines(text), strict);
  return { tree: parseText(text, report), report };
}

function parseText(text: string, report: Report): Tree | null {
  const forbidden = findForbidden(text);
  if (forbidden !== -1) {
    const code = text.charCodeAt(forbidden).toString(16).toUpperCase().padStart(4, '0');
    report.at(forbidden, 'E012', `the character U+${code} is not allowed here`, 'remove it');
    return null;
  }
  const { obstacle } = preScan(text);
  if (obstacle) {
    report.at(obstacle.offset, obstacle.code, obstacle.message, obstacle.suggestion);
    return null;
  }
  const document = parseDocument(text, STRICT);
  for (const { message, pos } of [...document.errors, ...document.warnings])
    report.at(pos[0], 'E014', message);
  if (report.hasErrors) return null;
  const tree = new Builder(report).tree(document.contents, 0);
  return report.hasErrors ? null : tree;
}

/** Unique keys are checked by `Builder`: `yaml` compares every key with every other. */
const STRICT = {
  version: '1.2',
  schema: 'core',
  strict: true,
  uniqueKeys: false,
  merge: false,
  resolveKnownTags: false,
  prettyErrors: false,
  stringKeys: false,
} as const;

class Builder {
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Recurses, and holds no more, than the pre-scan allows. `offset` is where to point when there is no node. */
  tree(node: unknown, offset: number): Tree {
    const nothing: Tree = { kind: 'scalar', offset, value: null };
    const at = startOf(node) ?? offset;
    if (isMap(node)) return { kind: 'map', offset: at, entries: this.entries(node.items, at) };
    if (isSeq(node))
      return { kind: 'list', offset: at, items: node.items.map((item) => this.tree(item, at)) };
    if (isScalar(node)) return { kind: 'scalar', offset: at, value: scalarOf(node.value) };
    // The pre-scan refuses aliases; were one to get here, it must not pass as nothing.
    if (isAlias(node)) this.#report.at(at, 'E015', 'aliases are not supported');
    return nothing;
  }

  private entries(pairs: readonly Pair[], offset: number): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const pair of pairs) {
      const keyOffset = startOf(pair.key) ?? startOf(pair.value) ?? offset;
      const value = this.tree(pair.value, keyOffset);
      const key = this.key(pair.key, keyOffset);
      if (key === null) continue;
      if (entries.has(key))
        this.#report.at(keyOffset, 'E017', `the key \`${key}\` appears twice`, 'keep one');
      else entries.set(key, { keyOffset, value });
    }
    return entries;
  }

  private key(node: unknown, offset: number): string | null {
    const key = isScalar(node) ? node.value : undefined;
    if (typeof key !== 'string') {
      this.#report.at(offset, 'E021', 'the key is not text', 'put it in quotes');
      return null;
    }
    if (key === '<<')
      this.#report.at(offset, 'E019', 'merge keys (`<<`) are not supported', 'repeat the keys');
    if (FORBIDDEN_KEYS.has(key)) this.#report.at(offset, 'E020', `the key \`${key}\` is never allowed`);
    return key;
  }
}

function scalarOf(value: unknown): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Null for what is not written down: the value of `key:` stands nowhere. */
function startOf(node: unknown): number | null {
  if (isScalar(node) && node.source === '' && node.type === 'PLAIN') return null;
  if (!isMap(node) && !isSeq(node) && !isScalar(node) && !isAlias(node)) return null;
  return node.range?.[0] ?? null;
}

/** Null when the bytes are not UTF-8. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function notUtf8(bytes: Uint8Array): Report {
  const text = new TextDecoder('utf-8').decode(bytes);
  const report = new Report(new Lines(text));
  // Every byte that cannot be decoded shows as U+FFFD.
  report.at(Math.max(0, text.indexOf('\uFFFD')), 'E011', 'the file is not valid UTF-8', 'save it as UTF-8');
  return report;
}
