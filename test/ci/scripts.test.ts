/** The CI scripts themselves: what they are made of, what they take for a policy document, and where their `kt` comes from. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { looksLikePolicy } from '../../cli/lint/looks-like-policy.ts';
import manifest from '../../package.json' with { type: 'json' };
import lockfile from '../../package-lock.json' with { type: 'json' };
import { cutInstall } from '../../scripts/kt/cut-install.ts';
import { policy } from '../support/world.ts';
import { type Checkouts, makeCheckouts } from './checkouts.ts';
import { JOB_ENVIRONMENT, ROOT, runBash } from './run-action.ts';

const run = promisify(execFile);
let checkouts: Checkouts;
beforeAll(async () => {
  checkouts = await makeCheckouts();
});
afterAll(() => checkouts.remove());

const SCRIPTS = readdirSync(join(ROOT, 'ci')).filter((name) => name.endsWith('.sh'));

describe('the scripts', () => {
  it('stop at the first thing that goes wrong, and can be started', () => {
    for (const name of SCRIPTS.filter((name) => name !== 'lib.sh')) {
      expect(readFileSync(join(ROOT, 'ci', name), 'utf8')).toMatch(
        /^#!\/usr\/bin\/env bash\n(#.*\n)+set -euo pipefail\n/,
      );
      expect(statSync(join(ROOT, 'ci', name)).mode & 0o111).not.toBe(0);
    }
  });

  it('are bash', async () => {
    for (const name of SCRIPTS)
      expect(await runBash(['-n', join(ROOT, 'ci', name)], ROOT, {})).toEqual({ code: 0, log: '' });
  });
});

describe('a policy document', () => {
  const CONTENTS: Readonly<Record<string, string>> = {
    whole: policy(),
    'not well-formed': 'name: [\npack:\n',
    'a byte order mark': '\uFEFFpack: {}\n',
    quoted: '"policies": {}\n',
    'single quotes': "'policy' : {}\n",
    'an older shape': 'version: "1"\ninput_policies: []\n',
    'Windows lines': 'name: x\r\npolicies:\r\n',
    JSON: ' {\n\t"pack": {}}',
    'no quotes in brackets': '{policies : 1}',
    'not at the start': '  pack: x\n',
    'of another name': 'packs: x\npolicy_name: y\n',
    'mixed quotes alone': 'kind: Deployment\n',
    'nothing at all': '',
    'in a comment': '# pack:\n',
    'nothing but zeros': '\0\0\0',
    'behind a zero': '\0\npack: x\n',
    'too large to look at': `a: ${'x'.repeat(300_000)}\n`,
  };

  it.each(Object.keys(CONTENTS))('is what kt takes for one: %s', async (what) => {
    const file = join(checkouts.folder, 'document.yaml');
    writeFileSync(file, CONTENTS[what] ?? '');
    const { code } = await isPolicy('some/document.yaml', file);
    expect(code === 0).toBe(await looksLikePolicy(file));
  });

  it('is not looked for where kt does not look', async () => {
    const file = join(checkouts.folder, 'document.yaml');
    writeFileSync(file, policy());
    const taken = ['policy-config.yml', 'a/b/c.yaml', 'a.b/c.yaml'];
    const passed = [
      'a.txt',
      '.github/x.yaml',
      'a/.b/x.yaml',
      'node_modules/x.yaml',
      'a/node_modules/b/policy-config.yaml',
    ];
    for (const name of taken) expect((await isPolicy(name, file)).code).toBe(0);
    for (const name of passed) expect((await isPolicy(name, file)).code).toBe(1);
  });

  const isPolicy = (name: string, file: string) =>
    runBash(['-euo', 'pipefail', '-c', '. ci/lib.sh; is_policy "$1" "$2"', 'test', name, file], ROOT, {});
});

describe('the kt of a job', () => {
  it('is built from the few packages that it takes, in the versions of the lockfile', async () => {
    const to = join(checkouts.folder, 'cut');
    await cutInstall(to);
    const cut = JSON.parse(readFileSync(join(to, 'package-lock.json'), 'utf8'));
    const paths = Object.keys(cut.packages).filter((path) => path !== '');
    const whole: Readonly<Record<string, unknown>> = lockfile.packages;
    for (const path of paths) expect(cut.packages[path]).toEqual(whole[path]);
    expect(paths.some((path) => /aws-cdk|fauxqs|node-linux|dynoxide|typescript|vitest/.test(path))).toBe(
      false,
    );
    const { dependencies } = JSON.parse(readFileSync(join(to, 'package.json'), 'utf8'));
    expect(cut.packages[''].dependencies).toEqual(dependencies);
    expect(manifest.dependencies).toMatchObject(dependencies);

    // What `npm ci` puts there.
    for (const path of paths) {
      const installed = join(ROOT, path);
      if (!statSync(installed, { throwIfNoEntry: false })) continue; // for another system
      mkdirSync(dirname(join(to, path)), { recursive: true });
      if (!path.slice('node_modules/'.length).includes('node_modules/'))
        symlinkSync(installed, join(to, path));
    }
    const options = { cwd: to, env: JOB_ENVIRONMENT };
    await run('node', ['scripts/build-kt.ts'], options);
    const { stdout } = await run('node', ['dist/kt/kt.mjs', '--version'], options);
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  it('is the one that is named, wherever the job goes then', async () => {
    const env = { KT: './kt/kt.mjs' };
    const { code, log } = await runBash([join(ROOT, 'ci/get-kt.sh')], checkouts.folder, env);
    expect({ code, log }).toEqual({ code: 0, log: `${checkouts.kt}\n` });
  });

  it('is built with a Node that can, and there is a word about it when there is none', async () => {
    expect(await runBash([join(ROOT, 'ci/find-node.sh')], ROOT, {})).toEqual({ code: 0, log: 'true\n' });
    const old = join(checkouts.folder, 'old');
    mkdirSync(old);
    writeFileSync(join(old, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const env = { PATH: `${old}:${JOB_ENVIRONMENT['PATH']}`, KT_HOME: join(checkouts.folder, 'home') };
    expect(await runBash([join(ROOT, 'ci/find-node.sh')], ROOT, env)).toEqual({ code: 0, log: 'false\n' });
    expect(await runBash([join(ROOT, 'ci/get-kt.sh')], ROOT, env)).toMatchObject({
      code: 2,
      log: expect.stringContaining('Node 22.18 or later'),
    });
  });
});
