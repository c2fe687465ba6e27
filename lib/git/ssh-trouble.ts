/** SSH trouble: what went wrong on the way to a host, or at its end, as a fault that says what to do. */
import { Fault } from '../domain/fault.ts';
import { cleanText } from './clean-text.ts';
import { HangUp, Refusal } from './trouble.ts';

/** The hosts' own words for "no such repository, or not for you", and git's. */
const NOT_FOUND =
  /not found|does not exist|could not be found|doesn.t exist|no such|does not appear to be a git repository|not a git repository|access denied|permission denied|not authori[sz]ed|don.t have permission|not have access/i;

/** What a host said instead of an answer, on its standard error or in git's own protocol. */
export function said(host: string, words: string, secrets: readonly string[]): Fault {
  const clean = cleanText(words, secrets);
  if (clean === '') return new HangUp(host);
  if (!NOT_FOUND.test(clean)) return new Refusal(host, clean);
  return new Fault('not_found', `${host} answered “${clean}”: no such repository or no access`);
}

export function unknownHostKey(host: string, offered: string, pinned: readonly string[]): Fault {
  const known =
    pinned.length > 0
      ? `which is none of those expected (${pinned.join(', ')}); if its owner confirms the new one`
      : 'and none is known for it; if its owner confirms this one';
  return new Fault(
    'auth',
    `${host} showed the host key ${offered}, ${known}, give the link its line in known_hosts. Nothing was sent`,
  );
}

export function keyRefused(host: string, user: string, fingerprint: string): Fault {
  return new Fault(
    'auth',
    `${host} refused the deploy key ${fingerprint} for the user ${cleanText(user)}: add its public half to the repository there, or give the link another key`,
  );
}

export function late(host: string): Fault {
  return new Fault('network', `${host} did not answer in time`);
}

/** What the library or the socket says of a connection that failed. Its words may be the host's. */
export function connectionFault(host: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const code = textOf(error, 'code');
  if (code === 'ECONNRESET' || code === 'EPIPE') return new HangUp(host);
  if (code !== '') return new Fault('network', `${host} cannot be reached (${code})`);
  const words = cleanText(textOf(error, 'message'));
  if (/no matching/i.test(words)) {
    return new Fault('unsupported', `${host} and we have no method in common: ${words}`);
  }
  return new Fault(
    'network',
    `${host} did not speak SSH as expected: ${words || 'it closed the connection'}`,
  );
}

function textOf(error: unknown, name: 'code' | 'message'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value.slice(0, 300) : '';
}
