/** An event: one line of the audit log, written with what it tells of. */
import { timeId } from './ids.ts';

export const EVENT_TYPES = [
  'link.created',
  'link.updated',
  'link.deleted',
  'link.failed',
  'link.recovered',
  'hook.secret_rotated',
  'configuration.created',
  'configuration.updated',
  'configuration.deleted',
  'version.published',
  'version.activated',
  'version.announced',
  'hold.set',
  'hold.released',
  'gateway.registered',
  'gateway.updated',
  'gateway.deleted',
  'gateway.applied',
  'gateway.refused',
  'gateway.reload_requested',
  'gateway.drifted',
  'gateway.drift_persists',
  'gateway.drift_cleared',
  'decision',
  'token.created',
  'token.revoked',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface Event {
  readonly id: string;
  readonly type: EventType;
  readonly at: string;
  /** `token:<id>`, or the stage that acted: `sync`, `fan-out`. */
  readonly actor: string;
  readonly team: string;
  readonly configurationId?: string;
  readonly versionId?: string;
  readonly linkId?: string;
  readonly gatewayId?: string;
  readonly requestId?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export function newEvent(at: Date, event: Omit<Event, 'id' | 'at'>): Event {
  return { id: timeId('evt', at), at: at.toISOString(), ...event };
}
