/** Convergence as the API shows it. */
import type * as z from 'zod';
import type { Configuration } from '../../domain/configuration.ts';
import type { Latency } from '../../domain/latency.ts';
import type { Convergence } from '../../pipeline/converge.ts';
import type { CONVERGENCE } from '../schemas/convergence.ts';
import { driftView } from './report.ts';

export function convergenceView(
  { id, active, sequence }: Configuration,
  { converged, counts, gateways, next }: Convergence,
): z.input<typeof CONVERGENCE> {
  return {
    configuration_id: id,
    version_id: active?.id ?? null,
    number: active?.number ?? null,
    content_hash: active?.contentHash ?? null,
    sequence,
    converged,
    counts: { ...counts },
    gateways: gateways.map(({ standing, judgement, latency }) => ({
      id: standing.id,
      name: standing.gateway?.name ?? standing.id,
      ...judgement,
      content_hash: standing.report?.contentHash ?? null,
      sequence: standing.report?.sequence ?? null,
      last_heartbeat: standing.report?.heartbeatAt ?? null,
      drift: standing.report && driftView(standing.report),
      latency: latency && latencyView(latency),
    })),
    ...(next === null ? {} : { next }),
  };
}

function latencyView({ sequence, controlPlane, gateway }: Latency) {
  return {
    sequence,
    control_plane: {
      received_at: controlPlane.receivedAt,
      fetched_at: controlPlane.fetchedAt,
      published_at: controlPlane.publishedAt,
      activated_at: controlPlane.activatedAt,
      announced_at: controlPlane.announcedAt,
      heard_at: controlPlane.heardAt,
      received_to_fetched_ms: controlPlane.receivedToFetched,
      fetched_to_published_ms: controlPlane.fetchedToPublished,
      published_to_announced_ms: controlPlane.publishedToAnnounced,
      announced_to_heard_ms: controlPlane.announcedToHeard,
      received_to_heard_ms: controlPlane.receivedToHeard,
    },
    gateway: gateway && {
      received_at: gateway.receivedAt,
      verified_at: gateway.verifiedAt,
      applied_at: gateway.appliedAt,
      received_to_verified_ms: gateway.receivedToVerified,
      verified_to_applied_ms: gateway.verifiedToApplied,
      received_to_applied_ms: gateway.receivedToApplied,
    },
  };
}
