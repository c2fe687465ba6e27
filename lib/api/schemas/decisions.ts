/** What a gateway sends of its decisions, and what is answered. */
import * as z from 'zod';
import { VERDICTS } from '../../domain/decision.ts';
import { whole } from './fields.ts';
import { request, response } from './registry.ts';
import { claimedTime, contentHash, reason, versionId } from './reports.ts';

const MOST_DECISIONS = 500;
/** More than there are kinds, asked for the request and for the answer. */
const MOST_RESULTS = 100;

/** One line of words that a program chose. */
const word = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^\P{Cc}*$/u, { error: 'holds a control character' })
    .refine(...whole);

const kind = word(100);
const reasonCode = word(200);
const verdict = z.enum(VERDICTS);
const amount = z.int().min(0);

const DECISION = request(
  'Decision',
  z.strictObject({
    id: z
      .string()
      .regex(/^evt_[A-Za-z0-9_-]{1,96}$/, {
        error: 'is evt_ and 1 to 96 letters, digits, hyphens or underscores',
      })
      .describe('Made by the gateway: sent twice, it is stored once.'),
    timestamp: claimedTime,
    event_type: z.literal('decision'),
    verdict,
    reason_code: reasonCode,
    model: word(200).nullable(),
    provider: word(200).nullable().describe('The id of the target.'),
    config_version: word(1000).nullable().describe('SemVer of the pack.'),
    content_hash: contentHash,
    version_id: versionId.nullable(),
    sequence: z.int().min(1).nullable(),
    request_id: word(200),
    status: z.int().min(100).max(599),
    stream: z.boolean(),
    latency_ms: z.number().min(0).max(1e9),
    policy_results: z
      .array(
        z.strictObject({
          kind,
          phase: z.enum(['input', 'tool', 'output']),
          verdict,
          reason_code: reasonCode,
        }),
      )
      .max(MOST_RESULTS),
    redactions: amount,
    prompt_hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, { error: 'is 64 hexadecimal digits in lower case (HMAC-SHA-256)' })
      .nullable()
      .describe('Keyed: equal prompts of a gateway can be told, and no prompt be guessed.'),
    unenforced: z.array(kind).max(MOST_RESULTS).describe('Kinds that were let through unenforced.'),
    degraded: z.boolean(),
    reason: reason.nullable().describe('Why it was degraded.'),
  }),
);

export const DECISIONS_REQUEST = request(
  'DecisionsRequest',
  z.strictObject({ events: z.array(DECISION).min(1).max(MOST_DECISIONS) }),
);

export const DECISIONS_TAKEN = response(
  'DecisionsTaken',
  z.strictObject({ accepted: z.int(), duplicates: z.int().describe('Stored before; nothing was changed.') }),
);
