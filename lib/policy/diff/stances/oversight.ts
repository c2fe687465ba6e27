/** Stances on the kinds that bring in a person or a second model: `human-oversight`, `flagged-review`. */
import { guard, neutral, ranked, undecided } from '../ordered.ts';
import { blocking } from '../sets.ts';
import type { StanceTable } from '../stance.ts';

export const HUMAN_OVERSIGHT: StanceTable = {
  require_human_for: blocking('what a person must decide', { fallback: [] }),
  action: ranked('the action on what a person must decide', [['block'], ['escalate']], 'escalate'),
  confidence_threshold: undecided(
    'whether a person is asked above the threshold or below it is not documented',
  ),
  default_assignee: neutral('who is asked decides nothing'),
  timeout_seconds: undecided('what happens when nobody decides in time is not documented'),
};

const REVIEWER = 'somebody else reviews';

export const FLAGGED_REVIEW: StanceTable = {
  mode: ranked('the review', [['judge', 'review_and_return', 'escalate'], ['audit_only']]),
  'provider.name': undecided(REVIEWER),
  'provider.endpoint': undecided(REVIEWER),
  'provider.model': undecided('another model reviews'),
  'provider.secret_key_ref': neutral('another credential for the same service'),
  'provider.timeout_ms': undecided('what happens when a review takes too long is not documented'),
  recursion_depth_max: undecided('what happens beyond the depth is not documented'),
  provider_isolation: guard('the isolation of the reviewer'),
  rationale_capture: neutral('what is recorded of a review decides nothing'),
};
