/** Runs the composite action as the runner does: each step's own `run`, with its own `env` and `if`, in bash. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { CLEAN_ENVIRONMENT } from '../support/git-command.ts';
import { holds, interpolate } from './expression.ts';
import { commandsOf, type WorkflowCommand } from './workflow-commands.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface ActionStep {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly shell?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Action {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly default?: string; readonly required?: boolean }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

export function readAction(): Action {
  return parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
}

export interface ActionRun {
  readonly outcome: 'success' | 'failure';
  readonly outputs: Readonly<Record<string, string>>;
  /** How each step ended, by its name. */
  readonly steps: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
  readonly commands: readonly WorkflowCommand[];
}

export interface ActionCall {
  readonly checkout: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly event?: unknown;
  readonly env?: Readonly<Record<string, string>>;
}

/** With Node of the tests first on the path, and nothing of the settings of whoever runs them. */
export const JOB_ENVIRONMENT: Readonly<Record<string, string>> = {
  ...CLEAN_ENVIRONMENT,
  PATH: `${dirname(process.execPath)}:${CLEAN_ENVIRONMENT['PATH']}`,
};

export async function runAction({
  checkout,
  inputs = {},
  event = {},
  env = {},
}: ActionCall): Promise<ActionRun> {
  const action = readAction();
  for (const name of Object.keys(inputs))
    if (!action.inputs[name]) throw new Error(`there is no input ${name}`);
  const defaults = Object.entries(action.inputs).map(([name, input]) => [name, input.default ?? '']);
  const steps: Record<string, { outputs: Record<string, string>; outcome: string }> = {};
  const contexts = { inputs: { ...Object.fromEntries(defaults), ...inputs }, github: { event }, steps };
  const temp = mkdtempSync(join(tmpdir(), 'kt-runner-'));
  const ended: Record<string, string> = {};
  let [failed, log, summary] = [false, '', ''];
  try {
    for (const [index, step] of action.runs.steps.entries()) {
      const runs = step.run !== undefined && holds(step.if, contexts, failed);
      const done = runs
        ? await runStep(step, index)
        : { outcome: 'skipped', outputs: {}, log: '', summary: '' };
      if (done.outcome === 'failure') failed = true;
      log += done.log;
      summary += done.summary;
      ended[step.name ?? String(index)] = done.outcome;
      if (step.id !== undefined) steps[step.id] = { outputs: done.outputs, outcome: done.outcome };
    }
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [
    name,
    interpolate(value, contexts),
  ]);
  return {
    outcome: failed ? 'failure' : 'success',
    outputs: Object.fromEntries(outputs),
    steps: ended,
    summary,
    log,
    commands: commandsOf(log),
  };

  async function runStep(step: ActionStep, index: number) {
    const file = (name: string) => join(temp, `${name}-${index}`);
    writeFileSync(file('script'), step.run ?? '');
    for (const name of ['output', 'summary']) writeFileSync(file(name), '');
    const own = Object.entries(step.env ?? {}).map(([name, text]) => [name, interpolate(text, contexts)]);
    const { code, log } = await runBash(
      ['--noprofile', '--norc', '-eo', 'pipefail', file('script')],
      checkout,
      {
        ...env,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION_PATH: ROOT,
        GITHUB_WORKSPACE: checkout,
        RUNNER_TEMP: temp,
        GITHUB_OUTPUT: file('output'),
        GITHUB_STEP_SUMMARY: file('summary'),
        ...Object.fromEntries(own),
      },
    );
    return {
      outcome: code === 0 ? 'success' : 'failure',
      outputs: outputsOf(readFileSync(file('output'), 'utf8')),
      log,
      summary: readFileSync(file('summary'), 'utf8'),
    };
  }
}

/** Of a file of `name=value` lines. The runner refuses a line that is no such thing. */
function outputsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([\w-]+)=(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`invalid format: ${line}`);
      return [name, value];
    }),
  );
}

export async function runBash(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; log: string }> {
  if (!existsSync(cwd)) throw new Error(`there is no ${cwd}`);
  const child = spawn('bash', args, {
    cwd,
    env: { ...JOB_ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, log };
}
