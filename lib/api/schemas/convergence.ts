/** What is asked and answered about convergence. */
import * as z from 'zod';
import { STANDINGS } from '../../domain/convergence.ts';
import { cursor } from '../paging.ts';
import { response } from './registry.ts';

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
      }),
    ),
    next: z.string().optional(),
  }),
);
