/** `data-routing-policy`: whether a target of the document may be sent anything. */
import type { Target } from '../sections.ts';
import type { Enforcement } from './enforcement.ts';

export const DATA_ROUTING_POLICY: Enforcement<'data-routing-policy'> = {
  enforced: true,
  without: ['log_provider_selection'],
  checks(block, targets) {
    const {
      require_zero_data_retention: zero,
      require_no_training: noTraining,
      max_retention_days: days,
    } = block;
    const complies = (target: Target) =>
      (!zero || keepsNothing(target)) &&
      (!noTraining || trainsOnNothing(target)) &&
      (days === undefined || keptDays(target) <= days);
    const asks = zero || noTraining || days !== undefined;
    const opinion =
      !asks || targets.some(complies)
        ? null
        : ({ verdict: 'block', reasonCode: 'data_routing.no_compliant_provider' } as const);
    return { request: () => opinion };
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
