/**
 * Kinds that refuse or change content: `safety-filter`, `entity-list-filter`, `itar-ear-filter`, `bias-monitor`,
 * `response-rewriter`. Documented in part.
 */
import * as z from 'zod';
import { count, distance, flag, fraction, pattern, text, texts } from '../fields.ts';

/** Whether `block_if` adds to the built-in list or replaces it is contradicted. */
export const SAFETY_FILTER = z.strictObject({
  mode: z
    .enum(['critical_infrastructure', 'automotive', 'education', 'law_enforcement'])
    .default('critical_infrastructure'),
  block_if: texts.optional(),
  action: z.enum(['block', 'escalate']).optional(),
  fuzzy_matching: flag.default(false),
  max_distance: distance.default(1),
  max_age: count.default(0),
});

const blockOnly = () => z.enum(['block']).default('block');

export const ENTITY_LIST_FILTER = z.strictObject({
  blocked_entities: texts.default([]),
  action: blockOnly(),
  fuzzy_matching: flag.default(false),
  max_distance: distance.default(1),
});

export const ITAR_EAR_FILTER = z.strictObject({
  blocked_terms: texts.default([]),
  action: blockOnly(),
  fuzzy_matching: flag.default(false),
  max_distance: distance.default(1),
});

export const BIAS_MONITOR = z.strictObject({
  protected_characteristics: texts.default([]).describe('In addition to the five built-in ones.'),
  threshold: fraction.default(0.85),
  action: z.enum(['block', 'escalate']).optional(),
});

export const RESPONSE_REWRITER = z.strictObject({
  preserve_structure: flag.default(true),
  rules: z
    .array(
      z.strictObject({
        name: text,
        pattern: pattern.optional(),
        replacement: z.string().max(2000).optional(),
        position: z.enum(['replace', 'prepend', 'append']).default('replace'),
      }),
    )
    .optional()
    .describe('Applied in order.'),
});
