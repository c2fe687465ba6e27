/** `kt` as a user runs it: a process of its own, that knows nothing of the settings of whoever runs the tests. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `kt` as it is packed, where a run of the tests has built it: they start it hundreds of times. */
export const BUILT = 'KT_BUILT';
const SOURCE = fileURLToPath(new URL('../../cli/kt.ts', import.meta.url));
export const KT = process.env[BUILT] ?? SOURCE;
/** What Node compiles of it is kept from one start to the next: beside what was built, as it is of no use to another. */
const COMPILED = process.env[BUILT]
  ? join(dirname(KT), 'compiled')
  : fileURLToPath(new URL('../../node_modules/.cache/kt', import.meta.url));

export interface KtOptions {
  /** Added to an environment without a home, a profile or a token. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  /** Options of node itself, such as `--import`: then it is run from its source. */
  readonly node?: readonly string[];
}

export interface KtResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const ktEnvironment = (env: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  NODE_COMPILE_CACHE: COMPILED,
  ...env,
});

export async function runKt(args: readonly string[], options: KtOptions = {}): Promise<KtResult> {
  const { child, output } = spawnKt(args, options);
  child.stdin.on('error', () => {}); // it may end without having read
  child.stdin.end(options.stdin ?? '');
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...output };
}

/** For what goes on until it is told to end. `output` grows as the process writes. */
export function spawnKt(args: readonly string[], { env, cwd = tmpdir(), node }: KtOptions = {}) {
  const child = spawn(process.execPath, [...(node ? [...node, SOURCE] : [KT]), ...args], {
    cwd,
    env: ktEnvironment(env),
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  return { child, output };
}
