/** DynamoDB on this machine: dynoxide as a supervised child, on disk, that cannot outlive us. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { findDynoxide } from './dynoxide.ts';
import type { StackLog } from './log.ts';
import { freePort, LOOPBACK } from './net.ts';
import { findProcess, isRunning, type ProcessId, waitForExit } from './process.ts';

/**
 * dynoxide cannot watch its parent, so a shell between us does: the shell's input is a pipe that only we hold
 * open. A line on it means "end well"; end of file means we are gone, `kill -9` included. The shell signals the
 * one pid it started itself. The child does not inherit the pipe.
 */
const WATCHED = `
exec 3<&0
"$@" </dev/null 3<&- & child=$!
echo "pid $child"
( if read -r _ <&3; then kill -TERM $child; else kill -KILL $child; fi ) 2>/dev/null &
watcher=$!
wait $child; status=$?
kill -KILL $watcher 2>/dev/null
exit $status
`;

const READY_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 5_000;
/** Between one crash and the next start: short enough for the SDK's retries to hide, growing while crashes follow closely. */
const FIRST_RESPAWN_MS = 1;
const SLOWEST_RESPAWN_MS = 2_000;
const CALM_MS = 10_000;
const PORT_ATTEMPTS = 5;

export interface LocalDynamoDb {
  readonly endpoint: string;
  /** The emulator's own pid now; another one after a crash. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

interface Options {
  /** Where the database is kept; created when missing. */
  readonly folder: string;
  readonly log: StackLog;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Starts the emulator, after waiting for the one that a killed stack may have left ending in the same folder. */
export async function startDynamoDb({ folder, log, environment = {} }: Options): Promise<LocalDynamoDb> {
  const binary = findDynoxide(environment);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pidFile = join(folder, 'dynamodb.pid');
  await outlast(pidFile);

  const database = join(folder, 'dynamodb.sqlite');
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const run = () =>
      launch(binary, ['--host', LOOPBACK, '--port', String(port), '--db-path', database], pidFile, log);
    try {
      const first = run();
      await ready(port, first);
      return supervise(first, run, port, pidFile, log);
    } catch (error) {
      // Between our look and its bind somebody else may have taken the port.
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

interface Run {
  readonly shell: ChildProcess;
  readonly exited: Promise<void>;
  pid?: number;
}

function launch(binary: string, args: readonly string[], pidFile: string, log: StackLog): Run {
  // Its own process group: Ctrl-C in a terminal goes to us, and we end it after the work in flight.
  const shell = spawn('sh', ['-c', WATCHED, 'dynamodb', binary, ...args], { stdio: 'pipe', detached: true });
  shell.stdin.on('error', () => {});
  const exited = new Promise<void>((resolve) => {
    shell.once('exit', () => {
      shell.stdin.destroy();
      resolve();
    });
    shell.once('error', (error) => {
      log('dynamodb', error.message);
      resolve();
    });
  });
  const run: Run = { shell, exited };
  createInterface(shell.stdout).on('line', (line) => {
    const pid = /^pid (\d+)$/.exec(line)?.[1];
    if (pid === undefined) return line === '' ? undefined : log('dynamodb', line);
    run.pid = Number(pid);
    writeFileSync(pidFile, JSON.stringify(findProcess(run.pid) ?? { pid: run.pid, started: '' }));
  });
  createInterface(shell.stderr).on('line', (line) => log('dynamodb', line));
  return run;
}

async function ready(port: number, run: Run): Promise<void> {
  let ended = false;
  run.exited.then(() => {
    ended = true;
  });
  const end = performance.now() + READY_LIMIT_MS;
  while (performance.now() < end && !ended) {
    // The pid first: a stranger on the same port must not be taken for ours.
    if (run.pid !== undefined && (await answers(port)) && !ended) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  run.shell.stdin?.destroy();
  throw new Error('dynoxide did not start; its messages are in the log');
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${LOOPBACK}:${port}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.ListTables',
      },
      body: '{}',
      signal: AbortSignal.timeout(1000),
    });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function supervise(
  first: Run,
  launchAgain: () => Run,
  port: number,
  pidFile: string,
  log: StackLog,
): LocalDynamoDb {
  let current = first;
  let stopping = false;
  let respawn: NodeJS.Timeout | undefined;
  let delay = FIRST_RESPAWN_MS;
  const watch = (run: Run) => {
    const began = performance.now();
    run.exited.then(() => {
      if (stopping) return;
      delay =
        performance.now() - began > CALM_MS ? FIRST_RESPAWN_MS : Math.min(delay * 4, SLOWEST_RESPAWN_MS);
      log('dynamodb', 'ended by itself; starting it again');
      respawn = setTimeout(() => {
        current = launchAgain();
        watch(current);
      }, delay);
    });
  };
  watch(first);

  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    pid: () => current.pid,
    stop: async () => {
      stopping = true;
      clearTimeout(respawn);
      current.shell.stdin?.end('stop\n');
      const forced = setTimeout(() => current.shell.pid && kill(current.pid), STOP_LIMIT_MS);
      await current.exited;
      clearTimeout(forced);
      rmSync(pidFile, { force: true });
    },
  };
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

const LEFT_OVER = z.object({ pid: z.number(), started: z.string() });

/** dynoxide takes no lock on its file: two of them on one database must be prevented here. */
async function outlast(pidFile: string): Promise<void> {
  const previous = readPid(pidFile);
  if (!previous || !isRunning(previous) || (await waitForExit(previous, STOP_LIMIT_MS))) return;
  kill(previous.pid);
  if (!(await waitForExit(previous, STOP_LIMIT_MS)))
    throw new Error(`an earlier dynoxide (pid ${previous.pid}) does not end`);
}

function readPid(pidFile: string): ProcessId | undefined {
  try {
    return LEFT_OVER.parse(JSON.parse(readFileSync(pidFile, 'utf8')));
  } catch {
    return undefined;
  }
}
