/** `data-routing-policy`: which targets of the document may be sent anything. */
import type { Target } from '../sections.ts';
import type { Enforcement, Opinion } from './enforcement.ts';

export const DATA_ROUTING_POLICY: Enforcement<'data-routing-policy'> = {
  enforced: true,
  checks(block, { targets }) {
    const {
      require_zero_data_retention: zero,
      require_no_training: noTraining,
      max_retention_days: days,
      log_provider_selection: log = false,
    } = block;
    const mayUse = (target: Target) =>
      (!zero || keepsNothing(target)) &&
      (!noTraining || trainsOnNothing(target)) &&
      (days === undefined || keptDays(target) <= days);
    const asks = zero || noTraining || days !== undefined;
    const compliant = targets.filter(mayUse).map(({ id }) => id);
    const facts = log ? { metadata: { compliant, of: targets.length } } : {};
    const passed: Opinion = { verdict: 'allow', reasonCode: 'data_routing.passed', ...facts };
    const none: Opinion = { verdict: 'block', reasonCode: 'data_routing.no_compliant_provider', ...facts };
    return { request: () => (!asks || compliant.length > 0 ? passed : none), mayUse };
  },
};

const keepsNothing = ({ zdr, data_policy: policy }: Target) =>
  zdr === true || policy?.zero_data_retention === true;

/** What is not said is no promise. */
function keptDays(target: Target): number {
  return target.data_policy?.retention_days ?? (keepsNothing(target) ? 0 : Number.POSITIVE_INFINITY);
}

function trainsOnNothing({ data_collection: collection, data_policy: policy }: Target): boolean {
  return policy?.training_opt_out === true || collection === 'deny';
}
