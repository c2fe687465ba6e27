/** Branch: a name that git itself would accept (git check-ref-format). Pure. */
import { Fault } from '../domain/fault.ts';

const MAX_BYTES = 250;

/** The branch name as given, without `refs/heads/`; throws a `validation` fault. */
export function parseBranch(text: string): string {
  const why = refusal(text);
  if (why) throw new Fault('validation', `the branch name ${why}`);
  return text;
}

function refusal(text: string): string | null {
  if (typeof text !== 'string' || text === '') return 'is empty';
  if (Buffer.byteLength(text) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  if (!text.isWellFormed()) return 'is not valid Unicode';
  if (/[\p{Cc} ]/u.test(text)) return 'holds a space or a control character';
  if (/[~^:?*[\\]/.test(text)) return 'holds one of ~ ^ : ? * [ \\';
  if (text.startsWith('-')) return 'begins with a hyphen';
  if (text.startsWith('refs/')) return 'begins with refs/; give it without refs/heads/';
  if (text === 'HEAD' || text === '@') return 'is reserved by git';
  if (text.includes('..') || text.includes('@{')) return 'holds ".." or "@{"';
  if (text.endsWith('.')) return 'ends with a dot';
  return text.split('/').map(partRefusal).find(Boolean) ?? null;
}

function partRefusal(part: string): string | null {
  if (part === '') return 'has an empty part between slashes';
  if (part.startsWith('.')) return 'has a part that begins with a dot';
  if (part.endsWith('.lock')) return 'has a part that ends with .lock';
  return null;
}
