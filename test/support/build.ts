/** Once per test run: the bundles and the template that the end-to-end tests start their stacks from. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { prepare } from '../../local/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly outdir: string;
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-build-'));
  project.provide('outdir', await prepare(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}
