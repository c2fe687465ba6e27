/** What `kt gateway converge` reads of the API's answer. */
import * as z from 'zod';
import { CONVERGENCE, STANDING } from '../publish/answers.ts';

const text = z.string();
const maybe = text.nullable();
const span = z.number().nullable();

const LATENCY = z.object({
  control_plane: z.object({
    received_at: maybe,
    announced_at: text,
    received_to_fetched_ms: span,
    fetched_to_published_ms: span,
    published_to_announced_ms: span,
    announced_to_heard_ms: span,
  }),
  gateway: z.object({ received_to_verified_ms: span, verified_to_applied_ms: span }).nullable(),
});

const TIMED = STANDING.extend({
  latency: LATENCY.nullish(),
});
export type Timed = z.output<typeof TIMED>;

export const TIMED_CONVERGENCE = CONVERGENCE.extend({ gateways: z.array(TIMED) });
export type TimedConvergence = z.output<typeof TIMED_CONVERGENCE>;
