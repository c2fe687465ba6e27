/** How a source's repository is opened: with the sealed token or key of one of its links, or with none. */
import { Fault } from '../domain/fault.ts';
import type { Repository } from '../domain/git.ts';
import type { Link } from '../domain/link.ts';
import { credentialContext, Unopenable } from '../domain/sealed.ts';
import type { Source } from '../domain/source.ts';
import type { Links, Opener, SealedCredential } from '../ports.ts';

interface OpenPorts {
  readonly links: Links;
  readonly opener: Opener;
}

/**
 * Every token under a source is the same one, sealed per link. Throws a `Fault` of class `auth` when it does not
 * open: a ciphertext from another row or an earlier time, or a key that was taken away. There is no fall-back to none.
 */
export async function openRepository(source: Source, { links, opener }: OpenPorts): Promise<Repository> {
  const { repoUrl: url, provider, username, hostKeys, credentialLink } = source;
  if (credentialLink === null) return { url, provider, credential: null };
  const secret = await openCredential(source.id, credentialLink, { links, opener });
  if (url.startsWith('ssh:')) return { url, provider, credential: { privateKey: secret, hostKeys } };
  return { url, provider, credential: { username, token: secret } };
}

/** Read again before it is given up: it may have been replaced between the two rows that it takes. */
async function openCredential(
  sourceId: string,
  linkId: string,
  { links, opener }: OpenPorts,
): Promise<string> {
  const open = async ({ sealed, generation }: SealedCredential) => {
    try {
      return { text: await opener.open(credentialContext(linkId, generation), sealed) };
    } catch (cause) {
      // KMS that does not answer says nothing of the token.
      if (!(cause instanceof Unopenable)) throw cause;
      return { cause };
    }
  };
  const find = async () => {
    const found = await links.credential(sourceId, linkId);
    if (!found)
      throw new Fault('auth', 'what opens the repository is gone; give the link its token or key again');
    return found;
  };
  const first = await find();
  const opened = await open(first);
  if (opened.text !== undefined) return opened.text;
  // Either row may have been the older one.
  const second = await find();
  const same = second.generation === first.generation && isSame(first.sealed.nonce, second.sealed.nonce);
  const again = same ? opened : await open(second);
  if (again.text !== undefined) return again.text;
  throw new Fault('auth', 'the stored token or key cannot be opened; give the link a new one', {
    cause: again.cause,
  });
}

/** Sealed once: the nonce is never the same again. */
function isSame(nonce: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(nonce, other) === 0;
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
