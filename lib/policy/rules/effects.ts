/** Rule: every setting has the effect it seems to have. All of these are warnings. */
import type { Report } from '../report.ts';
import { find, type Path, pathText } from '../tree.ts';
import { type DocumentContent, noted, scalarAt, textsIn, valuesOf } from './content.ts';

const FUZZY = ['dlp-filter', 'safety-filter', 'entity-list-filter', 'itar-ear-filter'];

export function effectsAreCertain(content: DocumentContent, report: Report): void {
  const { root } = content;
  const isConfig = find(root, ['pack']) ?? find(root, ['policies']);
  const at = [isConfig ? 'pack' : 'policy', 'enabled'];
  if (scalarAt(root, at) === false)
    report.ofValue(root, at, 'E049', 'it is switched off: nothing in this file is enforced');
  for (const kind of FUZZY) {
    const block = content.blockPath(kind);
    const at = [...block, 'max_distance'];
    const isFuzzy = find(root, [...block, 'fuzzy_matching']);
    if (!find(root, at) || (isFuzzy && scalarAt(root, [...block, 'fuzzy_matching']) !== false)) continue;
    const message = '`max_distance` has no effect without `fuzzy_matching: true`';
    report.of(root, at, 'E047', message, 'add it, or remove `max_distance`');
  }
  const lists = new Set<string>();
  for (const { path, tree } of noted(content, 'open')) {
    if (tree.kind !== 'map' || tree.entries.size === 0) continue;
    const name = path.findLast((step) => typeof step === 'string');
    const isItem = typeof path.at(-1) === 'number';
    // Once for all items of a list.
    const list = pathText(path.slice(0, -1));
    if (isItem && lists.has(list)) continue;
    if (isItem) lists.add(list);
    const fields = isItem ? `the fields of what \`${name}\` holds` : `the fields of \`${name}\``;
    const message = `${fields} are not documented, so they are not checked`;
    report.of(root, path, 'E050', message, 'make sure that your gateways read them');
  }
  if (content.chain.includes('prompt-injection')) unsettledAction(content, report);
  const firewall = content.blockPath('agent-firewall');
  const roles = valuesOf(root, [...firewall, 'tools', 'roles']);
  const tools: readonly Path[] = [
    [...firewall, 'allowed_tools'],
    [...firewall, 'blocked_tools'],
    ...roles.flatMap((role) => [
      [...role, 'allowed'],
      [...role, 'denied'],
    ]),
  ];
  for (const list of tools) unsettledGlobs(content, list, report);
}

function unsettledAction({ root, blockPath }: DocumentContent, report: Report): void {
  const at = [...blockPath('prompt-injection'), 'response', 'action'];
  const action = scalarAt(root, at);
  if (action !== 'log' && action !== 'escalate') return;
  const message = `gateways may block all the same: whether \`${action}\` is honoured is documented both ways`;
  report.ofValue(root, at, 'E052', message, 'write `block`');
}

function unsettledGlobs({ root }: DocumentContent, list: Path, report: Report): void {
  for (const [i, tool] of textsIn(find(root, list)).entries()) {
    if (tool === '*' || !/[*?[\]]/.test(tool)) continue;
    const message = `\`${tool}\` is read as a pattern or as an exact name: it is documented both ways`;
    report.ofValue(root, [...list, i], 'E052', message, 'name each tool');
  }
}
