/** What `kt gateway history` reads of the API's answer. */
import * as z from 'zod';

const text = z.string();
const maybe = text.nullable();

const ENTRY = z.object({
  state: text,
  reason: maybe,
  from: maybe,
  until: maybe,
  stored_at: text,
  configuration_id: text,
  version_id: text,
  number: z.int().nullable(),
  content_hash: text,
  sequence: z.int(),
  source: maybe,
  commit: maybe,
  author: maybe,
  message: maybe,
  activated: z.object({ by: text, at: text, reason: maybe, held_until: maybe }).nullable(),
  doubt: maybe,
});
export type Entry = z.output<typeof ENTRY>;

export const HISTORY = z.object({
  gateway_id: text,
  heard: z.object({ content_hash: maybe, since: text, at: text }).nullable(),
  answer: z
    .object({
      at: text,
      enforced: ENTRY.nullable(),
      basis: z.enum(['receipt', 'heartbeat']).nullable(),
      unknown: maybe,
      last_known: ENTRY.nullable(),
      doubts: z.array(text),
    })
    .nullable(),
  data: z.array(ENTRY),
  contradictions: z.array(
    z.object({
      kind: text,
      since: text,
      until: maybe,
      expected: text,
      said: z.array(z.object({ content_hash: maybe, from: text, to: text })),
    }),
  ),
});
export type History = z.output<typeof HISTORY>;
