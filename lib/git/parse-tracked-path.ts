/** Tracked path: a file or, with a trailing slash, a directory inside a repository. Pure. */
import { Fault } from '../domain/fault.ts';

const MAX_BYTES = 1_024;
const MAX_PARTS = 32;

/** The path as given: `a/b.yaml`, `a/`, or `/` for the root; throws a `validation` fault. */
export function parseTrackedPath(text: string): string {
  const why = refusal(text);
  if (why) throw new Fault('validation', `the path ${why}`);
  return text;
}

function refusal(text: string): string | null {
  if (typeof text !== 'string' || text === '') return 'is empty';
  if (text === '/') return null;
  if (Buffer.byteLength(text) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  if (!text.isWellFormed()) return 'is not valid Unicode';
  if (/\p{Cc}/u.test(text)) return 'holds a control character';
  if (text.includes('\\')) return 'holds a backslash';
  if (/%(2e|2f|5c|00)/i.test(text)) return 'holds an encoded dot, slash, backslash or NUL';
  if (text.startsWith('/')) return 'is absolute; give it relative to the repository’s root';
  if (text.startsWith('-')) return 'begins with a hyphen';
  const parts = text.replace(/\/$/, '').split('/');
  if (parts.length > MAX_PARTS) return `has more than ${MAX_PARTS} parts`;
  return parts.map(partRefusal).find(Boolean) ?? null;
}

function partRefusal(part: string): string | null {
  if (part === '') return 'has an empty part between slashes';
  if (part === '.' || part === '..') return 'has a relative part';
  return part.toLowerCase() === '.git' ? 'leads into .git' : null;
}
