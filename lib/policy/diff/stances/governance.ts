/** Stances on the kinds that keep rules about money, records and law. */
import { ceiling, floor, guard, neutral, presence, ranked, undecided } from '../ordered.ts';
import { blocking } from '../sets.ts';
import type { StanceTable } from '../stance.ts';

const LONGER = ['lengthened', 'shortened'] as const;

export const SPEND_LIMIT: StanceTable = {
  max_daily_usd: ceiling('the daily limit', { unit: 'USD' }),
};

export const AUDIT_LOGGER: StanceTable = {
  immutable: guard('the protection of audit records against change', true),
  retention_days: floor('the retention of audit records', { unit: 'days', fallback: 365, verbs: LONGER }),
  hipaa_audit_controls: guard('the audit controls of HIPAA', false),
  log_all_access: guard('the logging of every access'),
};

export const DATA_ROUTING_POLICY: StanceTable = {
  require_zero_data_retention: guard('the demand that providers keep nothing', false),
  require_no_training: guard('the demand that providers do not train on prompts', false),
  max_retention_days: ceiling('how long providers may keep data', { unit: 'days', verbs: LONGER }),
  on_no_compliant_provider: ranked('the action when no provider complies', [['block']], 'block'),
  log_provider_selection: neutral('what is logged decides nothing'),
};

export const GDPR_COMPLIANCE: StanceTable = {
  consent_required: guard('the need for consent', true),
  consent_header: undecided('consent is read from another header', 'x-consent-token'),
  consent_verification_endpoint: presence('the verification of consent'),
  erasure_webhook: presence('the forwarding of requests to erase'),
  data_categories: blocking('the categories of personal data', {
    fallback: ['personal', 'sensitive', 'biometric'],
  }),
  retention_days: ceiling('the retention of personal data', {
    unit: 'days',
    fallback: 30,
    verbs: LONGER,
    why: 'personal data is to be kept no longer than needed',
  }),
};

export const EU_AI_ACT: StanceTable = {
  risk_class: ranked('the risk class', [['unacceptable'], ['high'], ['limited'], ['minimal']]),
  articles: blocking('the articles that are checked'),
};
