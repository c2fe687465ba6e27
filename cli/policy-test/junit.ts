/** JUnit for policy tests: a suite for each file, a failure for each test that does not pass. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../lib/domain/finding.ts';
import { clean } from '../clean.ts';
import { EXIT } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { escapeXml, type JunitSuite, junitCase, junitOf, junitSuite } from '../junit-xml.ts';
import { DEFAULT_DOCUMENT } from '../lint/find-documents.ts';
import { placeOf } from '../lint/formats/places.ts';
import { reasonOf } from '../lint/read-bounded.ts';
import type { CaseResult, Run } from './run-once.ts';

const NAME = 'kt policy test';

export function junitOfRun({ cases, errors }: Run, packDir: string, cwd: string): string {
  const place = (file: string) => placeOf(file, cwd);
  const byFile = new Map<string, CaseResult[]>();
  for (const each of cases) byFile.set(each.file, [...(byFile.get(each.file) ?? []), each]);
  const suites = [...byFile].map(([file, results]) => suiteOf(place(file), results));
  const document = place(join(packDir, DEFAULT_DOCUMENT));
  return junitOf(NAME, errors.length === 0 ? suites : [invalidSuite(document, errors)]);
}

/** What could not be told is an error, not a failure. */
export function junitOfFailure({ message, advice }: Failure): string {
  const text = escapeXml([message, ...advice].join('\n'));
  const error = `<error message="${escapeXml(message)}" type="cannot tell">${text}</error>`;
  return junitOf(NAME, [junitSuite(NAME, { errors: 1 }, [junitCase(NAME, 'can be run', error)])]);
}

/** Whole or not at all: a CI system may read it at any time. */
export async function writeJunit(file: string, xml: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await writeFile(partial, xml);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw new Failure(EXIT.unknown, `--junit ${clean(file)}: ${reasonOf(error)}`);
  }
}

function suiteOf(file: string, results: readonly CaseResult[]): JunitSuite {
  const failures = results.filter(({ passed }) => !passed).length;
  return junitSuite(
    file,
    { failures },
    results.map((each) => junitCase(file, each.name, each.passed ? '' : failure(each))),
  );
}

function failure({ verdict, reasonCode, expected }: CaseResult): string {
  const wanted = [expected.verdict, expected.reason_code].filter((each) => each !== undefined).join(' ');
  const message = escapeXml(`expected ${wanted}, and it is ${verdict} ${reasonCode}`);
  return `<failure message="${message}" type="${escapeXml(reasonCode)}"/>`;
}

function invalidSuite(file: string, errors: readonly Finding[]): JunitSuite {
  const cases = errors.map(({ code, path, message, line, column }) => {
    const text = escapeXml(`${file}:${line}:${column}: ${message}`);
    const inner = `<failure message="${escapeXml(message)}" type="${code}">${text}</failure>`;
    return junitCase(file, path === '' ? code : `${code} ${path}`, inner);
  });
  return junitSuite(file, { failures: cases.length }, cases);
}
