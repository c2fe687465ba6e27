/** Fields of a push payload, read as what they must be; `Unusable` says which one is not. */
import { isObject, type JsonObject } from './json.ts';
import { type PushedRef, Unusable } from './verdict.ts';

const MAX_REF_LENGTH = 1024;

/** No more refs than this in one delivery; providers stop far earlier (GitHub: one, GitLab: one). */
export const MAX_REFS = 1000;

/** Undefined when the payload has no such field; its own fields only. */
export function field(from: JsonObject, name: string): unknown {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

export function objectField(from: JsonObject, name: string): JsonObject {
  const value = field(from, name);
  if (isObject(value)) return value;
  throw new Unusable(value === undefined ? `the payload needs \`${name}\`` : `\`${name}\` is not an object`);
}

export function textField(from: JsonObject, name: string): string {
  const value = field(from, name);
  if (typeof value === 'string' && value !== '') return value;
  throw new Unusable(value === undefined ? `the payload needs \`${name}\`` : `\`${name}\` is not text`);
}

/** Text and whole numbers; null when absent or anything else. */
export function idField(from: JsonObject, name: string): string | null {
  const value = field(from, name);
  if (typeof value === 'string' && value !== '' && value.length <= 200) return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}

/** The named fields that are text, without repeats. */
export function textFields(from: JsonObject, names: readonly string[]): string[] {
  const found = names.map((name) => field(from, name)).filter((value) => typeof value === 'string');
  return [...new Set(found.filter((value) => value !== ''))];
}

/** One ref as GitHub, GitLab and Gitea write it: `ref` in full, `before` and `after` with zeros for "none". */
export function pushedRef(payload: JsonObject): PushedRef {
  return {
    ref: refName(textField(payload, 'ref')),
    before: commitId(textField(payload, 'before'), 'before'),
    after: commitId(textField(payload, 'after'), 'after'),
  };
}

/** A ref name fit for a comparison and a log line. */
export function refName(ref: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (ref.length > MAX_REF_LENGTH || /[\u0000-\u0020\u007f]/.test(ref)) {
    throw new Unusable('`ref` is not a ref name');
  }
  return ref;
}

/** Null for the zero id, which means "no commit". SHA-1 and SHA-256 repositories both exist. */
export function commitId(id: string, name: string): string | null {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) throw new Unusable(`\`${name}\` is not a commit id`);
  return /^0+$/.test(id) ? null : id;
}
