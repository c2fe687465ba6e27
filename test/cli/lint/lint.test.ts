/** `kt policy lint` as people and scripts run it: a process, real files, and its exit code. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runKt } from '../../support/kt.ts';

const GOOD = `pack: {name: payments, version: 1.4.0, enabled: true}
policies: {chain: [pii-detector, audit-logger]}
policy:
  pii-detector: {action: redact}
  audit-logger: {retention_days: 365}
`;
const BARE = GOOD.replace('chain: [', 'chain: [prompt-injection, ');
const BAD = GOOD.replace('chain: [pii-detector', 'chain: [pii-detectr');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-lint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const lint = (args: readonly string[], stdin = '') =>
  runKt(['policy', 'lint', ...args], { cwd: folder, stdin });
const lintJson = async (args: readonly string[], stdin = '') => {
  const { code, stdout } = await lint(['--json', ...args], stdin);
  return { code, answer: JSON.parse(stdout) };
};

describe('kt policy lint, one file', () => {
  it('says that it is valid, with its pack, its chain and how many policies there are', async () => {
    write({ 'a.yaml': GOOD });
    const { code, stdout } = await lint(['--file', 'a.yaml']);
    expect(code).toBe(0);
    expect(stdout).toContain('a.yaml: valid');
    expect(stdout).toContain('payments 1.4.0');
    expect(stdout).toContain('pii-detector → audit-logger');
    expect(stdout).toContain('2 policies validated');
  });

  it('shows findings in the documented form, with their place in the file', async () => {
    write({ 'a.yaml': BAD });
    const { code, stdout } = await lint(['a.yaml']);
    expect(code).toBe(1);
    const lines = stdout.split('\n');
    const at = lines.findIndex((line) => line.startsWith('error[E001]: '));
    expect(lines[at + 1]).toBe('  --> policies.chain[0] (a.yaml:2:20)');
    expect(lines[at + 2]).toMatch(/^ {2}help: .*pii-detector/);
  });

  it('keeps scripts working that search for the documented form', async () => {
    write({ 'a.yaml': BAD });
    const { stdout } = await lint(['a.yaml']);
    const grep = (...args: string[]) => spawnSync('grep', args, { input: stdout, encoding: 'utf8' });
    expect(grep('-c', '^error\\[E001\\]: ').stdout.trim()).toBe('1');
    expect(grep('-F', '--', '--> policies.chain[0]').status).toBe(0);
    expect(grep('-A2', '^error').stdout).toContain('help: ');
  });

  it('answers with the documented object', async () => {
    write({ 'good.yaml': GOOD, 'bad.yaml': BAD });
    expect(await lintJson(['good.yaml'])).toEqual({
      code: 0,
      answer: {
        valid: true,
        file: 'good.yaml',
        pack: { name: 'payments', version: '1.4.0' },
        chain: ['pii-detector', 'audit-logger'],
        policy_count: 2,
        warnings: [],
      },
    });
    const { code, answer } = await lintJson(['--file', 'bad.yaml']);
    expect(code).toBe(1);
    expect(answer).toMatchObject({ valid: false, file: 'bad.yaml' });
    const [error] = answer.errors;
    expect(error).toMatchObject({ code: 'E001', path: 'policies.chain[0]', line: 2, column: 20 });
    expect(error.message).toContain('pii-detectr');
    expect(error.suggestion).toContain('pii-detector');
  });

  it('takes a kind without a block as a warning, and with --strict as an error', async () => {
    write({ 'a.yaml': BARE });
    const lenient = await lintJson(['a.yaml']);
    expect(lenient.code).toBe(0);
    expect(lenient.answer.warnings).toMatchObject([{ code: 'E003', path: 'policies.chain[0]' }]);
    const strict = await lintJson(['--strict', 'a.yaml']);
    expect(strict.code).toBe(1);
    expect(strict.answer.errors).toMatchObject([{ code: 'E003', path: 'policies.chain[0]' }]);
  });

  it('takes policy-config.yaml of the folder when nothing is named, and cannot tell without one', async () => {
    expect(await lint([])).toMatchObject({ code: 2, stdout: '' });
    write({ 'policy-config.yaml': GOOD });
    expect(await lint([])).toMatchObject({ code: 0 });
  });

  it('reads standard input, under a name that may be given', async () => {
    expect(await lintJson(['-'], GOOD)).toMatchObject({ code: 0, answer: { file: '<stdin>' } });
    const named = await lintJson(['--file', '-', '--stdin-name', 'from/pipe.yaml'], BAD);
    expect(named).toMatchObject({ code: 1, answer: { file: 'from/pipe.yaml' } });
  });

  it('finds broken YAML invalid, and a file that is not there neither valid nor invalid', async () => {
    write({ 'a.yaml': 'pack: [' });
    expect(await lintJson(['a.yaml'])).toMatchObject({ code: 1, answer: { valid: false } });
    const missing = await lintJson(['missing.yaml']);
    expect(missing).toMatchObject({
      code: 2,
      answer: { valid: null, file: 'missing.yaml', errors: [], error: 'there is no such file' },
    });
  });

  it('refuses a file that is too large without reading it whole, from a pipe too', async () => {
    write({ 'large.yaml': GOOD });
    truncateSync(join(folder, 'large.yaml'), 1024 ** 4); // a hole of a tebibyte: reading it would end this test
    const file = await lintJson(['large.yaml']);
    expect(file).toMatchObject({ code: 1, answer: { valid: false, errors: [{ code: 'E010' }] } });
    const piped = await lintJson(['-'], `${GOOD}${'# more\n'.repeat(100_000)}`);
    expect(piped).toMatchObject({ code: 1, answer: { errors: [{ code: 'E010' }] } });
  });

  it('does not let a document write lines of its own, such as commands to a CI system', async () => {
    write({ 'a.yaml': `${GOOD}  "x\\n::error::forged\\u001b[2J": {}\n` });
    for (const format of ['text', 'github', 'gitlab', 'junit', 'sarif', 'json']) {
      const { code, stdout } = await lint(['--format', format, 'a.yaml']);
      expect(code).toBe(1);
      expect(stdout).toContain('forged');
      expect(stdout.split('\n').filter((line) => line.startsWith('::error::'))).toEqual([]);
      if (format !== 'github') expect(stdout).not.toContain('\u001b');
    }
  });
});

describe('kt policy lint, several files', () => {
  it('answers with an array in the order they were named, each file once', async () => {
    write({ 'b.yaml': GOOD, 'a.yaml': BAD });
    const { code, answer } = await lintJson(['b.yaml', 'a.yaml', './b.yaml']);
    expect(code).toBe(1);
    expect(answer.map(({ file }: { file: string }) => file)).toEqual(['./b.yaml', 'a.yaml']);
  });

  it('counts at the end, and a file that could not be read decides', async () => {
    write({ 'a.yaml': GOOD, 'b.yaml': BAD });
    const { code, stdout } = await lint(['a.yaml', 'b.yaml', 'c.yaml']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/3 files: 1 valid, 1 invalid, 1 not read\n$/);
  });

  it('takes the policy documents of a directory at any depth, and says how many YAML files it passed over', async () => {
    write({
      'policies/a/policy-config.yaml': 'nothing: here\n',
      'policies/b/any-name.yml': GOOD,
      'policies/b/single.yaml': 'policy: {name: prompt-injection, version: 1.0.0, enabled: true}\n',
      'policies/broken.yaml': '  - [\npack:\n',
      'policies/compose.yaml': 'services: {}\n',
      'policies/README.md': '# pack:\n',
      'policies/.hidden/policy-config.yaml': BAD,
      'policies/node_modules/x/policy-config.yaml': BAD,
    });
    const { answer } = await lintJson(['policies']);
    const files = answer.map(({ file }: { file: string }) => file);
    expect(files).toEqual([
      'policies/broken.yaml',
      'policies/a/policy-config.yaml',
      'policies/b/any-name.yml',
      'policies/b/single.yaml',
    ]);
    const { stderr } = await lint(['policies']);
    expect(stderr).toContain('passed over 1 YAML file');
    const all = await lintJson(['--all', 'policies']);
    expect(all.answer.map(({ file }: { file: string }) => file)).toContain('policies/compose.yaml');
  });

  it('expands patterns that the shell left alone, and takes a file of that very name first', async () => {
    write({ 'p/a.yaml': GOOD, 'p/q/b.yml': GOOD, 'p/c.txt': GOOD, 'x[1].yaml': GOOD });
    const { code, answer } = await lintJson(['p/**/*.{yaml,yml}']);
    expect(code).toBe(0);
    expect(answer.map(({ file }: { file: string }) => file)).toEqual(['p/a.yaml', 'p/q/b.yml']);
    expect(await lintJson(['x[1].yaml'])).toMatchObject({ code: 0, answer: { valid: true } });
  });

  it('lets a pattern name directories that are passed by otherwise', async () => {
    write({ '.github/policies/a.yaml': GOOD, 'x/.hidden/a.yaml': GOOD, 'node_modules/x/a.yaml': BAD });
    const files = async (pattern: string) =>
      (await lintJson([pattern])).answer.map(({ file }: { file: string }) => file);
    expect(await files('.github/**/*.yaml')).toEqual(['.github/policies/a.yaml']);
    expect(await files('*/.hidden/*.yaml')).toEqual(['x/.hidden/a.yaml']);
    expect(await lint(['**/*.yaml'])).toMatchObject({ code: 2 });
  });

  it('cannot tell when nothing matches, and says what was asked for', async () => {
    write({ 'empty/notes.yaml': 'a: 1\n' });
    expect(await lint(['none/*.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('none/*.yaml'),
    });
    expect(await lint(['empty'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
  });

  it('still lints the rest when one of several names stands for nothing', async () => {
    write({ 'a.yaml': GOOD });
    const { code, stdout, stderr } = await lint(['a.yaml', 'none/*.yaml']);
    expect(code).toBe(2);
    expect(stdout).toContain('a.yaml: valid');
    expect(stderr).toContain('none/*.yaml: no file matches');
  });

  it('ends when links lead in circles, and takes links to files', async () => {
    write({ 'p/real.yaml': GOOD, 'p/deep/x.yaml': GOOD });
    symlinkSync('..', join(folder, 'p/deep/up'));
    symlinkSync('real.yaml', join(folder, 'p/linked.yaml'));
    const { code, answer } = await lintJson(['p']);
    expect(code).toBe(0);
    const files = answer.map(({ file }: { file: string }) => file);
    expect(files).toEqual(['p/linked.yaml', 'p/real.yaml', 'p/deep/x.yaml']);
  });

  it('cannot tell when a link leads nowhere or to itself', async () => {
    write({ 'p/real.yaml': GOOD });
    symlinkSync('self.yaml', join(folder, 'p/self.yaml'));
    symlinkSync('gone.yaml', join(folder, 'p/away.yaml'));
    const { code, answer } = await lintJson(['p']);
    expect(code).toBe(2);
    expect(answer).toMatchObject([
      { file: 'p/away.yaml', error: 'there is no such file' },
      { file: 'p/real.yaml', valid: true },
      { file: 'p/self.yaml', error: expect.stringContaining('loop') },
    ]);
    expect(await lintJson(['p/self.yaml'])).toMatchObject({ code: 2, answer: { valid: null } });
  });
});

describe('kt policy lint, asked in a way that cannot be right', () => {
  it.each([
    [['--format', 'xml', 'a.yaml'], 'xml'],
    [['--json', '--format', 'sarif', 'a.yaml'], '--format sarif'],
    [['--fiel', 'a.yaml'], '--file'],
    [[''], 'empty'],
  ])('%j: exit code 2, and what would be right', async (args, says) => {
    write({ 'a.yaml': GOOD });
    const { code, stdout, stderr } = await lint(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});
