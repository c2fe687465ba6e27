/** Rule: no secret in the file, since the file is in git. Findings never show the value. */
import type { Report } from '../report.ts';
import { isText, type Path, type Tree } from '../tree.ts';
import { type DocumentContent, noted } from './content.ts';

/** How well-known credentials look, each from its issuer's documentation. */
const CREDENTIALS: readonly (readonly [what: string, looks: RegExp])[] = [
  ['an API key of Anthropic', /^sk-ant-[\w-]{20,}$/],
  ['an API key of OpenAI', /^sk-(?:proj-|svcacct-)?[\w-]{20,}$/],
  ['an access key of AWS', /^(?:AKIA|ASIA)[0-9A-Z]{16}$/],
  ['an API key of Google', /^AIza[\w-]{35}$/],
  ['a token of GitHub', /^(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\w{22,})$/],
  ['a token of GitLab', /^gl(?:pat|dt|rt|ptt)-[\w.-]{20,}$/],
  ['a token of Slack', /^xox[abeprs]-[\w-]{10,}$/],
  ['a token of Hugging Face', /^hf_[A-Za-z0-9]{30,}$/],
  ['a token of this control plane', /^kt_(?:live|gk)_\w{20,}$/],
  ['a private key', /^-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a signed web token', /^eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}$/],
];

const FIX =
  'keep it in a secret store, write `secret_key_ref: {env: NAME}` or `{store: NAME}`, and replace it: git remembers';

export function noSecrets(content: DocumentContent, report: Report): void {
  const named = noted(content, 'secret').filter(({ tree }) => isText(tree) && tree.value.trim() !== '');
  for (const { path } of named) {
    const message = `\`${path.at(-1)}\` holds a secret in the file`;
    report.ofValue(content.root, path, 'E042', message, FIX);
  }
  const known = new Set(named.map(({ tree }) => tree));
  const visit = (tree: Tree, path: Path): void => {
    if (tree.kind === 'list') for (const [i, item] of tree.items.entries()) visit(item, [...path, i]);
    else if (tree.kind === 'map') {
      for (const [key, { value }] of tree.entries) {
        // Cases of tests are made up to look like secrets.
        if (path.length > 0 || key !== 'testing') visit(value, [...path, key]);
      }
    } else if (isText(tree) && !known.has(tree)) {
      const value = tree.value.trim();
      const what = CREDENTIALS.find(([, looks]) => looks.test(value))?.[0];
      if (what)
        report.ofValue(
          content.root,
          path,
          'E042',
          `this text of ${value.length} characters looks like ${what}`,
          FIX,
        );
    }
  };
  visit(content.root, []);
}
