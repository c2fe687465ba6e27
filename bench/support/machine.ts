/** Machine: where, when and of what something was measured. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { webhookVersion } from './webhook-binary.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const loadNow = (): string => `load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;

export async function describeMachine(): Promise<Readonly<Record<string, string>>> {
  return {
    date: new Date().toISOString(),
    commit: said('git', ['-C', ROOT, 'rev-parse', '--short', 'HEAD']),
    'not committed': `${said('git', ['-C', ROOT, 'status', '--porcelain']).split('\n').filter(Boolean).length} files`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: String(availableParallelism()),
    memory: `${(totalmem() / 1024 ** 3).toFixed(0)} GB`,
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    git: said('git', ['--version']),
    webhook: (await webhookVersion()) ?? 'not installed',
    load: loadNow(),
  };
}

function said(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
