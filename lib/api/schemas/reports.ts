/** What gateways send of themselves, and what is answered of it. */
import * as z from 'zod';
import { DRIFT_KINDS } from '../../domain/drift.ts';
import { HEALTHS } from '../../domain/report.ts';
import { cursor } from '../paging.ts';
import { time, whole } from './fields.ts';
import { request, response } from './registry.ts';

const LONGEST_TIME = 40;

/** Kept and signed as it was written; a later version of RFC 3339 will not need more. */
export const claimedTime = time.max(LONGEST_TIME);

export const contentHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: 'is 64 hexadecimal digits in lower case (SHA-256)' });

export const versionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, { error: 'is 1 to 100 letters, digits, hyphens or underscores' });

/** One line of whole characters: JSON encoders differ about the others, and what is signed must be the same for all. */
export const reason = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^\P{Cc}*$/u, { error: 'holds a control character' })
  .refine(...whole);

export const RECEIPT_REQUEST = request(
  'ReceiptRequest',
  z
    .strictObject({
      gateway_id: z.string().max(200),
      version_id: versionId,
      content_hash: contentHash,
      sequence: z.int().min(1),
      state: z.enum(['applied', 'refused']),
      reason: reason
        .nullish()
        .describe('Why it was refused; of what was applied, which kinds of the chain nobody enforces there.'),
      received_at: claimedTime,
      verified_at: claimedTime.nullish(),
      applied_at: claimedTime.nullish(),
      signature: z
        .string()
        .regex(/^[A-Za-z0-9_-]{86}$/, { error: 'is 64 bytes in base64url without padding (Ed25519)' }),
    })
    .superRefine(({ state, ...receipt }, context) => {
      const must = state === 'applied' ? (['verified_at', 'applied_at'] as const) : (['reason'] as const);
      const mustNot = state === 'applied' ? [] : (['applied_at'] as const);
      const add = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: [field], message });
      for (const field of must) if (receipt[field] == null) add(field, `is required of what was ${state}`);
      for (const field of mustNot) if (receipt[field] != null) add(field, `is not part of what was ${state}`);
    }),
);

export const RECEIPT = response(
  'Receipt',
  z.strictObject({
    id: z.string(),
    gateway_id: z.string(),
    configuration_id: z.string(),
    version_id: z.string(),
    content_hash: z.string(),
    sequence: z.int(),
    state: z.enum(['applied', 'refused']),
    reason: z.string().nullable(),
    received_at: z.string(),
    verified_at: z.string().nullable(),
    applied_at: z.string().nullable(),
    signature: z.string(),
    public_key: z.string().describe('What the signature was verified with.'),
    stored_at: z.string(),
  }),
);

export const RECEIPT_LIST = response(
  'ReceiptList',
  z.strictObject({ data: z.array(RECEIPT), next: z.string().optional() }),
);

const limit = z.coerce.number<string>().int().min(1).max(500).default(100);

export const GATEWAY_RECEIPTS_QUERY = z.strictObject({
  since: time.optional(),
  until: time.optional(),
  limit,
  cursor,
});

export const VERSION_RECEIPTS_QUERY = z.strictObject({ limit, cursor });

export const HEARTBEAT_REQUEST = request(
  'HeartbeatRequest',
  z.strictObject({
    content_hash: contentHash.nullable().describe('Of what the gateway runs; null when it runs nothing.'),
    sequence: z.int().min(1).nullish(),
    version_id: versionId.nullish(),
    uptime_seconds: z.int().min(0).nullish(),
    health: z.enum(HEALTHS).nullish(),
    reason: reason.nullish(),
  }),
);

/** Part of a gateway. */
export const REPORTED = z.strictObject({
  content_hash: z.string().nullable(),
  sequence: z.int().nullable(),
  version_id: z.string().nullable(),
  health: z.enum(HEALTHS).nullable(),
  reason: z.string().nullable(),
  uptime_seconds: z.int().nullable(),
  since: z.string().describe('When it first said that it runs these bytes.'),
  at: z.string().describe('When it last said what it runs, by a heartbeat or a receipt.'),
  last_heartbeat: z.string().nullable(),
});

/** Part of a gateway, and of its convergence. */
export const DRIFT = z
  .strictObject({
    kind: z
      .enum(DRIFT_KINDS)
      .describe(
        'tampered: it had applied the version and runs other bytes, or runs bytes that nobody announced. failed: it refused the version, or had applied it and runs nothing. missed: it runs an earlier version, or nothing yet.',
      ),
    configuration_id: z.string(),
    since: z.string(),
    running: z.string().nullable().describe('What it last said that it runs; null: nothing.'),
    expected: z.string(),
    sequence: z.int(),
    resends: z.int(),
    next_resend_at: z.string().describe('At the first heartbeat from then on.'),
    persists_since: z.string().nullable().describe('Since when three reloads or more were sent in vain.'),
  })
  .describe('That it runs something else than what it was told, until a heartbeat says otherwise.');

export const RELOAD_SENT = response(
  'ReloadSent',
  z.strictObject({ sent: z.literal(true), sequence: z.int() }),
);
