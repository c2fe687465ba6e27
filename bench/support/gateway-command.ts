/** `kt gateway run` as a process, as its users start it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Undo } from './run.ts';

const KT = fileURLToPath(new URL('../../cli/kt.ts', import.meta.url));

export interface GatewayCommand {
  readonly url: string;
  /** When the gateway says that it runs the document with this hash. */
  runs(contentHash: string): Promise<void>;
}

/** Started, and listening. Throws with what it said when it ends instead. */
export async function startGatewayCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  undo: Undo,
): Promise<GatewayCommand> {
  const child = spawn(process.execPath, [KT, 'gateway', 'run', '--listen', '127.0.0.1:0', ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  undo(async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(late);
  });
  const said: string[] = [];
  const waiting = new Map<string, () => void>();
  const lines = createInterface({ input: child.stderr });
  const started = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      const [, port] = /"fact":"gateway\.started".*?"port":(\d+)/.exec(line) ?? [];
      const [, loaded = ''] = /"fact":"policy\.loaded".*?"content_hash":"([^"]+)"/.exec(line) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}`);
      waiting.get(loaded)?.();
      if (said.push(line) > 50) said.shift();
    });
  });
  const url = await Promise.race([started, ended.then(() => null)]);
  if (url === null) throw new Error(`the gateway did not start:\n${said.join('\n')}`);
  const runs = (contentHash: string) => new Promise<void>((resolve) => waiting.set(contentHash, resolve));
  return { url, runs };
}
