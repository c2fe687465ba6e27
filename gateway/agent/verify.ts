/** Verify: whether a statement of what to run was signed with a key. */
import { createPublicKey, verify } from 'node:crypto';
import { type Announcement, manifestBytes } from '../../lib/domain/reload.ts';
import type { Key } from './shapes.ts';

/** ES256 (RFC 7518 §3.4): r‖s, 64 bytes. False as well for a key that is none. */
export function isSigned({ manifest, signature }: Announcement, { kty, crv, x, y }: Key): boolean {
  const value = Buffer.from(signature.value, 'base64url');
  if (signature.alg !== 'ES256' || value.length !== 64) return false;
  try {
    const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    return verify('sha256', manifestBytes(manifest), { key, dsaEncoding: 'ieee-p1363' }, value);
  } catch {
    return false;
  }
}
