/** SARIF 2.1.0: what code scanning takes. <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html> */
import type { Finding } from '../../../lib/domain/finding.ts';
import { CODES } from '../../../lib/policy/codes.ts';
import { VERSION } from '../../version.ts';
import type { LintedFile, LintResult } from '../lint-result.ts';
import { findingsOf } from '../lint-result.ts';
import { placeOf } from './places.ts';

const CODE_NAMES = Object.keys(CODES);

export function sarif(results: readonly LintResult[], { cwd }: { cwd: string }): string {
  const unreadable = results.filter((result) => result.kind === 'unreadable');
  const linted = results.filter((result) => result.kind === 'linted');
  const run = {
    tool: { driver: { name: 'kt policy lint', semanticVersion: VERSION, version: VERSION, rules: rules() } },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: unreadable.length === 0,
        toolExecutionNotifications: unreadable.map(({ file, why }) => ({
          level: 'error',
          message: { text: `cannot be read: ${why}` },
          locations: [{ physicalLocation: { artifactLocation: artifact(file, cwd) } }],
        })),
      },
    ],
    results: linted.flatMap((result) => resultsOf(result, cwd)),
  };
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function rules() {
  return Object.entries(CODES).map(([id, { title, severity }]) => ({
    id,
    shortDescription: { text: title },
    help: { text: `What it means and what to do: docs/lint.md#${id.toLowerCase()}` },
    defaultConfiguration: { level: severity },
  }));
}

function resultsOf(result: LintedFile, cwd: string) {
  return findingsOf(result).map((finding) => ({
    ruleId: finding.code,
    ruleIndex: CODE_NAMES.indexOf(finding.code),
    level: finding.severity,
    message: {
      text: finding.suggestion === '' ? finding.message : `${finding.message}\n${finding.suggestion}`,
    },
    locations: [locationOf(result.file, finding, cwd)],
  }));
}

function locationOf(file: string, { line, column, path }: Finding, cwd: string) {
  return {
    physicalLocation: {
      artifactLocation: artifact(file, cwd),
      region: { startLine: line, startColumn: column },
    },
    ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
  };
}

/** Relative to the root of the checkout, which is what `%SRCROOT%` stands for. */
function artifact(file: string, cwd: string) {
  const uri = placeOf(file, cwd).split('/').map(encodeURIComponent).join('/');
  return { uri, uriBaseId: '%SRCROOT%' };
}
