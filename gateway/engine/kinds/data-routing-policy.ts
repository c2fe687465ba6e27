/** `data-routing-policy`: whether a target of the document may be sent anything. */
import * as z from 'zod';
import type { Enforcement } from './enforcement.ts';

/** What a document says about its targets; everything else is left out. */
const TARGETS = z.object({
  targets: z
    .array(
      z.object({
        zdr: z.boolean().optional(),
        data_collection: z.string().optional(),
        data_policy: z
          .object({
            zero_data_retention: z.boolean().optional(),
            training_opt_out: z.boolean().optional(),
            retention_days: z.number().optional(),
          })
          .optional(),
      }),
    )
    .default([]),
});
type Target = z.output<typeof TARGETS>['targets'][number];

export const DATA_ROUTING_POLICY: Enforcement<'data-routing-policy'> = {
  enforced: true,
  without: ['log_provider_selection'],
  checks(block, providers) {
    const { targets } = TARGETS.parse(providers ?? {});
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
