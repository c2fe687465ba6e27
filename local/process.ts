/** Processes by identity: a pid alone is not one, the kernel gives it to the next process. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessId {
  readonly pid: number;
  /** When it started, in whatever unit the platform tells; only ever compared for equality. */
  readonly started: string;
}

/** The running process with this pid, or `undefined` if there is none. */
export function findProcess(pid: number): ProcessId | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isRunning(process: ProcessId): boolean {
  return startOf(process.pid) === process.started;
}

/** Waits until the process is gone; false when it still runs after `limit` milliseconds. */
export async function waitForExit(process: ProcessId, limit: number): Promise<boolean> {
  const end = performance.now() + limit;
  while (isRunning(process)) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

/** proc(5): the command, in parentheses, may hold anything; state is the first field after it, start time the 20th. */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not looked yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
