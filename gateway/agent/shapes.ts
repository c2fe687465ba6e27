/** Shapes: what comes from outside, or from our own disk, as we understand it. What is not signed is not kept. */
import * as z from 'zod';

const id = z.string().min(1).max(200);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.string().max(40);

const MANIFEST = z.object({
  configuration_id: id,
  version_id: id,
  number: z.int().min(1),
  sequence: z.int().min(1),
  content_hash: hash,
  commit: id.nullable(),
  issued_at: time,
});

const SIGNATURE = z.object({
  kid: id,
  alg: z.literal('ES256'),
  value: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});

/** What is in the queue. */
export const MESSAGE = z.object({ type: z.literal('reload'), manifest: MANIFEST, signature: SIGNATURE });

/** What the API says must run. */
export const OFFER = z.object({ manifest: MANIFEST, signature: SIGNATURE, content: z.string() });
export type Offer = z.output<typeof OFFER>;

/** RFC 7518 §6.2: 32 bytes each. */
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const KEY = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
  kid: id,
  use: z.literal('sig').default('sig'),
  alg: z.literal('ES256').default('ES256'),
});
export type Key = z.output<typeof KEY>;

export const KEYS = z.object({ keys: z.array(KEY).min(1).max(32) });

export const RECEIPT = z.object({
  gateway_id: id,
  version_id: id,
  content_hash: hash,
  sequence: z.int().min(1),
  state: z.enum(['applied', 'refused']),
  reason: z.string().max(1000).nullable(),
  received_at: time,
  verified_at: time.nullable(),
  applied_at: time.nullable(),
  signature: z.string().max(100),
});
export type SignedReceipt = z.output<typeof RECEIPT>;

/** The keys that are trusted, and those that were: what they signed is on our disk, and nothing else is taken of them. */
export const PINNED = KEYS.extend({ retired: z.array(KEY).max(32).default([]) });
export type Pinned = z.output<typeof PINNED>;

/** What runs, and the receipt for it: written in one step, so that one is never without the other. */
export const LAST_GOOD = OFFER.extend({ receipt: RECEIPT });
export type LastGood = z.output<typeof LAST_GOOD>;

export const REFUSED = z.object({ configuration_id: id, receipt: RECEIPT });
export type Refused = z.output<typeof REFUSED>;

export const SEQUENCES = z.record(id, z.int().min(1));

export const CONTACT = z.object({ boot_id: z.string(), uptime_ms: z.number(), age_ms: z.number().min(0) });

export const REGISTRATION = z.object({ gateway_id: id, api_url: z.string().max(2000) });

export const QUEUE_GRANT = z.object({
  queue_url: z.string().max(2000),
  region: z.string().max(100),
  endpoint: z.string().max(2000).nullable(),
  credentials: z.object({
    access_key_id: z.string().max(200),
    secret_access_key: z.string().max(500),
    session_token: z.string().max(16_384),
    expires_at: time,
  }),
});
export type QueueGrant = z.output<typeof QUEUE_GRANT>;

export const REFUSAL = z.object({ error: z.object({ code: z.string().max(200), message: z.string() }) });
