/** Git objects: what they are, how they are named, and the commit's fields. */
import { createHash } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import type { Commit } from '../domain/git.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Buffer;
}

/** Objects whose ids were computed from their bytes, and the sizes of those too large to keep. */
export interface ObjectStore {
  readonly objects: Map<string, GitObject>;
  readonly oversized: Map<string, number>;
}

export function emptyStore(): ObjectStore {
  return { objects: new Map(), oversized: new Map() };
}

/** The id git gives an object: SHA-1 over its type, size and bytes. */
export function objectId(type: ObjectType, data: Uint8Array): string {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex');
}

export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

export interface ParsedCommit extends Commit {
  readonly tree: string;
}

const MAX_NAME = 256;
const MAX_MESSAGE = 4_096;

/**
 * Names and message are cleaned of control characters and capped: they are shown, never acted upon. Fields are found
 * as git finds them, by bytes: only a line feed ends a line, and the tree is the first one. Throws a `validation`
 * fault: the bytes are those the id stands for, so asking again would bring the same.
 */
export function parseCommit(id: string, data: Buffer): ParsedCommit {
  const split = data.indexOf('\n\n');
  const head = (split < 0 ? data : data.subarray(0, split)).toString('latin1');
  const body = split < 0 ? Buffer.alloc(0) : data.subarray(split + 2, split + 2 + MAX_MESSAGE * 4);
  const encoding = /\nencoding ([\w.-]{1,40})(?:\n|$)/.exec(head)?.[1] ?? 'utf-8';
  const tree = /^tree ([0-9a-f]{40})(?:\n|$)/.exec(head)?.[1];
  if (!tree) throw new Fault('validation', `the commit ${id} is malformed: it does not begin with a tree`);
  const author = /\nauthor ([^\n]*?) ?<([^<>\n]*)>/.exec(head);
  const committed = /\ncommitter [^\n]*> (-?\d{1,15})(?: |\n|$)/.exec(head)?.[1];
  const shown = (name = '') =>
    printable(decoded(Buffer.from(name.slice(0, MAX_NAME * 8), 'latin1'), encoding), MAX_NAME);
  return {
    id,
    tree,
    author: { name: shown(author?.[1]), email: shown(author?.[2]) },
    message: printable(decoded(body, encoding), MAX_MESSAGE),
    committedAt: isoDate(Number(committed ?? 0)),
  };
}

function decoded(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return bytes.toString('utf8'); // an encoding nobody knows
  }
}

function printable(text: string, max: number): string {
  return text
    .replace(/[^\P{Cc}\t\n]/gu, '')
    .trim()
    .slice(0, max)
    .toWellFormed();
}

function isoDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
