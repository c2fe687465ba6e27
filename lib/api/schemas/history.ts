/** What is asked and answered about the history of a gateway. */
import * as z from 'zod';
import { DRIFT_ENDS, DRIFT_KINDS } from '../../domain/drift.ts';
import { cursor } from '../paging.ts';
import { time } from './fields.ts';
import { response } from './registry.ts';

export const HISTORY_QUERY = z
  .strictObject({
    at: time.optional().describe('What did it enforce at this time? Instead of since and until.'),
    since: time.optional().describe('Receipts stored from then on.'),
    until: time.optional().describe('Receipts stored before then.'),
    limit: z.coerce.number<string>().int().min(1).max(100).default(50),
    cursor,
  })
  .refine(({ at, since, until }) => at === undefined || (since === undefined && until === undefined), {
    error: 'at is one moment: leave out since and until',
    path: ['at'],
  });

const maybe = z.string().nullable();

const ENTRY = z.strictObject({
  state: z.enum(['applied', 'refused']),
  reason: maybe,
  from: maybe.describe('When it was applied, by the clock of the gateway, which signed it; null if refused.'),
  until: maybe.describe('When the next one was applied, by the same clock; null while none was.'),
  stored_at: z.string().describe('When we heard of it, by our clock.'),
  configuration_id: z.string(),
  version_id: z.string(),
  number: z.int().nullable(),
  content_hash: z.string(),
  sequence: z.int(),
  source: maybe,
  commit: maybe,
  author: maybe,
  message: maybe,
  activated: z
    .strictObject({
      by: z.string().describe('token:<id>, or sync when git did.'),
      at: z.string(),
      reason: maybe,
      held_until: maybe,
      request_id: maybe,
    })
    .nullable()
    .describe('Who put the version in force; null when that was not recorded.'),
  receipt_id: z.string(),
  doubt: maybe.describe('Why these times cannot be right.'),
});

export const HISTORY = response(
  'GatewayHistory',
  z.strictObject({
    gateway_id: z.string(),
    heard: z
      .strictObject({ content_hash: maybe, since: z.string(), at: z.string() })
      .nullable()
      .describe('What it last said that it runs, since when, and when it was last heard.'),
    answer: z
      .strictObject({
        at: z.string(),
        enforced: ENTRY.nullable(),
        basis: z
          .enum(['receipt', 'heartbeat'])
          .nullable()
          .describe('heartbeat: nothing was signed; it said that it ran heard.content_hash.'),
        unknown: maybe.describe('Why it is not known.'),
        last_known: ENTRY.nullable().describe(
          'What it enforced when it was last heard, if that was earlier.',
        ),
        doubts: z.array(z.string()),
      })
      .nullable()
      .describe('To at.'),
    data: z.array(ENTRY).describe('Receipts, latest first; none when at is asked.'),
    contradictions: z
      .array(
        z.strictObject({
          kind: z.enum(DRIFT_KINDS),
          configuration_id: z.string(),
          since: z.string(),
          until: maybe,
          ended: z.enum(DRIFT_ENDS).nullable(),
          expected: z.string(),
          said: z.array(z.strictObject({ content_hash: maybe, from: z.string(), to: z.string() })),
        }),
      )
      .describe('When its heartbeats said something else than what it was told, by our clock.'),
    next: z.string().optional(),
  }),
);
