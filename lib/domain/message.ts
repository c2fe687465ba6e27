/** The messages on the two queues. They name things; nothing in them is believed. */
import * as z from 'zod/mini';

/**
 * Look at a source: because something was pushed or asked for (`hint`), because it is due (`poll`), or because
 * a hold has ended (`hold`), which no row could say beforehand.
 */
const syncMessage = z.strictObject({
  source: z.string().check(z.maxLength(100)),
  why: z.enum(['hint', 'poll', 'hold']),
  /** The commit a delivery named; it may not be visible yet. */
  commit: z.nullable(z.string().check(z.maxLength(64))),
  /** How often that commit was looked for without finding it. */
  attempt: z.int().check(z.minimum(0), z.maximum(100)),
  /** What the hint raised `wanted` to: a run that has answered it has answered this message. */
  wanted: z.optional(z.int().check(z.minimum(0))),
});
export type SyncMessage = z.infer<typeof syncMessage>;

/** Tell the gateways of a configuration that Active moved. `after` resumes a fan-out that was cut in parts. */
const fanOutMessage = z.strictObject({
  configuration: z.string().check(z.maxLength(200)),
  sequence: z.int().check(z.minimum(1)),
  after: z.nullable(z.string().check(z.maxLength(200))),
  /** How many gateways the parts before could not tell: the mark stays. */
  missed: z.optional(z.int().check(z.minimum(1))),
});
export type FanOutMessage = z.infer<typeof fanOutMessage>;

/** Throws when `text` is not such a message: the queue then keeps it for the dead-letter queue. */
export const parseSyncMessage = (text: string): SyncMessage => syncMessage.parse(JSON.parse(text));

/** Throws when `text` is not such a message: the queue then keeps it for the dead-letter queue. */
export const parseFanOutMessage = (text: string): FanOutMessage => fanOutMessage.parse(JSON.parse(text));
