/** Rule: every target has an id of its own, and whatever names a target names one that is there. */
import { didYouMean } from '../nearest.ts';
import type { Report } from '../report.ts';
import { PROVIDERS } from '../schema/providers.ts';
import { find, type Path } from '../tree.ts';
import { type DocumentContent, itemsOf, scalarAt } from './content.ts';

const TARGETS = ['providers', 'targets'];

/** Each compares a reference with every target; a file has room for thousands of both. */
const MAX_GUESSES = 20;

export function targetsAreThere(content: DocumentContent, report: Report): void {
  const { root } = content;
  const ids = uniqueIds(content, TARGETS, report);
  uniqueIds(content, [...content.blockPath('quality-scorer'), 'providers'], report);
  // Targets of another shape are somebody else's finding, and what they hold is not known.
  const declared = find(root, TARGETS);
  if (declared && declared.kind !== 'list') return;
  const known = [...ids.keys()];
  const targets = known.length === 0 ? 'there are no targets' : `targets: ${known.slice(0, 20).join(', ')}`;
  const references = [
    ...itemsOf(root, TARGETS).map((target) => [...target, 'fallback_to']),
    ...itemsOf(root, ['providers', 'ab_test', 'variants']).map((variant) => [...variant, 'provider_id']),
    ['providers', 'mirroring', 'mirror_target'],
  ];
  let guesses = MAX_GUESSES;
  for (const path of references) {
    const id = scalarAt(root, path);
    if (typeof id !== 'string' || id === '' || ids.has(id)) continue;
    const fix = guesses-- > 0 ? didYouMean(id, known, targets) : targets;
    report.ofValue(root, path, 'E041', `there is no target \`${id}\``, fix);
  }
  refuseCircles(content, ids, report);
  for (const target of itemsOf(root, TARGETS)) {
    const provider = scalarAt(root, [...target, 'provider']);
    if (typeof provider !== 'string' || provider === '' || PROVIDERS.includes(provider)) continue;
    const fix = didYouMean(provider, PROVIDERS, 'make sure that your gateways know it');
    report.ofValue(
      root,
      [...target, 'provider'],
      'E051',
      `\`${provider}\` is not a documented provider`,
      fix,
    );
  }
}

/** The first item with each id. */
function uniqueIds({ root }: DocumentContent, list: Path, report: Report): ReadonlyMap<string, Path> {
  const ids = new Map<string, Path>();
  for (const item of itemsOf(root, list)) {
    const id = scalarAt(root, [...item, 'id']);
    if (typeof id !== 'string') continue;
    if (ids.has(id))
      report.ofValue(root, [...item, 'id'], 'E040', `the id \`${id}\` is used twice`, 'give each its own');
    else ids.set(id, item);
  }
  return ids;
}

/** Each circle is reported once, where it closes. */
function refuseCircles({ root }: DocumentContent, ids: ReadonlyMap<string, Path>, report: Report): void {
  const done = new Set<string>();
  for (const start of ids.keys()) {
    const way: string[] = [];
    let id: string | null = start;
    while (id !== null && !done.has(id)) {
      done.add(id);
      way.push(id);
      const at: Path | undefined = ids.get(id);
      const next = at && scalarAt(root, [...at, 'fallback_to']);
      id = typeof next === 'string' ? next : null;
      if (at && id !== null && way.includes(id)) {
        const circle = [...way.slice(way.indexOf(id)), id].join(' → ');
        const message = `fallbacks go round in a circle: ${circle}`;
        report.ofValue(root, [...at, 'fallback_to'], 'E045', message, 'end the circle at one of them');
      }
    }
  }
}
