/** Rule: no two settings ask for opposite things. */
import type { Report } from '../report.ts';
import { find, type Path } from '../tree.ts';
import { type DocumentContent, itemsOf, numberAt, scalarAt, textsIn, valuesOf } from './content.ts';

export function nothingContradicts(content: DocumentContent, report: Report): void {
  const { root } = content;
  const firewall = content.blockPath('agent-firewall');
  const rbac = content.blockPath('rbac');
  bothWays(content, firewall, ['allowed_tools', 'blocked_tools'], report);
  for (const role of valuesOf(root, [...firewall, 'tools', 'roles']))
    bothWays(content, role, ['allowed', 'denied'], report);
  for (const role of valuesOf(root, [...rbac, 'roles']))
    bothWays(content, role, ['allowed_tools', 'denied_tools'], report);
  for (const target of itemsOf(root, ['providers', 'targets'])) dataPolicies(content, target, report);
  if (scalarAt(root, ['cors', 'credentials']) === true) {
    const origins = find(root, ['cors', 'allow_origins']);
    const i = textsIn(origins).indexOf('*');
    if (i !== -1) {
      const fix = 'name the origins, or leave credentials out';
      const message = 'browsers refuse credentials from every origin (`*`)';
      report.ofValue(root, ['cors', 'allow_origins', i], 'E046', message, fix);
    }
  }
}

/** `*` on one side with exceptions on the other is not a contradiction. */
function bothWays(
  { root }: DocumentContent,
  owner: Path,
  [allow, deny]: readonly [string, string],
  report: Report,
): void {
  const allowed = new Set(textsIn(find(root, [...owner, allow])));
  const denied = find(root, [...owner, deny]);
  for (const [i, item] of denied?.kind === 'list' ? denied.items.entries() : []) {
    const tool = item.kind === 'scalar' ? item.value : null;
    if (typeof tool !== 'string' || !allowed.has(tool)) continue;
    const fix = `remove it from \`${allow}\` or from \`${deny}\``;
    report.ofValue(root, [...owner, deny, i], 'E046', `\`${tool}\` is both allowed and denied`, fix);
  }
}

function dataPolicies({ root }: DocumentContent, target: Path, report: Report): void {
  const policy = [...target, 'data_policy'];
  const declared = scalarAt(root, [...policy, 'zero_data_retention']);
  const short = scalarAt(root, [...target, 'zdr']);
  const zero = declared === true || short === true;
  const say = (path: Path, message: string) =>
    report.ofValue(root, path, 'E046', message, 'keep the one that is true of the provider');
  if (typeof declared === 'boolean' && typeof short === 'boolean' && declared !== short)
    say([...target, 'zdr'], '`zdr` and `data_policy.zero_data_retention` disagree');
  if (zero && (numberAt(root, [...policy, 'retention_days']) ?? 0) > 0)
    say([...policy, 'retention_days'], 'a target of zero data retention keeps data for days');
  const collects = scalarAt(root, [...target, 'data_collection']) === 'allow';
  const optedOut = scalarAt(root, [...policy, 'training_opt_out']) === true;
  if (collects && (zero || optedOut))
    say(
      [...target, 'data_collection'],
      `data collection is allowed at a target of ${zero ? 'zero data retention' : 'no training'}`,
    );
}
