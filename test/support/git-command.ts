/** Real git in a clean environment: no user or system configuration, a fixed author, no prompt. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

export const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  HOME: tmpdir(),
  LC_ALL: 'C.UTF-8',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada Author',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Carl Committer',
  GIT_COMMITTER_EMAIL: 'carl@example.com',
};

/** Runs `git <args>` in `dir` and returns its standard output, trimmed; throws with its standard error. */
export async function git(
  dir: string,
  args: readonly string[],
  stdin: Uint8Array | string = '',
): Promise<string> {
  const child = spawn('git', ['-C', dir, ...args], { env: CLEAN_ENVIRONMENT });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {}); // git may close its input early; its exit code tells
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${Buffer.concat(err).toString().trim()}`);
  return Buffer.concat(out).toString().trim();
}

let execPath: Promise<string> | undefined;

/** Where git keeps `git-http-backend`. */
export function gitExecPath(): Promise<string> {
  execPath ??= git(tmpdir(), ['--exec-path']);
  return execPath;
}
