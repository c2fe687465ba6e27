/**
 * Kinds that keep rules about money, records and law: `spend-limit`, `audit-logger`, `data-routing-policy`,
 * `gdpr-compliance`, `eu-ai-act`. Documented in part.
 */
import * as z from 'zod';
import { amount, days, flag, header, texts, url } from '../fields.ts';

export const SPEND_LIMIT = z.strictObject({
  max_daily_usd: amount.optional().describe('US dollars per day; requests beyond it are blocked.'),
});

export const AUDIT_LOGGER = z.strictObject({
  immutable: flag.default(true),
  retention_days: days.default(365),
  hipaa_audit_controls: flag.default(false),
  log_all_access: flag.optional(),
});

/** That a requirement of local processing exists is said, not how it is written. */
export const DATA_ROUTING_POLICY = z.strictObject({
  require_zero_data_retention: flag.default(false),
  require_no_training: flag.default(false),
  max_retention_days: z.int().min(0).max(36_500).optional(),
  on_no_compliant_provider: z.enum(['block']).default('block'),
  log_provider_selection: flag.optional(),
});

export const GDPR_COMPLIANCE = z.strictObject({
  consent_required: flag.default(true),
  consent_header: header.default('x-consent-token'),
  consent_verification_endpoint: url.optional(),
  erasure_webhook: url.optional(),
  data_categories: texts.default(['personal', 'sensitive', 'biometric']),
  retention_days: days.default(30),
});

/** The classes are those of Regulation (EU) 2024/1689, which has 113 articles; further fields are not documented. */
export const EU_AI_ACT = z.strictObject({
  risk_class: z.enum(['minimal', 'limited', 'high', 'unacceptable']).optional(),
  articles: z.array(z.int().min(1).max(113)).optional(),
});
