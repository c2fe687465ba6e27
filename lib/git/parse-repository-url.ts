/** Repository URL: what a user may name as a repository. Pure: looks at the text, never at the network. */
import { parseSshUrl } from './parse-ssh-url.ts';
import { canonicalHost, refused } from './url-parts.ts';

const MAX_LENGTH = 2_048;

/**
 * The URL as it is stored and compared: lower-case host (IDN as punycode, number forms as dotted IPv4), no default
 * port, no trailing slash or dot; a `.git` suffix stays as given, some hosts treat it as another repository. Both SSH
 * forms become `ssh://user@host/path`.
 *
 * Throws a `validation` fault whose message never repeats the text, which may hold a password.
 */
export function parseRepositoryUrl(text: string): string {
  refuseForm(text);
  const ssh = parseSshUrl(text);
  if (ssh !== null) return ssh;
  refuseWebForm(text);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw refused('is not a URL');
  const host = canonicalHost(url);
  const path = rawPath(text);
  refusePath(path);
  return `${url.protocol}//${host}${url.port ? `:${url.port}` : ''}${url.pathname.replace(/\/$/, '')}`;
}

function refuseForm(text: string): void {
  if (typeof text !== 'string' || text === '') throw refused('is empty');
  if (text.length > MAX_LENGTH) throw refused(`is longer than ${MAX_LENGTH} characters`);
  if (/[\p{Cc}\p{Zs}\p{Zl}\p{Zp}]/u.test(text)) throw refused('holds a space or a control character');
  if (text.startsWith('-')) throw refused('begins with a hyphen');
  if (text.includes('\\')) throw refused('holds a backslash');
}

function refuseWebForm(text: string): void {
  if (!/^https?:\/\/[^/]/i.test(text)) {
    throw refused('does not begin with https:// or http://, and is no SSH address (git@host:path, ssh://)');
  }
  if (/[?#]/.test(text)) throw refused('holds a query or a fragment');
  if (authority(text).includes('@')) throw refused('holds credentials; give the token separately');
}

function authority(text: string): string {
  return /^https?:\/\/([^/]*)/i.exec(text)?.[1] ?? '';
}

/** As written: URL parsing would quietly resolve `..` and `%2e%2e`. */
function rawPath(text: string): string {
  return text.replace(/^https?:\/\/[^/]*/i, '').replace(/\/$/, '');
}

function refusePath(path: string): void {
  const segments = path.split('/').slice(1);
  if (segments.length === 0 || (segments.length === 1 && segments[0] === ''))
    throw refused('names no repository');
  for (const segment of segments) {
    const plain = decoded(segment);
    if (plain === '') throw refused('has an empty part in its path');
    if (plain === '.' || plain === '..') throw refused('has a relative part in its path');
    if (/[\p{Cc}/\\%]/u.test(plain))
      throw refused('has an encoded separator or control character in its path');
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refused('is not encoded correctly');
  }
}
