/** JUnit for lint: a suite for each file, a failure for each error. */
import type { Finding } from '../../../lib/domain/finding.ts';
import { escapeXml, type JunitSuite, junitCase, junitOf, junitSuite } from '../../junit-xml.ts';
import type { LintResult } from '../lint-result.ts';
import { placeOf } from './places.ts';

export function junit(results: readonly LintResult[], { cwd }: { cwd: string }): string {
  return junitOf(
    'kt policy lint',
    results.map((result) => suiteOf(result, placeOf(result.file, cwd))),
  );
}

function suiteOf(result: LintResult, file: string): JunitSuite {
  if (result.kind === 'unreadable') {
    const message = escapeXml(`cannot be read: ${result.why}`);
    return junitSuite(file, { errors: 1 }, [
      junitCase(file, 'can be read', `<error message="${message}" type="unreadable"/>`),
    ]);
  }
  const failures = result.errors.map((finding) => junitCase(file, nameOf(finding), failure(file, finding)));
  // A warning fails nothing, so it is a test that passes and says something.
  const passes = result.valid ? [junitCase(file, 'is a valid policy document', '')] : [];
  const warnings = result.warnings.map((finding) =>
    junitCase(
      file,
      nameOf(finding),
      `<system-out>${escapeXml(`warning: ${detail(file, finding)}`)}</system-out>`,
    ),
  );
  return junitSuite(file, { failures: failures.length }, [...passes, ...failures, ...warnings]);
}

const nameOf = ({ code, path }: Finding) => (path === '' ? code : `${code} ${path}`);

function failure(file: string, finding: Finding): string {
  const message = `message="${escapeXml(finding.message)}" type="${finding.code}"`;
  return `<failure ${message}>${escapeXml(detail(file, finding))}</failure>`;
}

function detail(file: string, { line, column, path, message, suggestion }: Finding): string {
  const where = path === '' ? '' : ` (${path})`;
  return `${file}:${line}:${column}: ${message}${where}${suggestion === '' ? '' : `\nhelp: ${suggestion}`}`;
}
