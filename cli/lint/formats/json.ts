/** JSON: the documented object for one file, and an array of them for more. */
import type { Finding } from '../../../lib/domain/finding.ts';
import type { LintResult } from '../lint-result.ts';

/** `several` is about what was asked for: a directory gives an array also when one file is in it. */
export function json(results: readonly LintResult[], { several }: { several: boolean }): string {
  const views = results.map(viewOf);
  return `${JSON.stringify(several ? views : (views[0] ?? null), null, 2)}\n`;
}

function viewOf(result: LintResult) {
  const { file } = result;
  // Null: neither valid nor invalid. The list is there so that what reads `.errors[]` need not ask.
  if (result.kind === 'unreadable') return { valid: null, file, errors: [], error: result.why };
  const warnings = result.warnings.map(findingView);
  if (!result.document) return { valid: false, file, errors: result.errors.map(findingView), warnings };
  const { pack, chain } = result.document;
  const { name, version } = pack;
  return { valid: true, file, pack: { name, version }, chain, policy_count: chain.length, warnings };
}

function findingView({ code, path, message, suggestion, line, column }: Finding) {
  return { code, path, message, suggestion, line, column };
}
