/** A decision: what a gateway made of one request, as it tells it. It holds no text of the request. */
import { type Event, newEvent } from './event.ts';

export const VERDICTS = ['allow', 'block', 'redact', 'escalate'] as const;
export type DecisionVerdict = (typeof VERDICTS)[number];

/** As it is sent. */
export interface Decision {
  /** The gateway's own name for it: sent twice, it is the same decision. */
  readonly id: string;
  /** By the gateway's clock. */
  readonly timestamp: string;
  readonly verdict: DecisionVerdict;
  readonly reason_code: string;
  readonly model: string | null;
  readonly provider: string | null;
  readonly config_version: string | null;
  readonly content_hash: string;
  readonly version_id: string | null;
  readonly sequence: number | null;
  readonly request_id: string;
  /** Of HTTP. */
  readonly status: number;
  readonly stream: boolean;
  readonly latency_ms: number;
  readonly policy_results: readonly {
    readonly kind: string;
    readonly phase: string;
    readonly verdict: DecisionVerdict;
    readonly reason_code: string;
  }[];
  readonly redactions: number;
  readonly prompt_hash: string | null;
  readonly unenforced: readonly string[];
  readonly degraded: boolean;
  readonly reason: string | null;
}

export interface DecisionEvent extends Event {
  readonly type: 'decision';
  readonly gatewayId: string;
  readonly detail: Omit<Decision, 'version_id' | 'request_id'>;
}

/** Its time is that of its arrival, so that no gateway's clock decides where it is listed. */
export function decisionEvent(
  { version_id, request_id, ...detail }: Decision,
  gateway: { readonly id: string; readonly team: string; readonly actor: string },
  at: Date,
): DecisionEvent {
  const { id: gatewayId, team, actor } = gateway;
  const about = {
    gatewayId,
    requestId: request_id,
    ...(version_id === null ? {} : { versionId: version_id }),
  };
  return {
    ...newEvent(at, { type: 'decision', actor, team, detail: {} }),
    ...about,
    type: 'decision',
    detail,
  };
}

/** A decision is stored as it was made, so its type is all that need be looked at. */
export function isDecision(event: Event): event is DecisionEvent {
  return event.type === 'decision';
}
