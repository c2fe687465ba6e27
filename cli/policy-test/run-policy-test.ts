/** `kt policy test`: what a policy document makes of its tests, on this machine and without a network. */
import type { Call } from '../action.ts';
import { allowedKinds } from '../allowed-kinds.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { pricesOf } from '../gateway-run/small-file.ts';
import { junitOfFailure, junitOfRun, writeJunit } from './junit.ts';
import { type Run, runOnce } from './run-once.ts';
import { watching } from './watching.ts';

export interface PolicyTestOptions {
  readonly json: boolean;
  readonly packDir: string;
  readonly allowUnenforced: readonly string[];
  readonly allowUnreadable: boolean;
  readonly prices?: string;
  readonly watch: boolean;
  readonly junit?: string;
}

export async function runPolicyTest(call: Call<PolicyTestOptions>): Promise<ExitCode> {
  const { options, output, cwd } = call;
  const { packDir, allowUnreadable, junit } = options;
  if (!options.json)
    throw usage('the flag --json is missing', 'The results are JSON, and there is no other form.');
  const pack = {
    packDir,
    allowUnreadable,
    allowed: allowedKinds(options.allowUnenforced),
    prices: await pricesOf(call),
  };
  const once = async (): Promise<Run> => {
    try {
      const run = await runOnce(pack);
      if (junit !== undefined) await writeJunit(junit, junitOfRun(run, packDir, cwd));
      return run;
    } catch (error) {
      if (error instanceof Failure && junit !== undefined) await writeJunit(junit, junitOfFailure(error));
      throw error;
    }
  };
  if (!options.watch) {
    const run = await once();
    output.json(run.report);
    noteWithout(run, call);
    return run.code;
  }
  let last: ExitCode = EXIT.unknown;
  for await (const _change of watching(packDir)) {
    last = await watchedRun(once, call);
  }
  return last;
}

/** A line for each run, so that whoever reads them knows where one ends. */
async function watchedRun(once: () => Promise<Run>, call: Call<PolicyTestOptions>): Promise<ExitCode> {
  try {
    const run = await once();
    call.output.line(JSON.stringify(run.report));
    noteWithout(run, call);
    return run.code;
  } catch (error) {
    // Somebody is in the middle of writing: the next change may mend it.
    if (!(error instanceof Failure)) throw error;
    call.output.line(JSON.stringify({ ok: false, results: [], error: error.message, advice: error.advice }));
    return error.exit;
  }
}

function noteWithout({ withoutEffect }: Run, { output }: Call<PolicyTestOptions>): void {
  if (withoutEffect.length > 0) output.note(`Without effect here: ${withoutEffect.join(', ')}`);
}
