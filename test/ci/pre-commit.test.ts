/** The hook: with pre-commit, which takes it from this repository, and as a hook of git alone. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { git } from '../support/git-command.ts';
import { policy } from '../support/world.ts';
import { type Checkouts, makeCheckouts } from './checkouts.ts';
import { codeBlocks } from './guide.ts';
import { JOB_ENVIRONMENT, ROOT, runBash } from './run-action.ts';

const run = promisify(execFile);
let checkouts: Checkouts;
let hooks: string;
beforeAll(async () => {
  checkouts = await makeCheckouts();
  hooks = join(checkouts.folder, 'hooks');
  mkdirSync(hooks);
  for (const path of ['ci', '.pre-commit-hooks.yaml'])
    cpSync(join(ROOT, path), join(hooks, path), { recursive: true });
  await git(hooks, ['init', '-q', '-b', 'main']);
  await git(hooks, ['add', '-A']);
  await git(hooks, ['commit', '-q', '-m', 'the hooks']);
});
afterAll(() => checkouts.remove());

const [HOOK] = parse(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'));
const WRONG = policy().replace('spend-limit]', 'spend-limitt]');

describe('pre-commit', () => {
  it('takes the hook from this repository, and lets no commit through that is not valid', async () => {
    const { dir } = await checkouts.repository({ 'README.md': 'x' });
    const rev = await git(hooks, ['rev-parse', 'HEAD']);
    const config = {
      repos: [{ repo: `file://${hooks}`, rev, hooks: [{ id: 'kt-policy-lint', args: ['--strict'] }] }],
    };
    writeFileSync(join(dir, '.pre-commit-config.yaml'), JSON.stringify(config));
    writeFileSync(join(dir, 'good one.yaml'), policy());
    writeFileSync(join(dir, 'deployment.yaml'), 'kind: Deployment\n');
    await git(dir, ['add', '-A']);
    expect(await preCommit(dir)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Passed|good one.yaml: valid/),
    });

    writeFileSync(join(dir, '-wrong.yaml'), WRONG);
    await git(dir, ['add', '-A']);
    const { code, stdout } = await preCommit(dir);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('-wrong.yaml:') });
    expect(stdout).toContain('spend-limitt');
  });

  /** By pre-commit where it is installed. Else what it does: the hook's script, in the repository, with what is staged. */
  async function preCommit(dir: string) {
    const env = {
      ...JOB_ENVIRONMENT,
      KT: checkouts.kt,
      HOME: checkouts.folder,
      PRE_COMMIT_HOME: join(checkouts.folder, 'cache'),
    };
    const installed = (await runBash(['-c', 'command -v pre-commit'], dir, {})).code === 0;
    const staged = (await git(dir, ['diff', '--cached', '--name-only', '-z'])).split('\0');
    const files = staged.filter((name) => new RegExp(HOOK.files).test(name));
    const [program, args] = installed
      ? ['pre-commit', ['run', '--color=never']]
      : [join(hooks, HOOK.entry), ['--strict', ...files]];
    return run(program, args, { cwd: dir, env }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
    );
  }

  it('gives the hook YAML files, once', () => {
    expect(HOOK).toMatchObject({ id: 'kt-policy-lint', entry: 'ci/pre-commit.sh', require_serial: true });
    const files = new RegExp(HOOK.files);
    expect(['a.yaml', 'b/policy-config.yml', 'a.yaml.md', 'yaml'].map((name) => files.test(name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('the hook of git alone', () => {
  it('checks what is staged, and not what is in the folder', async () => {
    const { dir, commit } = await checkouts.repository({ 'README.md': 'x' });
    const hook = join(dir, '.git/hooks/pre-commit');
    const [script = ''] = codeBlocks('sh').filter((block) => block.includes('checkout-index'));
    writeFileSync(hook, script);
    chmodSync(hook, 0o755);
    const bin = join(checkouts.folder, 'bin');
    mkdirSync(bin);
    cpSync(join(checkouts.folder, 'kt'), join(bin, 'package'), { recursive: true });
    writeFileSync(join(bin, 'kt'), `#!/bin/sh\nexec '${join(bin, 'package/kt.mjs')}' "$@"\n`, {
      mode: 0o755,
    });
    const env = { PATH: `${bin}:${JOB_ENVIRONMENT['PATH']}` };
    const committing = () => runBash(['-c', 'git commit -q -m change'], dir, env);

    writeFileSync(join(dir, 'notes.yaml'), 'a: b\n');
    await git(dir, ['add', '-A']);
    expect(await committing()).toMatchObject({ code: 0 });

    mkdirSync(join(dir, 'chat bot'));
    writeFileSync(join(dir, 'chat bot/policy-config.yaml'), WRONG);
    await git(dir, ['add', '-A']);
    writeFileSync(join(dir, 'chat bot/policy-config.yaml'), policy());
    expect(await committing()).toMatchObject({ code: 1, log: expect.stringContaining('spend-limitt') });
    await git(dir, ['add', '-A']);
    expect(await committing()).toMatchObject({ code: 0 });
    await commit({});
  });
});
