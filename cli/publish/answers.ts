/** What publishing and drift read of the API's answers about convergence. */
import * as z from 'zod';

const text = z.string();
const maybe = text.nullable();

export const STANDING = z.object({
  id: text,
  name: text,
  state: z.enum(['converged', 'refused', 'lagging', 'offline']),
  content_hash: maybe,
  sequence: z.int().nullable(),
  reason: maybe,
  since: maybe,
  last_heartbeat: maybe,
  proof: maybe,
  /** Absent from an API that does not know it. */
  drift: z.object({ kind: text, since: text }).nullish(),
});
export type Standing = z.output<typeof STANDING>;

export const CONVERGENCE = z.object({
  configuration_id: text,
  version_id: maybe,
  number: z.int().nullable(),
  content_hash: maybe,
  sequence: z.int(),
  converged: z.boolean(),
  counts: z.object({
    bound: z.int(),
    converged: z.int(),
    refused: z.int(),
    lagging: z.int(),
    offline: z.int(),
  }),
  gateways: z.array(STANDING),
});
export type Convergence = z.output<typeof CONVERGENCE>;

/** `reported` is null for a gateway that has not said anything yet. */
export const BOUND_GATEWAY = z.object({ id: text, name: text, team: text, configuration_id: maybe });
export type BoundGateway = z.output<typeof BOUND_GATEWAY>;
