/** An event as the API shows it. */
import { type DecisionEvent, isDecision } from '../../domain/decision.ts';
import type { Event } from '../../domain/event.ts';

export function eventView(event: Event) {
  const { configurationId, versionId, linkId, gatewayId, requestId } = event;
  return {
    id: event.id,
    type: event.type,
    at: event.at,
    actor: event.actor,
    ...(configurationId === undefined ? {} : { configuration_id: configurationId }),
    ...(versionId === undefined ? {} : { version_id: versionId }),
    ...(linkId === undefined ? {} : { link_id: linkId }),
    ...(gatewayId === undefined ? {} : { gateway_id: gatewayId }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(isDecision(event) ? decisionView(event) : {}),
    detail: { ...event.detail },
  };
}

/** By the names of the guides, whose scripts do not look into `detail`. */
function decisionView({ detail }: DecisionEvent) {
  const { timestamp, verdict, reason_code, model, provider, config_version } = detail;
  return {
    event_type: 'decision' as const,
    timestamp,
    verdict,
    reason_code,
    model,
    provider,
    config_version,
  };
}
