/** Once per test run: the bundles and the template that tests start stacks from, `kt`, and what roles were asked for in all of them. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { prepare } from '../../local/start.ts';
import { buildKt } from '../../scripts/build-kt.ts';
import { ACKNOWLEDGED } from './iam/acknowledged.ts';
import { isFull } from './iam/full-run.ts';
import { grantsOf } from './iam/grants.ts';
import { judge } from './iam/judge.ts';
import { testimoniesIn } from './iam/testimony.ts';
import { BUILT } from './kt.ts';
import { templateIn } from './template.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly outdir: string;
    /** Where witnesses write; judged when the run is over. */
    readonly testimonies: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-build-'));
  const outdir = await prepare(folder);
  project.provide('outdir', outdir);
  await buildKt(join(folder, 'kt'));
  process.env[BUILT] = join(folder, 'kt/kt.mjs');
  const testimonies = join(folder, 'testimonies');
  mkdirSync(testimonies);
  project.provide('testimonies', testimonies);
  return async () => {
    const heard = testimoniesIn(testimonies);
    const grants = grantsOf(templateIn(outdir));
    const full = await isFull(project.vitest);
    rmSync(folder, { recursive: true, force: true });
    const wrong = judge({ grants, acknowledged: ACKNOWLEDGED, testimonies: heard, full });
    // An error of the teardown fails the run.
    if (wrong.length > 0) throw new Error(`least privilege:\n${wrong.map((line) => `- ${line}`).join('\n')}`);
  };
}
