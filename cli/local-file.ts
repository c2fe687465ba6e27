/** The running local stack: found by the `local.json` it leaves in its folder. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isLoopback } from './api-url.ts';

export interface LocalStack {
  readonly file: string;
  readonly url: string;
  readonly adminToken: string;
}

/** A file that names a stack which does not run any more, or that is not to be trusted. */
interface Ignored {
  readonly file: string;
  readonly why: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
const MAX_BYTES = 64 * 1024;

/** In `KT_DATA_DIR`, else in `.kt` of the working directory or of one above it. Null when there is no file. */
export function findLocalStack(cwd: string, environment: Environment): LocalStack | Ignored | null {
  const folder = environment['KT_DATA_DIR'];
  if (folder) return readLocal(join(resolve(cwd, folder), 'local.json'));
  for (let at = resolve(cwd); ; at = dirname(at)) {
    const found = readLocal(join(at, '.kt', 'local.json'));
    if (found || dirname(at) === at) return found;
  }
}

/**
 * A file that came with somebody's repository, or that another user left in a folder above, must not be able to say
 * where a token goes: it has to be ours, and point at this machine.
 */
function readLocal(file: string): LocalStack | Ignored | null {
  try {
    const { size, uid } = statSync(file);
    if (process.getuid && uid !== process.getuid()) return { file, why: 'it belongs to another user' };
    if (size > MAX_BYTES) return { file, why: 'it is too large' };
    return parseLocal(file, readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (typeof code === 'string') return { file, why: `it cannot be read (${code})` };
    return { file, why: 'it is not what a local stack writes' };
  }
}

function parseLocal(file: string, text: string): LocalStack | Ignored {
  const { url, admin_token: token, pid } = JSON.parse(text) as Record<string, unknown>;
  if (typeof url !== 'string' || typeof token !== 'string' || !Number.isInteger(pid) || Number(pid) <= 0)
    return { file, why: 'it is not what a local stack writes' };
  if (!URL.canParse(url) || !isLoopback(url)) return { file, why: 'it does not point at this machine' };
  if (!isRunning(Number(pid))) return { file, why: `the stack that wrote it (process ${pid}) does not run` };
  return { file, url: url.replace(/\/+$/, ''), adminToken: token };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
