/** The forms of lint results that CI systems read: right for those who read them, whatever is in a document. */
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { FORMATS, type Format } from '../../../cli/lint/formats/formats.ts';
import { lintBytes } from '../../../cli/lint/lint.ts';
import type { LintResult } from '../../../cli/lint/lint-result.ts';
import { SARIF_SCHEMA } from './sarif-schema.ts';
import { parseXml } from './xml.ts';

const VALID = `pack: {name: a, version: 1.0.0, enabled: true}
policies: {chain: [spend-limit]}
policy: {spend-limit: {max_daily_usd: 5}}
`;
const WRONG = VALID.replace('chain: [', 'chain: [\n  pii-detectr,\n  ').replace(
  'policy:',
  'other: 1\npolicy:',
);
/** Everything that means something to one of the formats. */
const HOSTILE = VALID.replace(
  'policy: {',
  'policy: {"%0A<b>&amp;]]>,a:b::c\\r\\n\\u0007\\ud83d\\ude00\'\\"": {}, ',
);

const CWD = '/checkout';
const formats = Object.fromEntries(
  await Promise.all(Object.entries(FORMATS).map(async ([name, load]) => [name, await load()] as const)),
);
function text(format: Format, ...results: LintResult[]): string {
  const formatted = formats[format];
  if (!formatted) throw new Error(`there is no format ${format}`);
  return formatted(results, { several: true, paint: (_, words) => words, cwd: CWD });
}
const of = (document: string, file = 'policies/a.yaml') => lintBytes(file, Buffer.from(document));
const UNREADABLE: LintResult = { kind: 'unreadable', file: 'gone.yaml', why: 'there is no such file' };

describe('GitHub workflow commands', () => {
  /** As the runner reads a line. */
  function parse(line: string) {
    const [, name, properties = '', data = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
    const decoded = (words: string) =>
      words
        .replaceAll('%0D', '\r')
        .replaceAll('%0A', '\n')
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',')
        .replaceAll('%25', '%');
    const pairs = properties.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), decoded(pair.slice(at + 1))];
    });
    return { name, properties: Object.fromEntries(pairs), message: decoded(data) };
  }

  it('annotate each finding at its line, by the path from the root of the checkout', () => {
    const lines = text('github', of(WRONG, '/checkout/policies/a.yaml')).trimEnd().split('\n').map(parse);
    expect(lines).toMatchObject([
      {
        name: 'error',
        properties: { file: 'policies/a.yaml', line: '3', col: '3', title: 'E001 policies.chain[0]' },
      },
      { name: 'error', properties: { file: 'policies/a.yaml', line: '5', col: '1', title: 'E032 other' } },
    ]);
    expect(lines[0]?.message).toContain('\nhelp: ');
  });

  it('come back as they were, whatever is in the document', () => {
    const result = of(HOSTILE, 'a,b::c%.yaml');
    const output = text('github', result);
    const lines = output.trimEnd().split('\n').map(parse);
    expect(lines).toHaveLength(result.errors.length + result.warnings.length);
    expect(lines[0]?.properties).toMatchObject({ file: 'a,b::c%.yaml', line: '3' });
    expect(lines[0]?.message).toContain(result.errors[0]?.message);
  });

  it('say so when a file cannot be read', () => {
    expect(text('github', UNREADABLE)).toMatch(/^::error file=gone\.yaml,.*::gone\.yaml cannot be read/);
  });
});

describe('GitLab Code Quality', () => {
  const issues = (...results: LintResult[]) => JSON.parse(text('gitlab', ...results));

  it('has the fields that GitLab asks for', () => {
    expect(issues(of(WRONG, './policies/a.yaml'))[0]).toEqual({
      description: expect.stringContaining('pii-detectr'),
      check_name: 'E001',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'major',
      location: { path: 'policies/a.yaml', lines: { begin: 3 } },
    });
    expect(issues(of(VALID))).toEqual([]);
    expect(issues(UNREADABLE)).toMatchObject([{ severity: 'blocker', location: { path: 'gone.yaml' } }]);
  });

  it('knows an issue again when lines move, and tells apart what differs', () => {
    const prints = (document: string, file?: string): string[] =>
      issues(of(document, file)).map(({ fingerprint }: { fingerprint: string }) => fingerprint);
    const before = prints(WRONG);
    expect(prints(`# one line\n# and another\n${WRONG}`)).toEqual(before);
    expect(new Set(before).size).toBe(before.length);
    expect(prints(WRONG, 'policies/b.yaml').some((print) => before.includes(print))).toBe(false);
    expect(new Set(prints('a: 1\nb: 1\n---\n')).size).toBe(prints('a: 1\nb: 1\n---\n').length);
  });
});

describe('SARIF', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('uri', (uri: string) => URL.canParse(uri));
  ajv.addFormat(
    'uri-reference',
    (uri: string) => /^[\w.~%!$&'()*+;=:@/?#-]*$/.test(uri) && !/%(?![0-9A-F]{2})/.test(uri),
  );
  const validate = ajv.compile(SARIF_SCHEMA);

  it.each([
    ['nothing wrong', [of(VALID)]],
    ['errors', [of(WRONG), of(VALID, 'b.yaml')]],
    ['what is meant to break it', [of(HOSTILE, 'a b/%41,ä.yaml')]],
    ['a file that cannot be read', [UNREADABLE, of(VALID, '<stdin>')]],
  ])('is what the standard asks for: %s', (_, results) => {
    expect(validate(JSON.parse(text('sarif', ...results))) || validate.errors).toBe(true);
  });

  it('names the rule of each result, and the place from the root of the checkout', () => {
    const [run] = JSON.parse(text('sarif', of(WRONG, '/checkout/p q/a.yaml'))).runs;
    const [first] = run.results;
    expect(run.tool.driver.rules[first.ruleIndex].id).toBe(first.ruleId);
    expect(first).toMatchObject({
      ruleId: 'E001',
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'p%20q/a.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3, startColumn: 3 },
          },
          logicalLocations: [{ fullyQualifiedName: 'policies.chain[0]' }],
        },
      ],
    });
  });

  it('says that the run was no success when a file could not be read', () => {
    const [run] = JSON.parse(text('sarif', UNREADABLE)).runs;
    expect(run.invocations).toMatchObject([{ executionSuccessful: false }]);
  });
});

describe('JUnit', () => {
  it('is a suite for each file, with a failure for each error', () => {
    const root = parseXml(text('junit', of(WRONG), of(VALID, 'b.yaml'), UNREADABLE));
    expect(root).toMatchObject({
      name: 'testsuites',
      attributes: { tests: '4', failures: '2', errors: '1' },
    });
    const [wrong, valid, unreadable] = root.children;
    expect(wrong?.attributes).toMatchObject({ name: 'policies/a.yaml', tests: '2', failures: '2' });
    expect(wrong?.children[0]?.children[0]).toMatchObject({
      name: 'failure',
      attributes: { type: 'E001' },
      text: expect.stringContaining('policies/a.yaml:3:3: '),
    });
    expect(valid?.children).toMatchObject([{ name: 'testcase', children: [] }]);
    expect(unreadable?.children[0]?.children[0]).toMatchObject({ name: 'error' });
  });

  it('passes a warning, and says it', () => {
    const bare = of(VALID.replace('chain: [', 'chain: [prompt-injection, '));
    const root = parseXml(text('junit', bare));
    expect(root.attributes).toMatchObject({ tests: '2', failures: '0' });
    expect(root.children[0]?.children[1]?.children).toMatchObject([{ name: 'system-out' }]);
  });

  it('is well-formed, whatever is in the document', () => {
    const hostile = of(HOSTILE, 'a<b>"&\'.yaml');
    const control = {
      ...hostile,
      errors: hostile.errors.map((error) => ({ ...error, message: '\u0000\u001b\ud800<x>&' })),
    };
    const root = parseXml(text('junit', hostile, control));
    expect(root.children[0]?.attributes['name']).toBe('a<b>"&\'.yaml');
    const said = root.children[0]?.children[0]?.children[0];
    expect(said?.attributes['message']).toContain('%0A<b>&amp;]]>,a:b::c');
    expect(root.children[1]?.children[0]?.children[0]?.attributes['message']).toBe('\ufffd\ufffd\ufffd<x>&');
  });
});

describe('text', () => {
  it('has nothing in it that moves the cursor or breaks a line', () => {
    const output = text('text', of(HOSTILE, 'a\u001b[2J\n.yaml'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the question
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(output.split('\n').filter((line) => line.startsWith('.yaml'))).toEqual([]);
  });
});
