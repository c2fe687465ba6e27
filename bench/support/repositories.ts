/** Repositories of two sizes on the git host of a benchmark: what is read of them is one file. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { CLEAN_ENVIRONMENT, git as runGit } from '../../test/support/git-command.ts';
import type { BenchGit } from './git.ts';

export const SIZES = { small: { files: 50, bytes: 2_000 }, big: { files: 20_000, bytes: 6_000 } } as const;
export type Size = keyof typeof SIZES;
export const NAMES: readonly Size[] = ['small', 'big'];
const PER_FOLDER = 100;

interface Filling {
  readonly name: string;
  readonly size: Size;
  /** The tracked file, as it is at first. */
  readonly path: string;
  readonly content: string;
}

/** Random bytes, so that the pack is as large as it looks; written by one process, then packed as hosts do. */
export async function fill(server: BenchGit, { name, size, path, content }: Filling): Promise<string> {
  const { url, dir } = await server.create({ name });
  const { files, bytes } = SIZES[size];
  const child = spawn('git', ['-C', dir, 'fast-import', '--quiet', '--depth=0'], { env: CLEAN_ENVIRONMENT });
  const closed = once(child, 'close');
  const write = async (part: string | Buffer) => {
    if (!child.stdin.write(part)) await once(child.stdin, 'drain');
  };
  await write('commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 3\nbig\n');
  for (let file = 0; file < files; file++) {
    await write(`M 100644 inline module-${Math.floor(file / PER_FOLDER)}/file-${file}.bin\ndata ${bytes}\n`);
    await write(randomBytes(bytes));
    await write('\n');
  }
  await write(`M 100644 inline ${path}\ndata ${content.length}\n${content}\n`);
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  await runGit(dir, ['repack', '-adq', '--window=0']);
  return url;
}
