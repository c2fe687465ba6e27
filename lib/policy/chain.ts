/** `policies.chain` and the `policy` blocks it configures. */
import * as z from 'zod';
import { BLOCK_SCHEMAS } from './block-schemas.ts';
import { checkSchema, mappingAt } from './check-schema.ts';
import { isKind, KINDS } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import type { Report } from './report.ts';
import { childOf, find, isMap, type MapTree, type Path } from './tree.ts';

const POLICIES = z.strictObject({ chain: z.array(z.string()).min(1) });

/** The chain as written; null when it is not a list of names. */
export function checkChain(root: MapTree, report: Report): readonly string[] | null {
  if (!childOf(root, 'policies')) {
    report.of(root, ['policies'], 'E031', '`policies` is required', 'add `policies: {chain: [...]}`');
    return null;
  }
  const chain = checkSchema(POLICIES, root, ['policies'], report)?.chain ?? null;
  checkNames(root, report);
  return chain;
}

/** Also looks at the names of a chain that holds something else as well. */
function checkNames(root: MapTree, report: Report): void {
  const list = find(root, ['policies', 'chain']);
  const seen = new Set<string>();
  for (const [i, item] of list?.kind === 'list' ? list.items.entries() : []) {
    const kind = item.kind === 'scalar' ? item.value : null;
    if (typeof kind !== 'string') continue;
    const at = ['policies', 'chain', i];
    if (!isKind(kind)) unknownKind(kind, root, at, report);
    else if (seen.has(kind))
      report.of(root, at, 'E035', `\`${kind}\` is already in the chain`, 'remove one of the two');
    seen.add(kind);
  }
}

/** `chain` is null when it is unusable, and then nothing is said about what belongs together. */
export function checkBlocks(root: MapTree, chain: readonly string[] | null, report: Report): void {
  const policy = childOf(root, 'policy') && mappingAt(root, ['policy'], report);
  for (const kind of policy?.entries.keys() ?? []) {
    const at = ['policy', kind];
    if (!isKind(kind)) unknownKind(kind, root, at, report);
    else if (mappingAt(root, at, report)) {
      const schema = BLOCK_SCHEMAS[kind];
      if (schema) checkSchema(schema, root, at, report, 'E002');
    }
  }
  if (chain) checkPairing(root, chain, report);
}

function checkPairing(root: MapTree, chain: readonly string[], report: Report): void {
  const policy = childOf(root, 'policy');
  const configured = isMap(policy) ? [...policy.entries.keys()].filter(isKind) : [];
  chain.forEach((kind, i) => {
    if (!isKind(kind) || configured.includes(kind) || chain.indexOf(kind) < i) return;
    const fix = `add \`policy.${kind}\`, or drop \`${kind}\` from the chain`;
    report.of(
      root,
      ['policies', 'chain', i],
      'E003',
      `\`${kind}\` is in the chain but has no policy block`,
      fix,
    );
  });
  for (const kind of configured) {
    if (chain.includes(kind)) continue;
    const fix = `add \`${kind}\` to the chain, or remove the block`;
    report.of(
      root,
      ['policy', kind],
      'E036',
      `\`${kind}\` is configured but never runs: it is not in the chain`,
      fix,
    );
  }
}

function unknownKind(kind: string, root: MapTree, at: Path, report: Report): void {
  report.of(
    root,
    at,
    'E001',
    `unknown policy kind \`${kind}\``,
    didYouMean(kind, KINDS, 'see the list of kinds'),
  );
}
