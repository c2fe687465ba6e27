/** One run of the tests of a pack: every case through a chain of its own. */
import { join } from 'node:path';
import { type Compiled, compile } from '../../gateway/engine/compile.ts';
import type { Prices } from '../../gateway/engine/prices.ts';
import { newState } from '../../gateway/engine/state.ts';
import type { Finding } from '../../lib/domain/finding.ts';
import type { Kind } from '../../lib/policy/kinds.ts';
import { MAX_DOCUMENT_BYTES } from '../../lib/policy/parse-tree.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { DEFAULT_DOCUMENT } from '../lint/find-documents.ts';
import { readBounded } from '../lint/read-bounded.ts';
import { findCases } from './find-cases.ts';
import type { PolicyCase } from './policy-case.ts';

export interface Pack {
  readonly packDir: string;
  readonly allowed: ReadonlySet<Kind>;
  readonly prices: Prices;
  readonly allowUnreadable: boolean;
}

export interface CaseResult {
  readonly file: string;
  readonly name: string;
  readonly verdict: string;
  readonly reasonCode: string;
  readonly passed: boolean;
  readonly expected: PolicyCase['expected'];
}

export interface Run {
  readonly code: ExitCode;
  /** As documented. */
  readonly report: object;
  readonly cases: readonly CaseResult[];
  /** Of a document that is not valid. */
  readonly errors: readonly Finding[];
  readonly withoutEffect: readonly string[];
}

/** Throws a `Failure` when it cannot tell. */
export async function runOnce({ packDir, ...options }: Pack): Promise<Run> {
  const file = join(packDir, DEFAULT_DOCUMENT);
  const read = await readBounded(file, MAX_DOCUMENT_BYTES);
  if (read.kind === 'unreadable') throw new Failure(EXIT.unknown, `${clean(file)}: ${read.why}`);
  const compiled = compile(read.bytes, options);
  if (compiled.kind === 'invalid') {
    const errors = compiled.findings.filter(({ severity }) => severity === 'error');
    const report = { ok: false, results: [], errors: errors.map(errorView) };
    return { code: EXIT.no, report, cases: [], errors, withoutEffect: [] };
  }
  const ready = requireEnforced(compiled);
  const found = await findCases(packDir, file, read.bytes);
  if (found.length === 0)
    throw new Failure(
      EXIT.unknown,
      `there is no test in ${clean(join(packDir, 'tests'))}, and none in ${clean(file)}`,
    );
  const results = found.map((each) => resultOf(each, ready));
  const ok = results.every(({ result }) => result.passed);
  return {
    code: ok ? EXIT.ok : EXIT.no,
    report: { ok, results: results.map(({ view }) => view) },
    cases: results.map(({ result }) => result),
    errors: [],
    withoutEffect: ready.without,
  };
}

type Ready = Extract<Compiled, { kind: 'ready' }>;

/** Whether a test passes that goes through a policy nobody enforces is not known. */
function requireEnforced(compiled: Exclude<Compiled, { kind: 'invalid' }>): Ready {
  if (compiled.kind === 'ready') return compiled;
  const reasons = compiled.kinds.map(({ kind, why }) => `${kind}: ${clean(why)}`);
  const flags = compiled.kinds.map(({ kind }) => `--allow-unenforced ${kind}`).join(' ');
  throw new Failure(EXIT.unknown, 'the chain has kinds that cannot be enforced here', [
    ...reasons,
    `To test the rest: ${flags}`,
  ]);
}

/** What one test does to counts and totals is nothing to the next. */
function resultOf(each: PolicyCase, { chainWith, unenforced, without }: Ready) {
  const { name, file, request, unreadable, expected } = each;
  const { verdict, reasonCode, results } = chainWith(newState()).evaluate(request, unreadable);
  const { verdict: wanted = verdict, reason_code: reason = reasonCode } = expected;
  const passed = verdict === wanted && reasonCode === reason;
  const details = {
    expected,
    policy_results: results.map(({ kind, phase, verdict: given, reasonCode: code, metadata }) => ({
      kind,
      phase,
      verdict: given,
      reason_code: code,
      metadata,
    })),
    quality_scores: null,
    unenforced: unenforced.map(({ kind }) => kind),
    without_effect: without,
  };
  return {
    result: { file, name, verdict, reasonCode, passed, expected },
    view: { name, verdict, reason_code: reasonCode, passed, details },
  };
}

function errorView({ code, path, message, suggestion, line, column }: Finding) {
  return { code, path, message, suggestion, line, column };
}
