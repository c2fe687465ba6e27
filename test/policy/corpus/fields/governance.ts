/** `spend-limit`, `audit-logger`, `data-routing-policy`, `gdpr-compliance`, `eu-ai-act`. */
import { AMOUNT, DAYS, FLAG, HEADER, oneOf, type Row, TEXTS, URL } from '../row.ts';

export const GOVERNANCE: readonly Row[] = [
  { field: 'policy.spend-limit.max_daily_usd', ...AMOUNT, typo: 'max_dayly_usd' },

  { field: 'policy.audit-logger.immutable', ...FLAG, typo: 'imutable' },
  { field: 'policy.audit-logger.retention_days', ...DAYS, typo: 'retention_day' },
  {
    field: 'policy.audit-logger.hipaa_audit_controls',
    ...FLAG,
    also: { 'policy.audit-logger.retention_days': 2190 },
    typo: 'hippa_audit_controls',
  },
  { field: 'policy.audit-logger.log_all_access', ...FLAG, typo: 'log_all_accesses' },

  {
    field: 'policy.data-routing-policy.require_zero_data_retention',
    ...FLAG,
    typo: 'require_zero_data_retension',
  },
  { field: 'policy.data-routing-policy.require_no_training', ...FLAG, typo: 'requires_no_training' },
  {
    field: 'policy.data-routing-policy.max_retention_days',
    right: [0, 30, 36_500],
    wrong: [
      [-1, 'E034'],
      [36_501, 'E034'],
      ['30', 'E033'],
    ],
    typo: 'max_retention_day',
  },
  {
    field: 'policy.data-routing-policy.on_no_compliant_provider',
    ...oneOf(['block'], 'allow', 'warn'),
    typo: 'on_no_compliant_providers',
  },
  {
    field: 'policy.data-routing-policy.log_provider_selection',
    ...FLAG,
    typo: 'log_provider_selections',
  },

  { field: 'policy.gdpr-compliance.consent_required', ...FLAG, typo: 'consents_required' },
  { field: 'policy.gdpr-compliance.consent_header', ...HEADER, typo: 'consent_headers' },
  {
    field: 'policy.gdpr-compliance.consent_verification_endpoint',
    ...URL,
    typo: 'consent_verification_endpoints',
  },
  { field: 'policy.gdpr-compliance.erasure_webhook', ...URL, typo: 'erasure_webhooks' },
  { field: 'policy.gdpr-compliance.data_categories', ...TEXTS, typo: 'data_category' },
  { field: 'policy.gdpr-compliance.retention_days', ...DAYS, typo: 'retention_day' },

  {
    field: 'policy.eu-ai-act.risk_class',
    ...oneOf(['minimal', 'limited', 'high', 'unacceptable'], 'medium', 'High'),
    typo: 'riskclass',
  },
  {
    field: 'policy.eu-ai-act.articles',
    right: [[], [9, 13, 14], [1, 113]],
    wrong: [
      [9, 'E033'],
      [[0], 'E034', '[0]'],
      [[9, 114], 'E034', '[1]'],
      [['9'], 'E033', '[0]'],
    ],
    typo: 'article',
  },
];
