/** What is asked and answered about convergence. */
import * as z from 'zod';
import { STANDINGS } from '../../domain/convergence.ts';
import { cursor } from '../paging.ts';
import { response } from './registry.ts';
import { DRIFT } from './reports.ts';

/** The function must answer within 28 seconds. */
const LONGEST_WAIT = 25;

export const CONVERGENCE_QUERY = z.strictObject({
  wait: z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(LONGEST_WAIT)
    .default(0)
    .describe('Seconds to wait for convergence before answering.'),
  state: z.enum(STANDINGS).optional().describe('List only gateways in this state; all are counted.'),
  limit: z.coerce.number<string>().int().min(1).max(1000).default(200),
  cursor,
});

const at = z.string().nullable();
const milliseconds = z.int().nullable();

const LATENCY = z
  .strictObject({
    sequence: z.int().describe('Under which the gateway was told what it runs, or must run.'),
    control_plane: z
      .strictObject({
        received_at: at.describe('The delivery, the poll or the call.'),
        fetched_at: at.describe('The file was read; null for what did not come from git for this.'),
        published_at: at.describe('The version was made; null for one that was there before.'),
        activated_at: at,
        announced_at: z.string().describe('It was signed, to be sent to every gateway.'),
        heard_at: at.describe('The receipt was stored; without a key, the first heartbeat that said so.'),
        received_to_fetched_ms: milliseconds,
        fetched_to_published_ms: milliseconds,
        published_to_announced_ms: milliseconds.describe('From the activation.'),
        announced_to_heard_ms: milliseconds,
        received_to_heard_ms: milliseconds.describe('The whole way: an upper bound for when it was applied.'),
      })
      .describe('Times of the clock of the control plane.'),
    gateway: z
      .strictObject({
        received_at: z.string(),
        verified_at: at,
        applied_at: at,
        received_to_verified_ms: milliseconds,
        verified_to_applied_ms: milliseconds,
        received_to_applied_ms: milliseconds,
      })
      .nullable()
      .describe('Times of the clock of the gateway, as it signed them; null without a receipt.'),
  })
  .describe('When each step was done. Times of the two clocks are never subtracted from one another.');

export const CONVERGENCE = response(
  'Convergence',
  z.strictObject({
    configuration_id: z.string(),
    version_id: z.string().nullable(),
    number: z.int().nullable(),
    content_hash: z.string().nullable(),
    sequence: z.int(),
    converged: z
      .boolean()
      .describe('Active is announced, and every bound gateway runs it. True without any gateway.'),
    counts: z.strictObject({
      bound: z.int().describe('The sum of the others.'),
      converged: z.int(),
      refused: z.int(),
      lagging: z.int(),
      offline: z.int(),
      unknown: z.int().describe('Beyond 20,000 gateways, the rest are not looked at.'),
    }),
    gateways: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        state: z.enum(STANDINGS),
        content_hash: z.string().nullable().describe('Of what it last said it runs.'),
        sequence: z.int().nullable(),
        reason: z.string().nullable(),
        since: z.string().nullable(),
        last_heartbeat: z.string().nullable(),
        proof: z.enum(['receipt', 'heartbeat']).nullable(),
        drift: DRIFT.nullable(),
        latency: LATENCY.nullable().describe('null while Active is not announced.'),
      }),
    ),
    next: z.string().optional(),
  }),
);
