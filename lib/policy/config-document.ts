/** A configuration document: `pack`, `policies`, and what else a gateway reads. */
import { checkBlocks, checkChain } from './chain.ts';
import type { CheckedDocument } from './check-document.ts';
import { checkSchema, mappingAt } from './check-schema.ts';
import { didYouMean } from './nearest.ts';
import { PACK } from './pack.ts';
import type { Report } from './report.ts';
import { childOf, type MapTree } from './tree.ts';

/** Sections that must be mappings; what stands in them is checked where they are read. */
const SECTIONS: readonly string[] = [
  'providers',
  'testing',
  'global_rate_limit',
  'ip_rate_limit',
  'user_rate_limit',
  'token_rate_limit',
  'rate_limits',
  'size_limits',
  'ip_allowlist',
  'cors',
  'loads',
  'history',
  'gateway',
];
const KEYS: readonly string[] = ['pack', 'policies', 'policy', 'agents', ...SECTIONS];

/** Null when the report holds errors that leave nothing to return. */
export function checkConfigDocument(root: MapTree, report: Report): CheckedDocument | null {
  checkKeys(root, report);
  const hasPack = childOf(root, 'pack') !== undefined;
  if (!hasPack) {
    report.of(root, ['pack'], 'E031', '`pack` is required', 'add `pack: {name, version, enabled}`');
  }
  const pack = hasPack ? checkSchema(PACK, root, ['pack'], report) : null;
  const chain = checkChain(root, report);
  checkBlocks(root, chain, report);
  return pack && chain ? { pack, kind: 'config', chain } : null;
}

function checkKeys(root: MapTree, report: Report): void {
  for (const key of root.entries.keys()) {
    if (key === 'includes') {
      const fix = 'put everything in this file; one complete file per environment';
      report.of(root, [key], 'E038', '`includes` is not supported', fix);
    } else if (!KEYS.includes(key)) {
      report.of(
        root,
        [key],
        'E032',
        `unknown key \`${key}\``,
        didYouMean(key, KEYS, `valid keys: ${KEYS.join(', ')}`),
      );
    } else if (SECTIONS.includes(key)) mappingAt(root, [key], report);
  }
}
