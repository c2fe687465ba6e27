/** Pins: the signing keys that are trusted, and when others may take their place. */
import { sameKey } from '../../lib/domain/jwk.ts';
import type { Key, Pinned } from './shapes.ts';

const MOST_RETIRED = 32;

/**
 * The keys to trust from now on; null when those that are offered are not to be trusted. A key is rotated with an
 * overlap: the set that brings the new one still has one that was trusted. A key that has the name of another is a
 * forgery.
 */
export function rotated({ keys, retired }: Pinned, offered: readonly Key[]): Pinned | null {
  const overlaps = offered.some((key) => keys.some((pin) => sameKey(pin, key)));
  const known = [...keys, ...retired];
  const renames = offered.some((key) => known.some((pin) => pin.kid === key.kid && !sameKey(pin, key)));
  if (!overlaps || renames) return null;
  const gone = keys.filter((pin) => !offered.some((key) => sameKey(pin, key)));
  return { keys: [...offered], retired: [...gone, ...retired].slice(0, MOST_RETIRED) };
}
