/** A document of a single policy: `policy` is its metadata, and the kind's own sections stand beside it. */
import * as z from 'zod';
import type { Checked } from './check-config.ts';
import { checkShape, type Naming } from './check-shape.ts';
import { nameOf } from './explain.ts';
import { isKind, SINGLE_KINDS } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import type { Report } from './report.ts';
import { type SingleKind, singleDocument } from './schema/document.ts';
import { packVersion } from './schema/pack.ts';
import { childOf, find, isMap, type MapTree, plain } from './tree.ts';

const METADATA = ['name', 'version', 'enabled'];
const BASICS = z.object({
  policy: z.object({ name: z.string(), version: packVersion(), enabled: z.boolean() }),
});
const ALLOWED = `only ${SINGLE_KINDS.join(', ')} can be a document of their own`;

const NAMING: Naming = {
  unknownKey: ([section, ...below]) =>
    section === 'policy' || (section === 'testing' && below.length > 0) ? 'E032' : 'E002',
  notOneOf: () => 'E034',
};

/** Told by `policy: {name, version, enabled}` where a configuration would have its kinds. */
export function isSingleDocument(root: MapTree): boolean {
  const policy = childOf(root, 'policy');
  if (childOf(root, 'pack') || childOf(root, 'policies') || !isMap(policy)) return false;
  return METADATA.some((key) => policy.entries.has(key));
}

/** Null when there is no telling which policy it is. */
export function checkSingleDocument(root: MapTree, report: Report): Checked | null {
  const kind = kindOf(root, report);
  if (kind === null) return null;
  const schema = singleDocument(kind);
  checkShape(schema, root, NAMING, report);
  return {
    // The block of another kind stands nowhere in such a document.
    content: { root, schema, chain: [kind], blockPath: (of) => (of === kind ? [] : ['policy', of]) },
    document: () => {
      const pack = { ...BASICS.parse(plain(root)).policy, id: null, author: '', description: '' };
      return { pack, kind: 'single', chain: [kind] };
    },
  };
}

function kindOf(root: MapTree, report: Report): SingleKind | null {
  const at = ['policy', 'name'];
  const found = find(root, at);
  const name = found?.kind === 'scalar' ? found.value : null;
  const kind = SINGLE_KINDS.find((single) => single === name);
  if (kind) return kind;
  if (!found) report.of(root, at, 'E031', '`name` is required', ALLOWED);
  else if (typeof name !== 'string')
    report.ofValue(root, at, 'E033', `expected text, found ${nameOf(found)}`, ALLOWED);
  else if (isKind(name))
    report.ofValue(root, at, 'E039', `\`${name}\` needs \`pack\` and \`policies\``, ALLOWED);
  else
    report.ofValue(
      root,
      at,
      'E001',
      `unknown policy kind \`${name}\``,
      didYouMean(name, SINGLE_KINDS, ALLOWED),
    );
  return null;
}
