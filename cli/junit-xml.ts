/** JUnit: XML that most CI systems show as test results. What the commands that write it have in common. */

export interface JunitSuite {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly xml: string;
}

export function junitOf(name: string, suites: readonly JunitSuite[]): string {
  const sum = (count: (suite: JunitSuite) => number) =>
    suites.reduce((total, suite) => total + count(suite), 0);
  const attributes = `tests="${sum(({ tests }) => tests)}" failures="${sum(({ failures }) => failures)}" errors="${sum(({ errors }) => errors)}"`;
  const inner = suites.map(({ xml }) => xml).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escapeXml(name)}" ${attributes} time="0">\n${inner}</testsuites>\n`;
}

export function junitSuite(
  file: string,
  counts: { failures?: number; errors?: number },
  cases: readonly string[],
): JunitSuite {
  const { failures = 0, errors = 0 } = counts;
  const attributes = `name="${escapeXml(file)}" tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="0" time="0"`;
  return {
    tests: cases.length,
    failures,
    errors,
    xml: `  <testsuite ${attributes}>\n${cases.join('')}  </testsuite>\n`,
  };
}

/** `inner`: what became of it, as XML; empty when it passed. */
export function junitCase(file: string, name: string, inner: string): string {
  const open = `    <testcase name="${escapeXml(name)}" classname="${escapeXml(file)}" file="${escapeXml(file)}" time="0"`;
  return inner === '' ? `${open}/>\n` : `${open}>${inner}</testcase>\n`;
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

export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, '\ufffd')
    .replace(/[&<>"'\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}
