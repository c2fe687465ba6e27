/** Kinds that find personal data: `pii-detector`, `hipaa-phi-detector`, `dlp-filter`. Documented in part. */
import * as z from 'zod';
import { distance, flag, patterns, text, texts } from '../fields.ts';

/** Two more marker formats exist (asterisks, partial mask); their names are not documented. */
export const PII_DETECTOR = z.strictObject({
  action: z.enum(['redact', 'block']).default('redact'),
  healthcare_mode: flag.default(false),
  pci_mode: flag.default(true),
  detect_patterns: patterns.default([]).describe('What to find beside the built-in identifiers.'),
  redaction: z
    .strictObject({
      marker_format: z.enum(['label']).default('label'),
      include_metadata: flag.default(true),
      preserve_length: flag.default(false),
      custom_markers: z.record(text, text).default({}),
    })
    .optional(),
});

export const HIPAA_PHI_DETECTOR = z.strictObject({
  mode: z.enum(['hipaa_18']).optional().describe('The eighteen identifiers of the Privacy Rule.'),
  action: z.enum(['redact', 'block']).optional(),
  safe_harbor_method: flag.optional(),
});

export const DLP_FILTER = z.strictObject({
  detect_patterns: patterns.default([]),
  blocked_terms: texts.default([]),
  action: z.enum(['redact', 'block']).default('redact'),
  fuzzy_matching: flag.default(false),
  max_distance: distance.optional().describe('Edits allowed between a term and what matches it.'),
  sensitivity_level: z.enum(['standard', 'high', 'restricted']).optional(),
});
