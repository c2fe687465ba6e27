/** Check a policy document: may gateways run it, and if not, what is wrong and where? */
import type { Finding } from '../domain/finding.ts';
import { nameOf } from './check-schema.ts';
import { CODES, type Code } from './codes.ts';
import { checkConfigDocument } from './config-document.ts';
import type { Pack } from './pack.ts';
import { parseTree } from './parse-tree.ts';
import type { Report } from './report.ts';
import { checkSingleDocument, isSingleDocument } from './single-document.ts';
import { childOf, isMap, type MapTree, type Tree } from './tree.ts';

export interface CheckedDocument {
  /** For a document of a single policy: the policy's own name, version and switch. */
  readonly pack: Pack;
  readonly kind: 'config' | 'single';
  readonly chain: readonly string[];
}

export type DocumentCheck =
  | { readonly kind: 'valid'; readonly document: CheckedDocument; readonly warnings: readonly Finding[] }
  | {
      readonly kind: 'invalid';
      readonly class: 'parse' | 'validation' | 'too_large';
      /** Errors and warnings, in file order. */
      readonly findings: readonly Finding[];
    };

/** Never throws, whatever the bytes. What cannot be parsed is reported alone; all else in one run. */
export function checkDocument(bytes: Uint8Array): DocumentCheck {
  const { tree, report } = parseTree(bytes);
  const document = tree && checkShape(tree, report);
  const findings = report.findings();
  if (document && !report.hasErrors) return { kind: 'valid', document, warnings: findings };
  return { kind: 'invalid', class: classOf(findings), findings };
}

function checkShape(tree: Tree, report: Report): CheckedDocument | null {
  if (!isMap(tree)) {
    const expected = 'start with `pack:` and `policies:`';
    report.at(tree.offset, 'E030', `a policy document is a mapping, found ${nameOf(tree)}`, expected);
    return null;
  }
  if (isLegacy(tree)) {
    const expected =
      'use `pack: {name, version, enabled}`, `policies: {chain: [...]}` and one `policy.<kind>` block per kind';
    report.at(tree.offset, 'E037', 'this is an older document shape that gateways no longer read', expected);
    return null;
  }
  return isSingleDocument(tree) ? checkSingleDocument(tree, report) : checkConfigDocument(tree, report);
}

/** `version: "1"` with a list of policies, or `input_policies` and `output_policies`. */
function isLegacy(root: MapTree): boolean {
  if (childOf(root, 'input_policies') || childOf(root, 'output_policies')) return true;
  return childOf(root, 'policies')?.kind === 'list';
}

function classOf(findings: readonly Finding[]): 'parse' | 'validation' | 'too_large' {
  const error = findings.find(({ severity }) => severity === 'error');
  return error && isCode(error.code) ? CODES[error.code].class : 'validation';
}

function isCode(code: string): code is Code {
  return Object.hasOwn(CODES, code);
}
