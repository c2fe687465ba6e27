/** Synthesis: from the constructs to a template on disk, for the CDK command line, the tests and the local runner alike. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import cdk from '../cdk.json' with { type: 'json' };
import { KtGitops } from './stack.ts';

const STACK_NAME = 'KtGitops';

export interface SynthOptions {
  /** The folder that holds one folder per function, each with its `index.mjs`. */
  readonly assets: string;
  /** Where the template goes. Default: where the CDK command line wants it, or a temporary folder. */
  readonly outdir?: string;
  readonly stackName?: string;
  /** Runs cdk-nag and the template validator, and throws if either objects. Costs seconds: see `checks.ts`. */
  readonly check: boolean;
}

export interface Synthesized {
  /** `aws:asset:path` of a function is relative to this folder. */
  readonly outdir: string;
  readonly templateFile: string;
  readonly stackName: string;
}

export async function synth({
  assets,
  outdir,
  stackName = STACK_NAME,
  check,
}: SynthOptions): Promise<Synthesized> {
  const app = new App({
    ...(outdir !== undefined && { outdir }),
    // The command line passes both by itself; in process nobody would. The second says where the code of a function is.
    context: { ...cdk.context, 'aws:cdk:enable-asset-metadata': true },
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: check,
  });
  const stack = new KtGitops(app, stackName, { assets });
  // Imported on demand: cdk-nag loads all of aws-cdk-lib.
  if (check) (await import('./checks.ts')).addChecks(app);
  const assembly = app.synth();
  return {
    outdir: assembly.directory,
    templateFile: join(assembly.directory, stack.templateFile),
    stackName: stack.stackName,
  };
}
