/** A report: what a gateway last said it runs. */
import type { Drift } from './drift.ts';

/** How often a gateway should send a heartbeat. */
export const HEARTBEAT_SECONDS = 30;

/** One that was not heard of for this long is offline. */
export const OFFLINE_SECONDS = 3 * HEARTBEAT_SECONDS;

export const HEALTHS = ['healthy', 'degraded', 'unhealthy'] as const;
export type Health = (typeof HEALTHS)[number];

/** Nothing in it is signed: it is what the holder of the gateway's token says. */
export interface Heartbeat {
  /** Of what it runs; null when it runs nothing. */
  readonly contentHash: string | null;
  readonly sequence: number | null;
  readonly versionId: string | null;
  readonly health: Health | null;
  readonly reason: string | null;
  readonly uptimeSeconds: number | null;
}

/**
 * Written by every heartbeat, and by a receipt that says what was applied: so a heartbeat sent before it is not
 * taken for a denial of it, and one sent after it is.
 */
export interface Report extends Heartbeat {
  readonly gatewayId: string;
  /** When it first said that it runs these bytes. */
  readonly since: string;
  readonly at: string;
  /** Null when there were only receipts. */
  readonly heartbeatAt: string | null;
  /** The episode that goes on; null while it runs what it must, as far as that is known. */
  readonly drift: Drift | null;
  /** When the last one ended. */
  readonly driftClearedAt: string | null;
}
