/** Known hosts: the lines of an OpenSSH `known_hosts` file that speak of one host (sshd(8)). Pure. */
import { createHmac } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import { knownHostName, type SshAddress } from './ssh-address.ts';
import { ACCEPTED_KEYS, typeOfKey, weakness } from './ssh-blob.ts';

const MAX_LENGTH = 16_384;
const MOST_KEYS = 16;

/**
 * The keys that the host may prove itself with, as `ssh-ed25519 AAAA…`. Lines about other hosts are passed over, so
 * that a whole file can be given. Throws a `validation` fault.
 */
export function parseKnownHosts(text: string, address: Pick<SshAddress, 'host' | 'port'>): readonly string[] {
  if (text.length > MAX_LENGTH) throw refused(`are longer than ${MAX_LENGTH} characters`);
  const name = knownHostName(address);
  const keys = new Set<string>();
  let weak = '';
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const found = keyFor(name, line.trim(), index + 1);
    if (!found) continue;
    const why = weakness(Buffer.from(found.split(' ')[1] ?? '', 'base64'));
    if (why) weak = `hold for ${name} only a key that ${why}; a host needs ${ACCEPTED_KEYS}`;
    else keys.add(found);
  }
  if (keys.size === 0) throw refused(weak || `hold no line for ${name}; ssh-keyscan prints one`);
  if (keys.size > MOST_KEYS) throw refused(`hold more than ${MOST_KEYS} keys for ${name}`);
  return [...keys];
}

/** Null for a line that is empty, a comment, or about another host. */
function keyFor(name: string, line: string, number: number): string | null {
  if (line === '' || line.startsWith('#')) return null;
  if (line.startsWith('@')) {
    throw refused(`hold a marker in line ${number} (@cert-authority, @revoked); give plain lines only`);
  }
  const [names = '', type = '', key = ''] = line.split(/[ \t]+/);
  if (type === '' || key === '') throw refused(`are not in the form "host type key" in line ${number}`);
  // All of them: a pattern is refused wherever it stands.
  if (
    !names
      .split(',')
      .map((pattern) => matches(pattern, name, number))
      .includes(true)
  )
    return null;
  const bytes = Buffer.from(key, 'base64');
  const isKey = /^[A-Za-z0-9+/]+={0,2}$/.test(key) && typeOfKey(bytes) === type;
  if (!isKey) throw refused(`hold no key of the type it says in line ${number}`);
  return `${type} ${bytes.toString('base64')}`;
}

/** Patterns could match more than anybody looked at. */
function matches(pattern: string, name: string, number: number): boolean {
  if (/[*?!]/.test(pattern)) throw refused(`hold a pattern in line ${number}; name the host in full`);
  if (pattern.startsWith('|')) return hashMatches(pattern, name, number);
  const plain = /^\[(.+)\]:22$/.exec(pattern)?.[1] ?? pattern;
  return plain.toLowerCase() === name;
}

/** `|1|salt|hash`, as `ssh-keyscan -H` writes. */
function hashMatches(pattern: string, name: string, number: number): boolean {
  const [, version, salt = '', hash = ''] = pattern.split('|');
  if (version !== '1' || salt === '' || hash === '')
    throw refused(`hold a hashed name that is not readable in line ${number}`);
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function refused(why: string): Fault {
  return new Fault('validation', `the known hosts ${why}`);
}
