/** `kt policy test`: what a policy document makes of its tests, on this machine and without a network. */
import { join } from 'node:path';
import type { Chain } from '../../gateway/engine/chain.ts';
import { type Compiled, compile } from '../../gateway/engine/compile.ts';
import { newState } from '../../gateway/engine/state.ts';
import type { Finding } from '../../lib/domain/finding.ts';
import { isKind, type Kind } from '../../lib/policy/kinds.ts';
import { MAX_DOCUMENT_BYTES } from '../../lib/policy/parse-tree.ts';
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { DEFAULT_DOCUMENT } from '../lint/find-documents.ts';
import { readBounded } from '../lint/read-bounded.ts';
import { findCases } from './find-cases.ts';
import type { PolicyCase } from './policy-case.ts';

export interface PolicyTestOptions {
  readonly json: boolean;
  readonly packDir: string;
  readonly allowUnenforced: readonly string[];
}

export async function runPolicyTest({ options, output }: Call<PolicyTestOptions>): Promise<ExitCode> {
  if (!options.json)
    throw usage('the flag --json is missing', 'The results are JSON, and there is no other form.');
  const file = join(options.packDir, DEFAULT_DOCUMENT);
  const read = await readBounded(file, MAX_DOCUMENT_BYTES);
  if (read.kind === 'unreadable') throw new Failure(EXIT.unknown, `${clean(file)}: ${read.why}`);
  const compiled = compile(read.bytes, { allowed: kindsOf(options.allowUnenforced) });
  if (compiled.kind === 'invalid') {
    output.json({ ok: false, results: [], errors: compiled.findings.filter(isError).map(errorView) });
    return EXIT.no;
  }
  const ready = requireEnforced(compiled);
  const cases = await findCases(options.packDir, file, read.bytes);
  if (cases.length === 0)
    throw new Failure(
      EXIT.unknown,
      `there is no test in ${clean(join(options.packDir, 'tests'))}, and none in ${clean(file)}`,
    );
  const results = cases.map((each) => resultOf(each, ready));
  const ok = results.every(({ passed }) => passed);
  output.json({ ok, results });
  if (ready.without.length > 0) output.note(`Without effect here: ${ready.without.join(', ')}`);
  return ok ? EXIT.ok : EXIT.no;
}

type Ready = Extract<Compiled, { kind: 'ready' }>;

/** Whether a test passes that goes through a policy nobody enforces is not known. */
function requireEnforced(compiled: Exclude<Compiled, { kind: 'invalid' }>): Ready {
  if (compiled.kind === 'ready') return compiled;
  const reasons = compiled.kinds.map(({ kind, why }) => `${kind}: ${why}`);
  const flags = compiled.kinds.map(({ kind }) => `--allow-unenforced ${kind}`).join(' ');
  throw new Failure(EXIT.unknown, 'the chain has kinds that cannot be enforced here', [
    ...reasons,
    `To test the rest: ${flags}`,
  ]);
}

function kindsOf(names: readonly string[]): ReadonlySet<Kind> {
  return new Set(
    names.map((name) => {
      if (isKind(name)) return name;
      throw usage(`--allow-unenforced: there is no kind ${JSON.stringify(clean(name))}`);
    }),
  );
}

/** What one test does to counts and totals is nothing to the next. */
function resultOf(
  { name, request, unreadable, expected }: PolicyCase,
  { chainWith, unenforced, without }: Ready,
) {
  const { verdict, reasonCode, results } = chainWith(newState()).evaluate(request, unreadable);
  const { verdict: wanted = verdict, reason_code: reason = reasonCode } = expected;
  return {
    name,
    verdict,
    reason_code: reasonCode,
    passed: verdict === wanted && reasonCode === reason,
    details: {
      expected,
      policy_results: results.map(policyResult),
      quality_scores: null,
      unenforced: unenforced.map(({ kind }) => kind),
      without_effect: without,
    },
  };
}

function policyResult({
  kind,
  phase,
  verdict,
  reasonCode,
  metadata,
}: ReturnType<Chain['evaluate']>['results'][number]) {
  return { kind, phase, verdict, reason_code: reasonCode, metadata };
}

const isError = ({ severity }: Finding) => severity === 'error';

function errorView({ code, path, message, suggestion, line, column }: Finding) {
  return { code, path, message, suggestion, line, column };
}
