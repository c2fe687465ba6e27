/** The workflows of `docs/guides/ci.md`, run as they are printed there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Loop, startLoop } from '../e2e/loop.ts';
import { fleetOf } from '../support/fleet.ts';
import { policy } from '../support/world.ts';
import { type Checkouts, makeCheckouts } from './checkouts.ts';
import { interpolate } from './expression.ts';
import { codeBlocks, guideText } from './guide.ts';
import { ROOT, readAction, runAction, runBash } from './run-action.ts';

interface WorkflowStep {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly name: string;
  readonly on: unknown;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly WorkflowStep[] }>>;
}

const WORKFLOWS: Readonly<Record<string, Workflow>> = Object.fromEntries(
  codeBlocks('yaml').flatMap((block) => {
    const [, name] = /^# \.github\/workflows\/(.+)\.yml\n/.exec(block) ?? [];
    return name === undefined ? [] : [[name, parse(block)]];
  }),
);

let loop: Loop;
let fleet: ReturnType<typeof fleetOf>;
let checkouts: Checkouts;
const secrets: Record<string, string> = {};
const vars: Record<string, string> = {};
beforeAll(async () => {
  [loop, checkouts] = await Promise.all([startLoop(), makeCheckouts()]);
  fleet = fleetOf(loop.stack);
  vars['KEEPTRUSTS_API_URL'] = loop.stack.url;
  for (const [name, role] of [
    ['KEEPTRUSTS_API_TOKEN', 'configurations_writer'],
    ['KEEPTRUSTS_READ_TOKEN', 'configurations_reader'],
  ] as const)
    secrets[name] = (await loop.stack.call('POST', '/v1/tokens', { name: role, role })).body.token;
});
afterAll(async () => {
  checkouts.remove();
  await loop.close();
});

/** The steps of one job after its checkout. */
async function runJob(name: string, job: string, checkout: string, event: unknown = {}) {
  const steps: Record<string, { outputs: Readonly<Record<string, string>> }> = {};
  const contexts = { secrets, vars, steps };
  const resolved = (values: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, interpolate(String(value), contexts)]),
    );
  let log = '';
  for (const step of WORKFLOWS[name]?.jobs[job]?.steps ?? []) {
    if (step.uses?.startsWith('actions/checkout@')) continue;
    if (step.run !== undefined) {
      const env = { ...resolved(step.env), RUNNER_TEMP: checkouts.folder, GITHUB_REF_NAME: 'main' };
      const ran = await runBash(['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], checkout, env);
      log += ran.log;
      if (ran.code !== 0) return { outcome: 'failure', log };
      continue;
    }
    expect(step.uses).toBe('OWNER/kt-gitops@COMMIT');
    const run = await runAction({ checkout, event, inputs: { ...resolved(step.with), kt: checkouts.kt } });
    log += run.log;
    if (step.id !== undefined) steps[step.id] = { outputs: run.outputs };
    if (run.outcome !== 'success') return { outcome: run.outcome, log };
  }
  return { outcome: 'success', log };
}

describe('the guide', () => {
  it('shows workflows with no more permissions than they use, and actions by commit', () => {
    expect(Object.keys(WORKFLOWS)).toEqual(['policy', 'policy-deploy', 'policy-drift', 'policy-drift-curl']);
    for (const { permissions, jobs } of Object.values(WORKFLOWS)) {
      expect(permissions).toEqual({ contents: 'read' });
      for (const { uses } of Object.values(jobs).flatMap(({ steps }) => steps))
        if (uses !== undefined) expect(uses).toMatch(/^(OWNER\/kt-gitops@COMMIT|actions\/\w+@[0-9a-f]{40})$/);
    }
  });

  it('names every input and output of the action', () => {
    const [, section = ''] = /\n## Inputs and outputs\n(.*?)\n## /s.exec(guideText()) ?? [];
    const named = [...section.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(
      ([, cell]) => cell?.match(/[\w-]+/g) ?? [],
    );
    const { inputs, outputs } = readAction();
    expect(named.toSorted()).toEqual([...Object.keys(inputs), ...Object.keys(outputs)].toSorted());
  });

  it('validates pull requests', async () => {
    const change = async (limit: number) => {
      const made = await checkouts.pushed({ 'a.yaml': policy() }, { 'a.yaml': policy({ limit }) });
      return { ...made, event: { pull_request: { base: { sha: made.before }, head: { sha: made.after } } } };
    };
    const [tighter, looser] = [await change(10), await change(900)];
    expect(await runJob('policy', 'validate', tighter.dir, tighter.event)).toMatchObject({
      outcome: 'success',
    });
    expect(await runJob('policy', 'validate', looser.dir, looser.event)).toMatchObject({
      outcome: 'failure',
    });
  });

  it('deploys to production what staging is proven to run', async () => {
    const file = 'policies/chat/policy-config.yaml';
    for (const id of ['staging', 'production'])
      await loop.stack.call('POST', '/v1/configurations', { name: id, id, policy_yaml: policy({ id }) });
    const [staging, production] = [
      await fleet.gateway('staging', { signs: true }),
      await fleet.gateway('production'),
    ];
    vars['STAGING_GATEWAY_ID'] = staging.id;
    vars['PRODUCTION_GATEWAY_ID'] = production.id;
    const { dir } = await checkouts.pushed(
      { 'README.md': 'x' },
      { [file]: policy({ id: 'staging', limit: 7 }) },
    );
    expect(await runJob('policy-deploy', 'production', dir)).toMatchObject({ outcome: 'failure' });

    for (const [job, gateway] of [
      ['staging', staging],
      ['production', production],
    ] as const) {
      const running = runJob('policy-deploy', job, dir);
      await loop.stack.until(`/v1/configurations/${job}`, (now) => now.active_version.number === 2);
      await gateway.applies();
      expect(await running).toMatchObject({ outcome: 'success' });
    }
  });

  it('finds drift with kt, and with curl, jq and sha256sum', async () => {
    const file = 'policies/watched/policy-config.yaml';
    const one = await loop.linked('watched', { path: file }, { [file]: policy({ id: 'watched' }) });
    await loop.stack.call('DELETE', `/v1/gateways/${one.gateway.id}`);
    for (const id of ['staging', 'production']) await loop.stack.call('DELETE', `/v1/configurations/${id}`);
    for (const id of [vars['STAGING_GATEWAY_ID'], vars['PRODUCTION_GATEWAY_ID']])
      await loop.stack.call('DELETE', `/v1/gateways/${id}`);
    const { dir, git } = await one.repository.clone();
    const both = async () => [
      await runJob('policy-drift', 'drift', dir),
      await runJob('policy-drift-curl', 'drift', dir),
    ];
    expect(await both()).toEqual([
      { outcome: 'success', log: expect.stringContaining('no drift') },
      { outcome: 'success', log: 'in sync: watched\n' },
    ]);

    await one.repository.commit({ [file]: policy({ id: 'watched', limit: 7 }) });
    await git('pull', '-q');
    expect(await both()).toEqual([
      { outcome: 'failure', log: expect.stringContaining('checkout differs') },
      {
        outcome: 'failure',
        log: expect.stringMatching(/^::error file=policies\/watched\/.*drift of watched/),
      },
    ]);

    vars['KEEPTRUSTS_API_URL'] = 'http://127.0.0.1:9';
    expect((await both()).map(({ outcome }) => outcome)).toEqual(['failure', 'failure']);
    vars['KEEPTRUSTS_API_URL'] = loop.stack.url;
  });

  it('runs the scripts alone', async () => {
    const { dir, before } = await checkouts.pushed(
      { 'a.yaml': policy() },
      { 'a.yaml': policy({ limit: 900 }) },
    );
    const [script = ''] = codeBlocks('bash').filter((block) => block.includes('changed.sh'));
    writeFileSync(join(dir, 'job.sh'), script.replaceAll('kt-gitops/ci', join(ROOT, 'ci')));
    const env = { PREVIOUS_COMMIT: before, KT: checkouts.kt };
    expect(await runBash(['-e', 'job.sh'], dir, env)).toMatchObject({
      code: 1,
      log: expect.stringContaining('from 100 to 900 USD'),
    });
  });
});
