/** Private key: what may be stored to open a repository over SSH. Pure, and without an SSH library. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import { isEcPair, isEd25519Pair, isRsaPair } from './key-pair.ts';
import { ACCEPTED_KEYS, blob, blobReader, fingerprintOf, weakness } from './ssh-blob.ts';

export interface PrivateKey {
  /** With plain line ends, and one at its end. */
  readonly text: string;
  /** `SHA256:…` of its public half, as `ssh-keygen -l` and the git hosts show it. */
  readonly fingerprint: string;
}

const MAX_LENGTH = 16_384;
const MAGIC = 'openssh-key-v1\0';

/** In the formats of `ssh-keygen`. Throws a `validation` fault whose message holds nothing of the key. */
export function parsePrivateKey(given: string): PrivateKey {
  if (given.length > MAX_LENGTH) throw refused(`is longer than ${MAX_LENGTH} characters`);
  const text = `${given.replace(/\r\n?/g, '\n').trim()}\n`;
  const [, label = '', body = ''] =
    /^-----BEGIN ([A-Z0-9 ]{1,40})-----\n((?:.|\n)*?)\n-----END \1-----\n$/.exec(text) ?? [];
  const publicKey = publicHalf(label, body, text);
  const why = weakness(publicKey);
  if (why) throw refused(`${why}; what is needed is ${ACCEPTED_KEYS}`);
  return { text, fingerprint: fingerprintOf(publicKey) };
}

function publicHalf(label: string, body: string, text: string): Buffer {
  switch (label) {
    case 'OPENSSH PRIVATE KEY':
      return fromOpenSsh(body);
    case 'RSA PRIVATE KEY':
    case 'EC PRIVATE KEY':
      return fromPem(text);
    case 'PRIVATE KEY':
    case 'ENCRYPTED PRIVATE KEY':
    case 'DSA PRIVATE KEY':
      throw refused(
        `is a ${JSON.stringify(label)}; make one with: ssh-keygen -t ed25519 -N "" -f deploy-key`,
      );
    default:
      throw refused(
        /^(ssh-|ecdsa-)/.test(text)
          ? 'is a public key; give the file without .pub'
          : 'is not a private key as ssh-keygen writes it, from "-----BEGIN" to "-----END"',
      );
  }
}

/** https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key */
function fromOpenSsh(body: string): Buffer {
  const bytes = Buffer.from(body, 'base64');
  const damaged = refused('is damaged: it is not in OpenSSH’s format');
  if (!/^[A-Za-z0-9+/=\n]+$/.test(body)) throw damaged;
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw damaged;
  const reader = blobReader(bytes.subarray(MAGIC.length));
  const cipher = reader.string()?.toString('latin1');
  if (cipher === undefined) throw damaged;
  if (cipher !== 'none') throw encrypted();
  reader.string(); // the key derivation, and
  reader.string(); // its options: none without a passphrase
  if (reader.uint32() !== 1) throw damaged;
  const publicKey = reader.string();
  const secret = reader.string();
  if (!publicKey || !secret) throw damaged;
  // What is refused for its kind is told so, not that it is damaged.
  if (weakness(publicKey) === null && !belongs(secret, publicKey)) throw mismatched();
  return publicKey;
}

/**
 * Whether the secret part holds the other half of the public key. That one names the source that a link reads from, so
 * whoever had it alone would read with the private key of another link.
 */
function belongs(secret: Buffer, publicKey: Buffer): boolean {
  const reader = blobReader(secret);
  const [check, again] = [reader.uint32(), reader.uint32()];
  if (check === null || check !== again) return false;
  const next = () => reader.string() ?? Buffer.alloc(0);
  const type = next().toString('latin1');
  if (type === 'ssh-ed25519') {
    const shown = next();
    const seed = next().subarray(0, -shown.length); // the public half follows it once more
    return publicKey.equals(blob(type, shown)) && isEd25519Pair(seed, shown);
  }
  if (type === 'ssh-rsa') {
    // In another order than in the public key: the modulus first.
    const [n, e, d, _inverse, p, q] = [next(), next(), next(), next(), next(), next()];
    return publicKey.equals(blob(type, e, n)) && isRsaPair({ n, e, d, p, q });
  }
  const [curve, point, d] = [next(), next(), next()];
  return publicKey.equals(blob(type, curve, point)) && isEcPair(curve.toString('latin1'), d, point);
}

function fromPem(text: string): Buffer {
  if (/^Proc-Type: 4,ENCRYPTED$/m.test(text)) throw encrypted();
  const jwk = secretOf(text).export({ format: 'jwk' });
  const number = (digits: string | undefined) => Buffer.from(digits ?? '', 'base64url');
  if (jwk.kty === 'RSA') {
    const [n, e, d] = [number(jwk.n), number(jwk.e), number(jwk.d)];
    const publicKey = blob('ssh-rsa', positive(e), positive(n));
    const isPair = isRsaPair({ n, e, d, p: number(jwk.p), q: number(jwk.q) });
    if (weakness(publicKey) === null && !isPair) throw mismatched();
    return publicKey;
  }
  const curve = CURVES[jwk.crv ?? ''];
  if (!curve) throw refused('is on a curve that SSH does not know');
  const point = Buffer.concat([Buffer.from([4]), number(jwk.x), number(jwk.y)]);
  if (!isEcPair(curve, number(jwk.d), point)) throw mismatched();
  return blob(`ecdsa-sha2-${curve}`, curve, point);
}

const CURVES: Readonly<Record<string, string>> = {
  'P-256': 'nistp256',
  'P-384': 'nistp384',
  'P-521': 'nistp521',
};

function secretOf(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // What OpenSSL says could hold a piece of it.
    throw refused('is damaged: it cannot be read');
  }
}

/** A number whose first bit is set would be a negative one (RFC 4251 §5). */
function positive(number: Buffer): Buffer {
  return (number[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), number]) : number;
}

function mismatched(): Fault {
  return refused('is damaged: its private and its public half do not belong together');
}

function encrypted(): Fault {
  return refused('is encrypted with a passphrase, which nobody could type; ssh-keygen -p removes it');
}

function refused(why: string): Fault {
  return new Fault('validation', `the private key ${why}`);
}
