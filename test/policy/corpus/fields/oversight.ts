/** `human-oversight`, `flagged-review`. */
import { COUNT, FLAG, FRACTION, NAME, oneOf, POSITIVE, type Row, TEXT, TEXTS, URL } from '../row.ts';

export const OVERSIGHT: readonly Row[] = [
  { field: 'policy.human-oversight.require_human_for', ...TEXTS, typo: 'requires_human_for' },
  {
    field: 'policy.human-oversight.action',
    ...oneOf(['escalate', 'block'], 'escalated', 'allow'),
    typo: 'actions',
  },
  { field: 'policy.human-oversight.confidence_threshold', ...FRACTION, typo: 'confidence_treshold' },
  { field: 'policy.human-oversight.default_assignee', ...TEXT, typo: 'default_asignee' },
  { field: 'policy.human-oversight.timeout_seconds', ...POSITIVE, typo: 'timeout_second' },

  {
    field: 'policy.flagged-review.mode',
    ...oneOf(['judge', 'review_and_return', 'audit_only', 'escalate'], 'review', 'audit-only'),
    typo: 'modes',
  },
  { field: 'policy.flagged-review.provider.name', ...TEXT, typo: 'names' },
  { field: 'policy.flagged-review.provider.endpoint', ...URL, typo: 'endpoin' },
  { field: 'policy.flagged-review.provider.model', ...TEXT, typo: 'modell' },
  { field: 'policy.flagged-review.provider.secret_key_ref.env', ...NAME, typo: 'envv' },
  { field: 'policy.flagged-review.provider.secret_key_ref.store', ...NAME, typo: 'stores' },
  { field: 'policy.flagged-review.provider.timeout_ms', ...POSITIVE, typo: 'timeouts_ms' },
  { field: 'policy.flagged-review.recursion_depth_max', ...COUNT, typo: 'recursion_depth_maximum' },
  { field: 'policy.flagged-review.provider_isolation', ...FLAG, typo: 'provider_isolations' },
  { field: 'policy.flagged-review.rationale_capture', ...FLAG, typo: 'rationale_captures' },
];
