/**
 * `prompt-injection`. Documented in part; that `response.action` takes more than `block` is contradicted, and of the
 * levels of `log_level` only `warn` is documented: the others are the usual ones.
 */
import * as z from 'zod';
import { flag, fraction, patterns, text } from '../fields.ts';

export const PROMPT_INJECTION = z.strictObject({
  detection: z
    .strictObject({
      embedding_threshold: fraction.describe('How alike a known attack counts as one; lower catches more.'),
      attack_patterns: patterns.describe('What attacks look like.'),
    })
    .partial()
    .optional(),
  encoding: z
    .strictObject({
      decode_base64: flag,
      normalize_unicode: flag,
      detect_homoglyphs: flag,
    })
    .partial()
    .optional()
    .describe('What is undone before the text is looked at.'),
  boundaries: z.strictObject({ enforce_delimiters: flag, reject_fake_boundaries: flag }).partial().optional(),
  response: z
    .strictObject({
      action: z.enum(['block', 'escalate', 'log']).default('block'),
      message: text.optional().describe('What the caller is told.'),
      log_level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
    })
    .optional(),
});
