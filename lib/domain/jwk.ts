/** A public key as JWK (RFC 7517), and whether its holder signed some bytes. */
import { createPublicKey, verify } from 'node:crypto';

export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'ES256';
}

/** Bytes of a coordinate, and of each half of a signature (r‖s). */
const COORDINATE_BYTES = 32;

/** ES256 over `bytes` (RFC 7518 §3.4). False for anything that is not exactly 64 bytes in base64url without padding. */
export function isSignedWith({ kty, crv, x, y }: PublicJwk, bytes: Uint8Array, signature: string): boolean {
  const value = exactly(2 * COORDINATE_BYTES, signature);
  if (!value || !exactly(COORDINATE_BYTES, x) || !exactly(COORDINATE_BYTES, y)) return false;
  try {
    const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, value);
  } catch {
    // No point of the curve.
    return false;
  }
}

/** One text for one value: a decoder overlooks what it does not need. */
function exactly(length: number, text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length && bytes.toString('base64url') === text ? bytes : null;
}

/** Whether two keys are the same in everything, not only in name. */
export function sameKey(a: PublicJwk, b: PublicJwk): boolean {
  return a.kid === b.kid && a.x === b.x && a.y === b.y;
}
