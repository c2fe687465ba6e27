/** Rule: what runs is configured, what is configured runs, and each kind runs once. */
import { isKind } from '../kinds.ts';
import type { Report } from '../report.ts';
import { childOf, find, isMap } from '../tree.ts';
import type { DocumentContent } from './content.ts';

export function blocksBelongToTheChain({ root, chain }: DocumentContent, report: Report): void {
  const list = find(root, ['policies', 'chain']);
  if (list?.kind !== 'list') return;
  const policy = childOf(root, 'policy');
  const blocks = isMap(policy) ? [...policy.entries.keys()].filter(isKind) : [];
  const seen = new Set<string>();
  for (const [i, item] of list.items.entries()) {
    const kind = item.kind === 'scalar' ? item.value : null;
    if (typeof kind !== 'string' || !isKind(kind)) continue;
    const at = ['policies', 'chain', i];
    if (seen.has(kind))
      report.of(root, at, 'E035', `\`${kind}\` is already in the chain`, 'remove one of the two');
    else if (!blocks.includes(kind)) {
      const fix = `add \`policy.${kind}\`, or drop \`${kind}\` from the chain`;
      report.of(root, at, 'E003', `\`${kind}\` is in the chain but has no policy block`, fix);
    }
    seen.add(kind);
  }
  for (const kind of blocks.filter((block) => !chain.includes(block))) {
    const fix = `add \`${kind}\` to the chain, or remove the block`;
    const message = `\`${kind}\` is configured but never runs: it is not in the chain`;
    report.of(root, ['policy', kind], 'E036', message, fix);
  }
}
