/** Kinds that ask a model or a service: `external-moderation`, `embedding-detector`. Documented in part. */
import * as z from 'zod';
import { fraction, literalSecret, secretRef, text, texts, url } from '../fields.ts';

/** A page shows `secret_key_ref` as text here; everywhere else, and here too, it is a mapping. */
export const EXTERNAL_MODERATION = z.strictObject({
  provider: z
    .enum([
      'openai-moderation',
      'azure-content-safety',
      'bedrock-apply-guardrail',
      'embedding-endpoint',
      'webhook',
      'presidio',
      'guardrails-ai',
      'dynamo-ai',
      'lakera',
    ])
    .default('webhook'),
  secret_key_ref: secretRef.optional(),
  endpoint: url.optional(),
  categories: texts.default([]),
  threshold: fraction.default(0.5),
});

export const EMBEDDING_DETECTOR = z.strictObject({
  backend: z.enum(['local', 'external']).default('local'),
  endpoint: url.default('http://localhost:8080/embed'),
  model: text.default('all-MiniLM-L6-v2'),
  api_key: literalSecret.optional(),
  similarity_threshold: fraction.default(0.7),
  timeout_ms: z.int().min(1).max(60_000).default(20),
  action: z.enum(['redact', 'block']).default('redact'),
  categories: z.array(z.strictObject({ label: text, reference_text: text })).default([]),
});
