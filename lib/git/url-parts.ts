/** URL parts: what every form of a repository's URL has. */
import { Fault } from '../domain/fault.ts';

/** The host of an https URL without a trailing dot; refuses what is none, and port 0. */
export function canonicalHost(url: URL): string {
  const host = url.hostname.replace(/\.$/, '');
  if (!isHost(host)) throw refused('has no usable host name');
  if (url.port === '0') throw refused('has port 0');
  return host;
}

function isHost(host: string): boolean {
  if (host === '' || host.length > 253) return false;
  if (/^\[[0-9a-f:.]+\]$/.test(host)) return true;
  return host.split('.').every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label));
}

export function refused(why: string): Fault {
  return new Fault('validation', `the repository URL ${why}`);
}
