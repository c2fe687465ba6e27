/** Check a policy document: may gateways run it, and if not, what is wrong and where? */
import type { Finding } from '../domain/finding.ts';
import { checkConfigDocument } from './check-config.ts';
import { checkSingleDocument, isSingleDocument } from './check-single.ts';
import { CODES, isCode } from './codes.ts';
import { nameOf } from './explain.ts';
import { parseTree } from './parse-tree.ts';
import type { Report } from './report.ts';
import { RULES } from './rules/registry.ts';
import type { Pack } from './schema/pack.ts';
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

export interface CheckOptions {
  /** A kind without a block (E003) is an error. Default false. */
  readonly strict?: boolean;
}

/** Never throws, whatever the bytes. What cannot be parsed is reported alone; all else in one run. */
export function checkDocument(bytes: Uint8Array, { strict = false }: CheckOptions = {}): DocumentCheck {
  const { tree, report } = parseTree(bytes, strict);
  const document = tree && checkTree(tree, report);
  const findings = report.findings();
  if (document && !report.hasErrors) return { kind: 'valid', document: document(), warnings: findings };
  return { kind: 'invalid', class: classOf(findings), findings };
}

/** Null when there is nothing to look at closer; else what to ask for the document if nothing is wrong with it. */
function checkTree(tree: Tree, report: Report): (() => CheckedDocument) | null {
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
  const checked = isSingleDocument(tree)
    ? checkSingleDocument(tree, report)
    : checkConfigDocument(tree, report);
  if (checked) for (const rule of RULES) rule(checked.content, report);
  return checked?.document ?? null;
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
