/** `kt init`: what it writes can be linted as it is, and what was there stays. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEMPLATE_NAMES } from '../../cli/init/template-names.ts';
import { TEMPLATES } from '../../cli/init/templates.ts';
import { writeNewFiles } from '../../cli/init/write-new-files.ts';
import { lintBytes } from '../../cli/lint/lint.ts';
import { runKt } from '../support/kt.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-init-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

const kt = (...args: string[]) => runKt(args, { cwd: folder });
const read = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('a template', () => {
  it.each(TEMPLATE_NAMES)('%s is valid under --strict, without a warning', (name) => {
    const { config } = TEMPLATES[name];
    const { valid, errors, warnings } = lintBytes(name, Buffer.from(config), true);
    expect({ valid, errors, warnings }).toEqual({ valid: true, errors: [], warnings: [] });
  });

  it.each(TEMPLATE_NAMES)('%s comes with a test of the documented form', (name) => {
    const { golden } = TEMPLATES[name];
    expect(golden).toEqual({
      name: expect.stringMatching(/./),
      input: { messages: [{ role: 'user', content: expect.stringMatching(/./) }] },
      expected: {
        verdict: expect.stringMatching(/^(allow|block)$/),
        reason_code: expect.stringMatching(/^[a-z_.]+$/),
      },
    });
  });
});

describe('kt init', () => {
  it('writes a document and a test of it, here and by default', async () => {
    const { code, stdout } = await kt('init');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'created policy-config.yaml\ncreated tests/default.json\n',
    });
    expect(read('policy-config.yaml')).toBe(TEMPLATES.default.config);
    expect(JSON.parse(read('tests/default.json'))).toEqual(TEMPLATES.default.golden);
    expect(readdirSync(folder).sort()).toEqual(['policy-config.yaml', 'tests']);
    expect((await kt('policy', 'lint', '--strict')).code).toBe(0);
  });

  it('writes the template that was asked for into a folder that it makes', async () => {
    const { code, stdout } = await kt('init', '--template', 'agent-firewall', '--json', 'teams/a');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      template: 'agent-firewall',
      files: ['teams/a/policy-config.yaml', 'teams/a/tests/agent-firewall.json'],
    });
    expect(read('teams/a/policy-config.yaml')).toContain('agent-firewall');
  });

  it('writes nothing when one of the files is there, unless it is told to', async () => {
    mkdirSync(join(folder, 'tests'));
    writeFileSync(join(folder, 'tests/default.json'), 'mine');
    const { code, stdout, stderr } = await kt('init');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('tests/default.json');
    expect(readdirSync(folder)).toEqual(['tests']);
    expect(read('tests/default.json')).toBe('mine');
    expect((await kt('init', '--force')).code).toBe(0);
    expect(JSON.parse(read('tests/default.json'))).toEqual(TEMPLATES.default.golden);
  });

  it('takes a link that leads nowhere for something that is there', async () => {
    symlinkSync('/nonexistent/elsewhere.yaml', join(folder, 'policy-config.yaml'));
    expect((await kt('init')).code).toBe(1);
    expect((await kt('init', '--force')).code).toBe(0);
    expect(read('policy-config.yaml')).toBe(TEMPLATES.default.config);
  });

  it('cannot when the folder is a file, and when the template is unknown', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await kt('init', 'file')).toMatchObject({ code: 2, stderr: expect.stringContaining('file') });
    expect(await kt('init', '--template', 'nope')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('zero-data-retention'),
    });
  });
});

describe('writing new files', () => {
  const FILES = [
    { path: 'a.txt', text: 'a' },
    { path: 'deep/er/b.txt', text: 'b' },
  ];

  it('leaves nothing behind when it cannot write all of them', async () => {
    writeFileSync(join(folder, 'deep'), 'a file where a folder would have to be');
    await expect(writeNewFiles(folder, FILES, { replace: false })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['deep']);
  });

  it('lets one of many at once write, and the others see that it did', async () => {
    for (let round = 0; round < 40; round++) {
      await oneOfMany(`round-${round}`);
    }
  });

  async function oneOfMany(name: string) {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        writeNewFiles(join(folder, name), [{ path: 'tests/one.txt', text: String(i) }], { replace: false }),
      ),
    );
    const winner = outcomes.findIndex(({ kind }) => kind === 'written');
    expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1);
    expect(read(`${name}/tests/one.txt`)).toBe(String(winner));
    expect(readdirSync(join(folder, name, 'tests'))).toEqual(['one.txt']);
  }

  it('replaces a file by another one, so that whoever reads it sees one of the two', async () => {
    writeFileSync(join(folder, 'a.txt'), 'before');
    const { ino } = statSync(join(folder, 'a.txt'));
    await writeNewFiles(folder, FILES, { replace: true });
    expect(statSync(join(folder, 'a.txt')).ino).not.toBe(ino);
    expect(read('a.txt')).toBe('a');
    expect(existsSync(join(folder, 'deep/er/b.txt'))).toBe(true);
  });
});
