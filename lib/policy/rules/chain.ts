/** Rule: what runs is configured, what is configured runs, and each kind runs once. */
import { isKind, KINDS } from '../kinds.ts';
import { nearest } from '../nearest.ts';
import type { Report } from '../report.ts';
import { childOf, find, isMap } from '../tree.ts';
import type { DocumentContent } from './content.ts';

export function blocksBelongToTheChain({ root, chain }: DocumentContent, report: Report): void {
  const list = find(root, ['policies', 'chain']);
  if (list?.kind !== 'list') return;
  const policy = childOf(root, 'policy');
  const names = isMap(policy) ? [...policy.entries.keys()] : [];
  const blocks = names.filter(isKind);
  // A name misspelt in one of the two places is one mistake, and `policy` of another shape is one as well.
  const meant = meantBy(names);
  const meantInChain = meantBy(chain);
  const isReadable = policy === undefined || isMap(policy);
  const seen = new Set<string>();
  for (const [i, item] of list.items.entries()) {
    const kind = item.kind === 'scalar' ? item.value : null;
    if (typeof kind !== 'string' || !isKind(kind)) continue;
    const at = ['policies', 'chain', i];
    if (seen.has(kind))
      report.of(root, at, 'E035', `\`${kind}\` is already in the chain`, 'remove one of the two');
    else if (isReadable && !blocks.includes(kind) && !meant.has(kind)) {
      const fix = `add \`policy.${kind}\`, or drop \`${kind}\` from the chain`;
      report.of(root, at, 'E003', `\`${kind}\` is in the chain but has no policy block`, fix);
    }
    seen.add(kind);
  }
  for (const kind of blocks.filter((block) => !chain.includes(block) && !meantInChain.has(block))) {
    const fix = `add \`${kind}\` to the chain, or remove the block`;
    const message = `\`${kind}\` is configured but never runs: it is not in the chain`;
    report.of(root, ['policy', kind], 'E036', message, fix);
  }
}

/** Each guess compares a name with every kind. */
const MAX_GUESSES = 100;

/** The kinds that names which are none most likely mean. */
function meantBy(names: readonly string[]): ReadonlySet<string | null> {
  const unknown = names.filter((name) => !isKind(name)).slice(0, MAX_GUESSES);
  return new Set(unknown.map((name) => nearest(name, KINDS)));
}
