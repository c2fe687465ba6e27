/** Signing key: a deploy key that signs with nothing that is broken. */
import type { ParsedKey } from 'ssh2';
import { Fault } from '../domain/fault.ts';

/** The library would sign with SHA-1 for a host that does not name its signature algorithms (RFC 8332 §3.3). */
export function withoutSha1(key: ParsedKey): ParsedKey {
  if (key.type !== 'ssh-rsa') return key;
  const sign = key.sign.bind(key);
  const refusal = new Fault(
    'unsupported',
    'the host takes RSA keys with SHA-1 signatures only, which are not safe; give the link an Ed25519 key',
  );
  key.sign = (data, algorithm) => {
    if (algorithm === 'sha256' || algorithm === 'sha512') return sign(data, algorithm);
    // The type has no room for it; the library looks for an error before anything else.
    return new Error('SHA-1', { cause: refusal }) as never;
  };
  return key;
}
