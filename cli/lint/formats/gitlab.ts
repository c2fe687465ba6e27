/** GitLab: a Code Quality report, shown in merge requests. */
import { sha256Hex } from '../../../lib/domain/ids.ts';
import type { LintResult } from '../lint-result.ts';
import { findingsOf } from '../lint-result.ts';
import { placeOf } from './places.ts';

interface Issue {
  readonly description: string;
  readonly check_name: string;
  readonly fingerprint: string;
  readonly severity: 'info' | 'minor' | 'major' | 'critical' | 'blocker';
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

export function gitlab(results: readonly LintResult[], { cwd }: { cwd: string }): string {
  const issues = results.flatMap((result) => issuesOf(result, placeOf(result.file, cwd)));
  return `${JSON.stringify(issues, null, 2)}\n`;
}

function issuesOf(result: LintResult, path: string): Issue[] {
  const fingerprint = fingerprints(path);
  if (result.kind === 'unreadable') {
    return [
      {
        description: `cannot be read: ${result.why}`,
        check_name: 'unreadable',
        fingerprint: fingerprint('unreadable'),
        severity: 'blocker',
        location: { path, lines: { begin: 1 } },
      },
    ];
  }
  return findingsOf(result).map((finding) => ({
    description: finding.suggestion === '' ? finding.message : `${finding.message}; ${finding.suggestion}`,
    check_name: finding.code,
    fingerprint: fingerprint(finding.code, finding.path, finding.message),
    severity: finding.severity === 'error' ? 'major' : 'minor',
    location: { path, lines: { begin: finding.line } },
  }));
}

/**
 * GitLab tells new issues from known ones by this. What is found, and not where: a line added above must not make an
 * issue new. The same again in one file is told by its count.
 */
function fingerprints(file: string) {
  const seen = new Map<string, number>();
  return (...parts: readonly string[]): string => {
    const key = JSON.stringify([file, ...parts]);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return sha256Hex(`${key}#${count}`);
  };
}
