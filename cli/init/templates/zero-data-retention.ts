/** The template for providers that keep nothing. */
import { OPENAI_TARGET, passes, type Template } from '../template.ts';

export const ZERO_DATA_RETENTION: Template = {
  description: 'only providers that keep nothing and train on nothing',
  config: `# Requests go only to providers that keep nothing and train on nothing.
pack:
  name: zero-data-retention
  version: 0.1.0
  enabled: true
  description: Requests go only to providers that keep nothing and train on nothing.

${OPENAI_TARGET}      # What your contract with the provider says.
      data_policy:
        zero_data_retention: true
        training_opt_out: true
        retention_days: 0

policies:
  chain:
    - data-routing-policy
    - pii-detector
    - audit-logger

policy:
  data-routing-policy:
    require_zero_data_retention: true
    require_no_training: true
    max_retention_days: 0
    on_no_compliant_provider: block
    log_provider_selection: true
  pii-detector:
    action: redact
  audit-logger:
    retention_days: 365
`,
  golden: passes(
    'a request to a provider that keeps nothing passes',
    'Summarise the idea of double-entry bookkeeping.',
  ),
};
