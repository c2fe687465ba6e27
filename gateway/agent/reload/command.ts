/** A command that the operator named, run within a time, and what it prints bounded. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { timerMs } from '../pause.ts';
import { oneLine, whyOf } from '../why.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export interface CommandOptions {
  /** All that it knows of its surroundings: no token of ours. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

type CommandOutcome =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'failed'; readonly why: string; readonly output: string };

const MAX_OUTPUT = 4096;

/** Never throws. At the end of its time it and all that it started are killed. */
export function runCommand(
  { program, args }: Command,
  { env, timeoutMs }: CommandOptions,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    let output = '';
    let late = false;
    const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const killAll = () => {
      late = true;
      try {
        process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    const timer = setTimeout(killAll, timerMs(timeoutMs));
    const end = (why: string | null) => {
      clearTimeout(timer);
      const said = oneLine(output);
      resolve(why === null ? { kind: 'done', output: said } : { kind: 'failed', why, output: said });
    };
    child.once('error', (error) => end(`${program} cannot be run: ${whyOf(error)}`));
    // Without file handles to spare there are none, whatever their type says, and the error comes after this.
    const streams: readonly (Readable | undefined)[] = [child.stdout, child.stderr];
    for (const stream of streams)
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        output = (output + chunk).slice(-MAX_OUTPUT);
      });
    // Not when its output ends: what it left behind may hold that open.
    child.once('exit', (code, signal) => {
      for (const stream of streams) stream?.destroy();
      if (late) end(`${program} did not end within ${timeoutMs / 1000} s`);
      else end(code === 0 ? null : `${program} ended with ${code ?? signal}`);
    });
  });
}
