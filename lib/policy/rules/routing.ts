/** Rule: of the targets, at least one may be used under the document's own data policy. */
import type { Report } from '../report.ts';
import type { Path } from '../tree.ts';
import { type DocumentContent, itemsOf, numberAt, scalarAt } from './content.ts';

export function routesMeetTheDataPolicy(content: DocumentContent, report: Report): void {
  const { root, chain } = content;
  const targets = itemsOf(root, ['providers', 'targets']);
  if (!chain.includes('data-routing-policy') || targets.length === 0) return;
  const policy = content.blockPath('data-routing-policy');
  const asksFor = (key: string) => scalarAt(root, [...policy, key]) === true;
  const most = numberAt(root, [...policy, 'max_retention_days']);

  const mayUse = (target: Path): boolean => {
    const data = [...target, 'data_policy'];
    const zero =
      scalarAt(root, [...target, 'zdr']) === true ||
      scalarAt(root, [...data, 'zero_data_retention']) === true;
    const untrained =
      scalarAt(root, [...data, 'training_opt_out']) === true ||
      scalarAt(root, [...target, 'data_collection']) === 'deny';
    const kept = zero ? 0 : numberAt(root, [...data, 'retention_days']);
    if (asksFor('require_zero_data_retention') && !zero) return false;
    if (asksFor('require_no_training') && !untrained) return false;
    return most === null || kept === null || kept <= most;
  };
  if (targets.some(mayUse)) return;
  const message = 'no target meets `data-routing-policy`, so every request would be blocked';
  report.of(root, policy, 'E053', message, 'add a target that does, or state the data policy of one');
}
