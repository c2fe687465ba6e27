/** For how long borrowed credentials are used, of the time that they are good for. */

/** The shortest that is ever lent; and what is assumed when the API does not say. */
const SHORTEST_MS = 15 * 60_000;
const LEAST_MS = 5000;
/** A long poll that begins before the end must not outlive it. */
const MARGIN_MS = 5 * 60_000;

/** Two thirds of it, or all but five minutes if that is sooner. */
export function borrowedFor(lifetimeMs: number | null): number {
  const lifetime = lifetimeMs ?? SHORTEST_MS;
  if (!Number.isFinite(lifetime)) return LEAST_MS;
  return Math.max(LEAST_MS, Math.min((lifetime * 2) / 3, Math.max(lifetime - MARGIN_MS, lifetime / 2)));
}
