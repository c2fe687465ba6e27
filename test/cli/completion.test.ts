/** Completion: what each shell would offer. bash is asked itself; of the others the scripts are checked. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTree } from '../../cli/completion/command-tree.ts';
import { SCRIPTS } from '../../cli/completion/scripts.ts';
import { program } from '../../cli/program.ts';
import { runKt } from '../support/kt.ts';

const tree = commandTree(program());
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-completion-'));
  writeFileSync(join(folder, 'kt.bash'), SCRIPTS.bash(tree));
  writeFileSync(join(folder, 'policy-config.yaml'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash itself offers after these words; the last one is not finished. */
function offered(...words: string[]): string[] {
  const script = `source ./kt.bash
COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_kt; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script, 'bash', 'kt', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('completion in bash', () => {
  it('offers the groups, then their commands', () => {
    expect(offered('')).toEqual(
      expect.arrayContaining(['repo', 'gateway', 'events', 'doctor', 'completion']),
    );
    expect(offered('')).not.toContain('proxy');
    expect(offered('re')).toEqual(['repo']);
    expect(offered('repo', '')).toEqual([
      'link',
      'list',
      'get',
      'sync',
      'unlink',
      'rotate-hook-secret',
      'help',
    ]);
    expect(offered('auth', 'token', 'r')).toEqual(['revoke']);
  });

  it('offers the options of a command and those of every command', () => {
    expect(offered('repo', 'link', '--access')).toEqual(['--access-token-stdin', '--access-token-env']);
    expect(offered('repo', 'list', '--')).toEqual(
      expect.arrayContaining(['--json', '--status', '--profile']),
    );
    expect(offered('repo', 'list', '--')).not.toContain('--reason');
  });

  it('knows options and their values from commands, and offers choices and files', () => {
    expect(offered('--profile', 'repo', 'gateway', 'de')).toEqual(['delete']);
    expect(offered('repo', '--json', 'unl')).toEqual(['unlink']);
    expect(offered('events', 'tail', '--format', '')).toEqual(['text', 'json']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(offered('gateway', 'create', '--public-key', 'pol')).toEqual(['policy-config.yaml']);
  });
});

describe('completion scripts', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('of %s name every command and option', async (shell) => {
    const { code, stdout, stderr } = await runKt(['completion', shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(SCRIPTS[shell](tree));
    for (const { path, options, commands } of tree) {
      expect(stdout).toContain(['kt', ...path].join(' '));
      for (const { word } of [...options, ...commands])
        expect(stdout).toContain(shell === 'fish' ? word.replace(/^--/, '-l ') : word);
    }
  });

  it.each([
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ] as const)('of %s are well formed', (shell, check) => {
    const script = SCRIPTS[shell](tree);
    const file = join(folder, `kt.${shell}`);
    writeFileSync(file, script);
    const { error, status } = spawnSync(shell, [...check, file]);
    if (!error) expect(status).toBe(0);
    // A shell that is not here cannot be asked; quotes that do not pair up are what would break it.
    for (const line of script.split('\n').filter((text) => !text.startsWith('#')))
      expect((line.match(/'/g) ?? []).length % 2, line).toBe(0);
    const opened = script.match(/^\s*(case .* in|switch .*|for .*|function .*|if .*)$/gm) ?? [];
    const closed = script.match(/(^\s*(esac|end|done|fi)$|; fi$)/gm) ?? [];
    expect(closed).toHaveLength(opened.length);
  });

  it('refuse a shell that nobody wrote one for', async () => {
    const { code, stdout, stderr } = await runKt(['completion', 'csh']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });
});
