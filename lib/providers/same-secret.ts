/** The one place where secrets and signatures are compared. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Compares in constant time. Both sides are hashed first: `timingSafeEqual` throws on unequal lengths,
 * and a length check before it would tell an attacker the length.
 */
export function sameSecret(expected: string, given: string): boolean {
  return timingSafeEqual(digest(expected), digest(given));
}

export function hmacSha256(
  key: string | Uint8Array,
  encoding: 'hex' | 'base64',
  ...parts: readonly (string | Uint8Array)[]
): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
