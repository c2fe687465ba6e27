/** Convergence as the API shows it. */
import type * as z from 'zod';
import type { Configuration } from '../../domain/configuration.ts';
import type { Convergence } from '../../pipeline/converge.ts';
import type { CONVERGENCE } from '../schemas/convergence.ts';

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
    gateways: gateways.map(({ standing, judgement }) => ({
      id: standing.id,
      name: standing.gateway?.name ?? standing.id,
      ...judgement,
      content_hash: standing.report?.contentHash ?? null,
      sequence: standing.report?.sequence ?? null,
      last_heartbeat: standing.report?.heartbeatAt ?? null,
    })),
    ...(next === null ? {} : { next }),
  };
}
