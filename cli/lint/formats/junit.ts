/** JUnit: XML that most CI systems show as test results; a suite for each file, a failure for each error. */
import type { Finding } from '../../../lib/domain/finding.ts';
import type { LintResult } from '../lint-result.ts';
import { placeOf } from './places.ts';

export function junit(results: readonly LintResult[], { cwd }: { cwd: string }): string {
  const suites = results.map((result) => suiteOf(result, placeOf(result.file, cwd)));
  const sum = (count: (suite: Suite) => number) => suites.reduce((total, suite) => total + count(suite), 0);
  const attributes = `tests="${sum(({ tests }) => tests)}" failures="${sum(({ failures }) => failures)}" errors="${sum(({ errors }) => errors)}"`;
  const inner = suites.map(({ xml }) => xml).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="kt policy lint" ${attributes} time="0">\n${inner}</testsuites>\n`;
}

interface Suite {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly xml: string;
}

function suiteOf(result: LintResult, file: string): Suite {
  if (result.kind === 'unreadable') {
    const message = escapeXml(`cannot be read: ${result.why}`);
    return suite(file, { errors: 1 }, [
      testCase(file, 'can be read', `<error message="${message}" type="unreadable"/>`),
    ]);
  }
  const failures = result.errors.map((finding) => testCase(file, nameOf(finding), failure(file, finding)));
  // A warning fails nothing, so it is a test that passes and says something.
  const passes = result.valid ? [testCase(file, 'is a valid policy document', '')] : [];
  const warnings = result.warnings.map((finding) =>
    testCase(
      file,
      nameOf(finding),
      `<system-out>${escapeXml(`warning: ${detail(file, finding)}`)}</system-out>`,
    ),
  );
  return suite(file, { failures: failures.length }, [...passes, ...failures, ...warnings]);
}

function suite(
  file: string,
  counts: { failures?: number; errors?: number },
  cases: readonly string[],
): Suite {
  const { failures = 0, errors = 0 } = counts;
  const attributes = `name="${escapeXml(file)}" tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="0" time="0"`;
  return {
    tests: cases.length,
    failures,
    errors,
    xml: `  <testsuite ${attributes}>\n${cases.join('')}  </testsuite>\n`,
  };
}

function testCase(file: string, name: string, inner: string): string {
  const open = `    <testcase name="${escapeXml(name)}" classname="${escapeXml(file)}" file="${escapeXml(file)}" time="0"`;
  return inner === '' ? `${open}/>\n` : `${open}>${inner}</testcase>\n`;
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

/** What XML 1.0 cannot hold at all, even escaped: <https://www.w3.org/TR/xml/#charsets>. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, '\ufffd')
    .replace(/[&<>"'\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}
