/** Staleness: for how long nobody confirmed what must run, by a clock that cannot be set. */
import type { Clock } from './clock.ts';

/** The last confirmation, as of some moment of some start of the machine. */
export interface Contact {
  readonly boot_id: string;
  readonly uptime_ms: number;
  readonly age_ms: number;
}

export function contactNow({ bootId, uptimeMs }: Pick<Clock, 'bootId' | 'uptimeMs'>, ageMs = 0): Contact {
  return { boot_id: bootId, uptime_ms: uptimeMs(), age_ms: ageMs };
}

/**
 * Milliseconds, at least. After another start of the machine it is what it was, and the time since that start: how
 * long the machine was off only a clock that can be wrong would know.
 */
export function ageOf(contact: Contact, clock: Pick<Clock, 'bootId' | 'uptimeMs'>): number {
  const now = clock.uptimeMs();
  const sameStart = contact.boot_id !== '' && contact.boot_id === clock.bootId && now >= contact.uptime_ms;
  return contact.age_ms + (sameStart ? now - contact.uptime_ms : now);
}
