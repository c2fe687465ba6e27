/** Kinds that judge an answer: `citation-verifier`, `quality-scorer`. Documented in part. */
import * as z from 'zod';
import { amount, count, flag, fraction, open, secretRef, text, texts } from '../fields.ts';

/** The fields of `external_resolver` are not documented. */
export const CITATION_VERIFIER = z.strictObject({
  require_sources: flag.default(true),
  require_source_match: flag.default(false),
  min_confidence: fraction.default(0.8),
  min_groundedness: fraction.optional(),
  external_resolver: open.optional(),
  extract_patterns: texts.optional().describe('For example academic, url, quote.'),
  output_action: z
    .strictObject({
      unverified_action: z.enum(['flag', 'block']).describe('Only `block` here blocks an answer.'),
      hallucination_action: z.enum(['flag', 'block']),
    })
    .partial()
    .optional(),
  response: z.strictObject({ include_verification_report: flag }).partial().optional(),
});

const JUDGE = z.strictObject({
  id: text,
  label: text.optional(),
  provider: text.optional(),
  model: text.optional(),
  secret_key_ref: secretRef.optional(),
  config: open.optional(),
});

/** More types, modes and severities may exist than the ones seen. */
const ASSERTION = z.strictObject({
  type: z.enum(['is-json', 'llm-rubric', 'context-faithfulness', 'factuality']),
  name: text.optional(),
  enabled: flag.optional(),
  threshold: fraction.optional(),
  weight: amount.optional(),
  mode: z.enum(['enforce']).optional(),
  severity: z.enum(['critical', 'warning']).optional(),
  config: open.optional(),
});

export const QUALITY_SCORER = z.strictObject({
  industry: text.optional(),
  min_output_chars: count.optional(),
  min_sentences: count.optional(),
  mock_scoring: flag.optional(),
  providers: z.array(JUDGE).optional().describe('The models that judge.'),
  benchmarks: z
    .strictObject({
      ragas_faithfulness: flag,
      ragas_relevancy: flag,
      coherence: flag,
      completeness: flag,
    })
    .partial()
    .optional(),
  assertions: z.array(ASSERTION).optional(),
  thresholds: z
    .strictObject({
      min_aggregate: fraction,
      min_faithfulness: fraction,
      min_relevancy: fraction,
      min_coherence: fraction,
      min_completeness: fraction,
      min_accuracy: fraction,
    })
    .partial()
    .optional(),
  weights: z
    .strictObject({
      faithfulness: amount,
      relevancy: amount,
      coherence: amount,
      completeness: amount,
      accuracy: amount,
    })
    .partial()
    .optional(),
  pass_policy: z
    .strictObject({ strategy: z.enum(['weighted_average']), threshold: fraction })
    .partial()
    .optional(),
  failure_action: z
    .strictObject({ action: z.enum(['block']) })
    .partial()
    .optional(),
});
