/** The GitLab template: its own scripts, run as the GitLab runner does, with the variables that GitLab documents. */
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { git } from '../support/git-command.ts';
import { policy } from '../support/world.ts';
import { type Checkouts, makeCheckouts } from './checkouts.ts';
import { ROOT, runBash } from './run-action.ts';

interface Job {
  readonly extends?: string;
  readonly stage?: string;
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
  readonly artifacts?: {
    readonly when: string;
    readonly reports?: Readonly<Record<string, string>>;
    readonly paths?: readonly string[];
  };
}

const TEMPLATE: Readonly<Record<string, Job>> & {
  readonly variables: Readonly<Record<string, { readonly value: string; readonly description: string }>>;
} = parse(readFileSync(join(ROOT, 'ci/gitlab/policy.gitlab-ci.yml'), 'utf8'));

let checkouts: Checkouts;
let source: string;
beforeAll(async () => {
  checkouts = await makeCheckouts();
  source = join(checkouts.folder, 'kt-gitops');
  mkdirSync(source);
  cpSync(join(ROOT, 'ci'), join(source, 'ci'), { recursive: true });
  await git(source, ['init', '-q', '-b', 'main']);
  await git(source, ['add', '-A']);
  await git(source, ['commit', '-q', '-m', 'the template']);
  await git(source, ['tag', 'v1']);
});
afterAll(() => checkouts.remove());

/** One shell for all lines, which ends at the first that fails. */
async function runJob(name: string, checkout: string, variables: Readonly<Record<string, string>>) {
  const job = TEMPLATE[name];
  if (job?.extends === undefined) throw new Error(`there is no job ${name}`);
  const lines = [...(TEMPLATE[job.extends]?.before_script ?? []), ...(job.script ?? [])];
  const defaults = Object.entries(TEMPLATE.variables).map(([key, { value }]) => [key, value]);
  return runBash(['-eo', 'pipefail', '-c', lines.join('\n')], checkout, {
    ...Object.fromEntries(defaults),
    GITLAB_CI: 'true',
    CI_PROJECT_DIR: checkout,
    KT_GITOPS_URL: `file://${source}`,
    KT_GITOPS_REF: 'v1',
    KT: checkouts.kt,
    ...variables,
  });
}

const FILE = 'policies/chat.yaml';
const WRONG = policy().replace('spend-limit]', 'spend-limitt]');

async function mergeRequest(change: Readonly<Record<string, string>>) {
  const made = await checkouts.pushed({ [FILE]: policy() }, change);
  const variables = {
    CI_MERGE_REQUEST_DIFF_BASE_SHA: made.before,
    CI_COMMIT_BEFORE_SHA: '0'.repeat(40),
    CI_COMMIT_SHA: made.after,
  };
  return { ...made, variables };
}

const reportOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'gl-code-quality-report.json'), 'utf8'));

describe('the lint job', () => {
  it('writes a Code Quality report, and fails on what is not valid', async () => {
    const { dir, variables } = await mergeRequest({ [FILE]: WRONG });
    const { code, log } = await runJob('kt-policy-lint', dir, variables);
    expect({ code, log }).toEqual({ code: 1, log: expect.stringContaining('spend-limitt') });
    const report = reportOf(dir);
    expect(report).toContainEqual({
      description: expect.stringContaining('spend-limitt'),
      check_name: expect.stringMatching(/^E\d+$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'major',
      location: { path: FILE, lines: { begin: 6 } },
    });
    expect(TEMPLATE['kt-policy-lint']?.artifacts).toEqual({
      when: 'always',
      reports: { codequality: 'gl-code-quality-report.json' },
    });
  });

  it('writes an empty report when nothing is wrong, and when nothing changed', async () => {
    for (const change of [{ [FILE]: policy({ limit: 5 }) }, { 'README.md': 'x' }]) {
      const { dir, variables } = await mergeRequest(change);
      expect(await runJob('kt-policy-lint', dir, variables)).toMatchObject({ code: 0 });
      expect(reportOf(dir)).toEqual([]);
    }
  });

  it('is about the merge request alone where GitLab checks out the merged result', async () => {
    const made = await checkouts.repository({ [FILE]: policy() });
    await made.git('checkout', '-q', '-b', 'topic');
    const head = await made.commit({ 'ours.yaml': policy({ limit: 5 }) });
    await made.git('checkout', '-q', 'main');
    await made.commit({ 'theirs.yaml': WRONG });
    await made.git('merge', '-q', '--no-ff', '-m', 'merged result', head);
    const variables = {
      CI_MERGE_REQUEST_DIFF_BASE_SHA: made.before,
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head,
    };
    const { code, log } = await runJob('kt-policy-lint', await made.shallow(), variables);
    expect({ code, log }).toEqual({ code: 0, log: expect.not.stringContaining('theirs.yaml') });
  });
});

describe('the diff job', () => {
  it('leaves what the changes do as a document, and fails where it is told to', async () => {
    const { dir, variables } = await mergeRequest({ [FILE]: policy({ limit: 900 }) });
    expect(await runJob('kt-policy-diff', dir, variables)).toMatchObject({ code: 0 });
    const [path = ''] = TEMPLATE['kt-policy-diff']?.artifacts?.paths ?? [];
    expect(readFileSync(join(dir, path), 'utf8')).toMatch(/^## Policy changes\n.*loosens/s);
    expect(await runJob('kt-policy-diff', dir, { ...variables, KT_FAIL_ON: 'loosens' })).toMatchObject({
      code: 1,
      log: expect.stringContaining('from 100 to 900 USD'),
    });
  });
});

describe('the template', () => {
  it('starts each job where it belongs', () => {
    const rules = Object.fromEntries(
      Object.entries(TEMPLATE).flatMap(([name, job]) => (name.startsWith('kt-') ? [[name, job.rules]] : [])),
    );
    expect(rules).toEqual({
      'kt-policy-lint': [{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }],
      'kt-policy-diff': [{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }],
      'kt-policy-deploy': [
        { if: '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH', when: 'manual' },
      ],
      'kt-policy-drift': [{ if: '$CI_PIPELINE_SOURCE == "schedule"' }],
    });
  });

  it('names scripts that are there', () => {
    const text = readFileSync(join(ROOT, 'ci/gitlab/policy.gitlab-ci.yml'), 'utf8');
    const named = [...text.matchAll(/\$KT_GITOPS_DIR\/([\w./-]+)/g)].map(([, path]) => path ?? '');
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('deploys and looks for drift with the settings of the job, and fails without', async () => {
    const { dir, variables } = await mergeRequest({ [FILE]: policy({ limit: 5 }) });
    const pushed = {
      ...variables,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: '',
      CI_COMMIT_BEFORE_SHA: variables.CI_MERGE_REQUEST_DIFF_BASE_SHA,
    };
    const nowhere = {
      KEEPTRUSTS_API_URL: 'http://127.0.0.1:9',
      KEEPTRUSTS_API_TOKEN: 'kt_live_a_b',
      HOME: dir,
    };
    expect(await runJob('kt-policy-deploy', dir, pushed)).toMatchObject({ code: 0 });
    const gateway = { KT_GATEWAY_ID: 'gw_1', ...nowhere };
    expect(await runJob('kt-policy-deploy', dir, { ...pushed, ...gateway })).toMatchObject({ code: 2 });
    const half = { KT_TARGET_GATEWAY_ID: 'gw_2', ...nowhere };
    expect(await runJob('kt-policy-deploy', dir, { ...pushed, ...half })).toMatchObject({ code: 2 });
    expect(await runJob('kt-policy-drift', dir, { CI_COMMIT_BRANCH: 'main', ...nowhere })).toMatchObject({
      code: 2,
    });
  });
});
