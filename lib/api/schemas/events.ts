/** What is asked and answered about events. */
import * as z from 'zod';
import { VERDICTS } from '../../domain/decision.ts';
import { EVENT_TYPES } from '../../domain/event.ts';
import { cursor } from '../paging.ts';
import { configurationId, gatewayId, team, time } from './fields.ts';
import { response } from './registry.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
type Unit = keyof typeof SECONDS;

/** A length of time back from now, in seconds: `5m`, `24h`, `7d`. Null for other text. */
export function secondsBack(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count && unit ? Number(count) * SECONDS[unit as Unit] : null;
}

export const EVENT_QUERY = z.strictObject({
  since: z
    .string()
    .max(40)
    .refine((text) => secondsBack(text) !== null || time.safeParse(text).success, {
      error: 'is a time (RFC 3339), or how far back: 5m, 24h, 7d',
    })
    .default('24h'),
  type: z
    .enum([...EVENT_TYPES, 'audit'])
    .optional()
    .describe('audit: everything but decisions.'),
  gateway_id: gatewayId.optional(),
  verdict: z.enum(VERDICTS).optional().describe('Of decisions, which alone have one.'),
  configuration_id: configurationId.optional(),
  team: team.optional(),
  limit: z.coerce.number<string>().int().min(1).max(500).default(100),
  cursor,
});

/** What the guides read of a decision, beside its detail. */
const DECISION = z.strictObject({
  event_type: z.literal('decision'),
  timestamp: z.string(),
  verdict: z.enum(VERDICTS),
  reason_code: z.string(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  config_version: z.string().nullable(),
});

const EVENT = response(
  'Event',
  z.strictObject({
    id: z.string(),
    type: z.enum(EVENT_TYPES),
    at: z.string(),
    actor: z.string(),
    configuration_id: z.string().optional(),
    version_id: z.string().optional(),
    link_id: z.string().optional(),
    gateway_id: z.string().optional(),
    request_id: z.string().optional(),
    detail: z.record(z.string(), z.unknown()),
    ...DECISION.partial().shape,
  }),
);

export const EVENT_LIST = response(
  'EventList',
  z.strictObject({ data: z.array(EVENT), next: z.string().nullable() }),
);
