/** A child process with a bound on its memory, and on its time, after which it is killed. */
import { spawn } from 'node:child_process';

export interface Ended {
  /** Null when it was killed. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Bounds {
  readonly megabytes: number;
  /** Generous: only what hangs is killed. */
  readonly seconds: number;
  readonly node?: string;
}

export function runNode(
  args: readonly string[],
  { megabytes, seconds, node = process.execPath }: Bounds,
): Promise<Ended> {
  const child = spawn(node, [`--max-old-space-size=${megabytes}`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout: out.join(''), stderr: err.join('').slice(0, 4_000) });
    });
  });
}
