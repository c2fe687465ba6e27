/**
 * SSH URL: both forms that git knows, `git@host:path` and `ssh://[user@]host[:port]/path` (git-clone(1), "GIT URLS"),
 * as one. Pure.
 */
import { canonicalHost, refused } from './url-parts.ts';

const DEFAULT_USER = 'git';
const SSH_PORT = '22';

interface Parts {
  readonly user: string;
  readonly host: string;
  readonly port: string;
  /** Decoded. */
  readonly path: string;
}

/**
 * `ssh://user@host[:port]/path`; null for text that is no SSH address. A path begins at the root of what the host
 * serves in either form, as on all large hosts. Throws a `validation` fault.
 */
export function parseSshUrl(text: string): string | null {
  const parts = /^ssh:\/\//i.test(text) ? fromUrl(text) : fromShort(text);
  if (!parts) return null;
  const { user, port, path } = parts;
  if (!/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}$/.test(user))
    throw refused('has a user that is not letters, digits, dots, hyphens, plus signs and underscores');
  const host = hostOf(parts);
  const encoded = path.split('/').map(segment).join('/');
  return `ssh://${user}@${host}${port === '' || port === SSH_PORT ? '' : `:${port}`}/${encoded}`;
}

/** `git@host:path`: the user is asked for, else a typing error in a scheme would pass for a host. */
function fromShort(text: string): Parts | null {
  const [, user = '', host = '', path = ''] = /^([^/:@]*)@(\[[^\]]*\]|[^/:@[]+):(.*)$/.exec(text) ?? [];
  if (host === '') {
    const scheme = /^(git\+ssh|ssh\+git):/i.exec(text)?.[1];
    if (scheme) throw refused(`begins with ${scheme}://; write ssh://`);
    return null;
  }
  // `host:22/path` is what people write who know the other form: git would look for a folder called 22.
  if (/^\d+\//.test(path)) throw refused('names a port in the short form; write ssh://user@host:port/path');
  return { user, host, port: '', path: trimmed(path) };
}

function fromUrl(text: string): Parts {
  const [, authority = '', path = ''] = /^ssh:\/\/([^/]*)(.*)$/i.exec(text) ?? [];
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? DEFAULT_USER : authority.slice(0, at);
  if (user.includes(':')) throw refused('holds a password; SSH is opened with a key, given separately');
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority.slice(at + 1)) ?? [];
  return { user, host, port: port.replace(/^0+(?=\d)/, ''), path: decoded(trimmed(path)) };
}

/** As for the web: the same host is the same text. Also refuses what only a shell would call a host. */
function hostOf({ host, port }: Parts): string {
  const url = `https://${host}${port === '' ? '' : `:${port}`}/`;
  const usable = host !== '' && !/[^\p{L}\p{N}\p{M}._:[\]-]/u.test(host) && URL.canParse(url);
  if (!usable) throw refused('has no usable host name');
  return canonicalHost(new URL(url));
}

function trimmed(path: string): string {
  return path.replace(/^\//, '').replace(/\/$/, '');
}

/** Letters, digits and what names are made of. Nothing that a shell at the other end could read as anything else. */
function segment(plain: string, index: number): string {
  if (plain === '') throw refused(index === 0 ? 'names no repository' : 'has an empty part in its path');
  if (plain === '.' || plain === '..') throw refused('has a relative part in its path');
  if (index === 0 && plain.startsWith('~'))
    throw refused('begins at a home directory; give the path from the root');
  if (plain.startsWith('-')) throw refused('has a part in its path that begins with a hyphen');
  if (!/^[\p{L}\p{M}\p{N}._+@=,~% -]+$/u.test(plain))
    throw refused('has a character in its path that is not served over SSH');
  return encodeURIComponent(plain);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refused('is not encoded correctly');
  }
}
