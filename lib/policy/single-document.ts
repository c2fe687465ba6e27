/** A document of a single policy: `policy` is its metadata, and the kind's own sections stand beside it. */
import type { CheckedDocument } from './check-document.ts';
import { checkSchema } from './check-schema.ts';
import { isKind, SINGLE_KINDS } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import { SINGLE_POLICY } from './pack.ts';
import type { Report } from './report.ts';
import { childOf, isMap, type MapTree } from './tree.ts';

const NAMES: readonly string[] = SINGLE_KINDS;
const METADATA = ['name', 'version', 'enabled'];

/** Told by `policy: {name, version, enabled}` where a configuration would have its kinds. */
export function isSingleDocument(root: MapTree): boolean {
  const policy = childOf(root, 'policy');
  if (childOf(root, 'pack') || childOf(root, 'policies') || !isMap(policy)) return false;
  return METADATA.some((key) => policy.entries.has(key));
}

/** Null when the report says why. */
export function checkSingleDocument(root: MapTree, report: Report): CheckedDocument | null {
  const policy = checkSchema(SINGLE_POLICY, root, ['policy'], report);
  if (!policy) return null;
  const { name, version, enabled } = policy;
  if (!NAMES.includes(name)) {
    const allowed = `only ${NAMES.join(', ')} can be a document of their own`;
    if (isKind(name))
      report.ofValue(
        root,
        ['policy', 'name'],
        'E039',
        `\`${name}\` needs \`pack\` and \`policies\``,
        allowed,
      );
    else
      report.ofValue(
        root,
        ['policy', 'name'],
        'E001',
        `unknown policy kind \`${name}\``,
        didYouMean(name, NAMES, allowed),
      );
    return null;
  }
  return {
    pack: { name, version, enabled, id: null, author: '', description: '' },
    kind: 'single',
    chain: [name],
  };
}
