/** Kinds that bring in a person or a second model: `human-oversight`, `flagged-review`. Documented in part. */
import * as z from 'zod';
import { count, flag, fraction, positive, secretRef, text, texts, url } from '../fields.ts';

export const HUMAN_OVERSIGHT = z.strictObject({
  require_human_for: texts.default([]),
  action: z.enum(['escalate', 'block']).default('escalate'),
  confidence_threshold: fraction.optional(),
  default_assignee: text.optional(),
  timeout_seconds: positive.optional(),
});

/** The types of the last two fields are not documented; their names say what they are. */
export const FLAGGED_REVIEW = z.strictObject({
  mode: z.enum(['judge', 'review_and_return', 'audit_only', 'escalate']).optional(),
  provider: z
    .strictObject({
      name: text,
      endpoint: url,
      model: text,
      secret_key_ref: secretRef,
      timeout_ms: positive,
    })
    .partial()
    .optional(),
  recursion_depth_max: count.optional(),
  provider_isolation: flag.optional(),
  rationale_capture: flag.optional(),
});
