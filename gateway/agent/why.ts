/** Why something failed, as one line that may be logged, signed and sent. */
import { errnoOf } from './files.ts';

const MAX_REASON = 1000;

const KNOWN: Readonly<Record<string, string>> = {
  ENOSPC: 'no room on the disk',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'no permission',
  EPERM: 'not permitted',
  EIO: 'the disk fails',
  EMFILE: 'too many files are open',
  EBUSY: 'it is in use, as a file that is mounted by itself is',
  ENOENT: 'it is not there',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'too many symbolic links',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
};

/** What lies at the bottom. A connection that fails on every address is an error of several. */
export function whyOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'TimeoutError') return 'no answer in time';
    const code = errnoOf(at);
    if (code !== null) return KNOWN[code] === undefined ? oneLine(code) : `${KNOWN[code]} (${code})`;
    if (at instanceof AggregateError && at.errors.length > 0) return whyOf(at.errors[0]);
    if (at.cause === undefined) return oneLine(at.message) || at.name;
  }
  return 'for no reason that is known';
}

/** Whole characters, none that control anything, and not more than a receipt may hold. */
export function oneLine(text: string): string {
  const clean = text
    .slice(0, 4 * MAX_REASON)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
  return clean.length > MAX_REASON ? `${clean.slice(0, MAX_REASON - 1).toWellFormed()}…` : clean;
}
