/** A deploy key as asked for: what opens a repository over SSH, and what its host is known by. */
import { parseKnownHosts } from '../../git/parse-known-hosts.ts';
import { type PrivateKey, parsePrivateKey } from '../../git/parse-private-key.ts';
import { isSshUrl, knownHostName, sshAddress } from '../../git/ssh-address.ts';
import { publishedHostKeys } from '../../git/well-known-hosts.ts';
import type { LinkPatch, LinkWish } from '../../pipeline/manage/links.ts';
import { invalidField, refusalOf } from '../errors.ts';

interface Asked {
  readonly access_token?: string | null | undefined;
  readonly username?: string | null | undefined;
  readonly ssh_private_key?: string | null | undefined;
  readonly known_hosts?: string | null | undefined;
}

/** Null for a repository that is not read over SSH. Throws 400 for what does not go together. */
export function deployKeyAsked(asked: Asked, repoUrl: string): NonNullable<LinkWish['deployKey']> | null {
  refuseOtherKind(asked, repoUrl, (value) => value !== undefined && value !== null);
  if (!isSshUrl(repoUrl)) return null;
  if (!asked.ssh_private_key) throw invalidField('ssh_private_key', 'is required for an SSH address');
  const { text, fingerprint } = privateKeyAsked(asked.ssh_private_key);
  return { privateKey: text, fingerprint, hostKeys: hostKeysAsked(asked.known_hosts ?? null, repoUrl) };
}

export function deployKeyPatch(asked: Asked, repoUrl: string): Pick<LinkPatch, 'deployKey' | 'hostKeys'> {
  // Null too: it asks for something to be removed that cannot be there.
  refuseOtherKind(asked, repoUrl, (value) => value !== undefined);
  const key = asked.ssh_private_key ? privateKeyAsked(asked.ssh_private_key) : undefined;
  return {
    deployKey: key && { privateKey: key.text, fingerprint: key.fingerprint },
    hostKeys: asked.known_hosts === undefined ? undefined : hostKeysAsked(asked.known_hosts, repoUrl),
  };
}

const OTHER_KIND = {
  ssh: {
    fields: ['access_token', 'username'],
    message: 'is for https:// URLs; an SSH address is opened with ssh_private_key',
  },
  web: {
    fields: ['ssh_private_key', 'known_hosts'],
    message: 'is for SSH addresses (git@host:path); an https:// URL is opened with access_token',
  },
} as const;

function refuseOtherKind(asked: Asked, repoUrl: string, isGiven: (value: unknown) => boolean): void {
  const { fields, message } = OTHER_KIND[isSshUrl(repoUrl) ? 'ssh' : 'web'];
  const given = fields.find((field) => isGiven(asked[field]));
  if (given) throw invalidField(given, message);
}

function privateKeyAsked(text: string): PrivateKey {
  return said('ssh_private_key', () => parsePrivateKey(text));
}

/** Null asks for what a well-known host publishes. Never what a host shows when it is first met. */
function hostKeysAsked(text: string | null, repoUrl: string): readonly string[] | null {
  const address = sshAddress(repoUrl);
  if (text !== null) return said('known_hosts', () => parseKnownHosts(text, address));
  const name = knownHostName(address);
  if (publishedHostKeys(name).length > 0) return null;
  const message = `is required: no key of ${name} is known here. ssh-keyscan prints them, its owner says which are right`;
  throw invalidField('known_hosts', message);
}

/** The field's name comes before it: "known_hosts: hold no line for …". */
function said<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal
      ? invalidField(field, refusal.message.replace(/^the (private key|known hosts) /, ''))
      : error;
  }
}
