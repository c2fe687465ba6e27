/** The git host of a benchmark. */
import { startChild } from './child.ts';
import type { GitCalls } from './git-process.ts';
import type { Undo } from './run.ts';

export type BenchGit = ReturnType<typeof startBenchGit>;

export function startBenchGit(undo: Undo) {
  const child = startChild<GitCalls>(new URL('./git-process.ts', import.meta.url));
  undo(() => child.stop());
  return child.calls;
}
