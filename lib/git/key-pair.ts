/** Key pair: whether a private key is the other half of a public one. Whoever holds the public half alone has no part in what the pair opens. Pure. */
import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';

/** The curves of SSH, as node calls them. */
const CURVES: Readonly<Record<string, string>> = {
  nistp256: 'prime256v1',
  nistp384: 'secp384r1',
  nistp521: 'secp521r1',
};

/** Both as RFC 8032 writes them. */
export function isEd25519Pair(seed: Buffer, publicKey: Buffer): boolean {
  if (seed.length !== 32) return false;
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').equals(publicKey);
}

/** What comes before the seed (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The point is not compressed, as everywhere in SSH. */
export function isEcPair(curve: string, secret: Buffer, point: Buffer): boolean {
  const name = CURVES[curve];
  if (!name) return false;
  try {
    const pair = createECDH(name);
    pair.setPrivateKey(secret);
    return pair.getPublicKey().equals(point);
  } catch {
    return false; // not a number of that curve
  }
}

export interface RsaNumbers {
  readonly n: Buffer;
  readonly e: Buffer;
  readonly d: Buffer;
  readonly p: Buffer;
  readonly q: Buffer;
}

/** Who can name the factors holds the key. */
export function isRsaPair(numbers: RsaNumbers): boolean {
  const { n, e, d, p, q } = numbers;
  if (d.length > n.length || p.length > n.length || q.length > n.length) return false;
  const [N, E, D, P, Q] = [n, e, d, p, q].map(whole) as [bigint, bigint, bigint, bigint, bigint];
  if (P < 3n || Q < 3n || P * Q !== N) return false;
  return (E * D) % (P - 1n) === 1n && (E * D) % (Q - 1n) === 1n;
}

function whole(number: Buffer): bigint {
  return BigInt(`0x0${number.toString('hex')}`);
}
