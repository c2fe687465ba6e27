/** How a source's repository is opened: with the sealed token of one of its links, or with none. */
import { Fault } from '../domain/fault.ts';
import type { Repository } from '../domain/git.ts';
import type { Link } from '../domain/link.ts';
import { Unopenable } from '../domain/sealed.ts';
import type { Source } from '../domain/source.ts';
import type { Links, Opener } from '../ports.ts';

interface OpenPorts {
  readonly links: Links;
  readonly opener: Opener;
}

/**
 * Every token under a source is the same one, sealed per link. Throws a `Fault` of class `auth` when it does not
 * open: a ciphertext from another row, or a key that was taken away. There is no fall-back to no token.
 */
export async function openRepository(source: Source, { links, opener }: OpenPorts): Promise<Repository> {
  const { repoUrl: url, provider, username, credentialLink } = source;
  if (credentialLink === null) return { url, provider, credential: null };
  const sealed = await links.credential(credentialLink);
  if (!sealed) throw new Fault('auth', 'the access token of this link is gone; give it a new one');
  try {
    const token = await opener.open({ purpose: 'git-token', link: credentialLink }, sealed);
    return { url, provider, credential: { username, token } };
  } catch (cause) {
    // KMS that does not answer says nothing of the token.
    if (!(cause instanceof Unopenable)) throw cause;
    throw new Fault('auth', 'the stored access token cannot be opened; give the link a new one', { cause });
  }
}

/** The link that lends its token, and the interval that suits the hastiest, among those that are there. */
export function sharedSettings(source: Source, links: readonly Link[]): Source {
  const lender = links.find((link) => link.id === source.credentialLink && link.hasToken);
  return {
    ...source,
    credentialLink: (lender ?? links.find((link) => link.hasToken))?.id ?? null,
    intervalSeconds: Math.min(...links.map((link) => link.pollIntervalSeconds)),
  };
}
