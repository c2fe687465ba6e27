/** Rule: no secret in the file, since the file is in git. Findings never show the value. */
import { credentialIn } from '../credentials.ts';
import type { Report } from '../report.ts';
import { isText, type Path, type Tree } from '../tree.ts';
import { type DocumentContent, noted } from './content.ts';

const FIX =
  'keep it in a secret store, write `secret_key_ref: {env: NAME}` or `{store: NAME}`, and replace it: git remembers';

export function noSecrets(content: DocumentContent, report: Report): void {
  const named = noted(content, 'secret').filter(({ tree }) => isText(tree) && tree.value.trim() !== '');
  for (const { path } of named) {
    const message = `\`${path.at(-1)}\` holds a secret in the file`;
    report.ofValue(content.root, path, 'E042', message, FIX);
  }
  const known = new Set(named.map(({ tree }) => tree));
  const say = (path: Path, text: string) => {
    const what = credentialIn(text);
    if (!what) return;
    const message = `this text of ${text.length} characters holds ${what}`;
    report.ofValue(content.root, path, 'E042', message, FIX);
  };
  const visit = (tree: Tree, path: Path): void => {
    if (tree.kind === 'list') for (const [i, item] of tree.items.entries()) visit(item, [...path, i]);
    else if (tree.kind === 'map') {
      for (const [key, { value }] of tree.entries) {
        // Cases of tests are made up to look like secrets.
        if (path.length === 0 && key === 'testing') continue;
        say([...path, key], key);
        visit(value, [...path, key]);
      }
    } else if (isText(tree) && !known.has(tree)) say(path, tree.value.trim());
  };
  visit(content.root, []);
}
