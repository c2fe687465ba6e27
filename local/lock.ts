/** The lock of a data folder: one running process of a kind at a time, and none after a crash. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { findProcess, waitForExit } from './process.ts';

const HOLDER = z.object({ pid: z.number(), started: z.string() });
const ATTEMPTS = 5;
/** A process just killed is still there for a moment. */
const DYING_MS = 300;

export interface FolderLock {
  release(): void;
}

/**
 * Throws when another running process (or this one) holds the folder. A lock left by `kill -9` is taken over. `holder`
 * is what such a process is called.
 */
export async function lockFolder(folder: string, holder = 'stack'): Promise<FolderLock> {
  const path = join(folder, `${holder.replaceAll(' ', '-')}.lock`);
  const own = `${path}.${process.pid}.${performance.now()}`;
  // Written aside and linked into place: the lock never exists without its content.
  writeFileSync(own, JSON.stringify(findProcess(process.pid)));
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (link(own, path)) return { release: () => rmSync(path, { force: true }) };
      await breakStale(path, folder, holder);
    }
    throw new Error(`${folder} is in use by another ${holder}`);
  } finally {
    rmSync(own, { force: true });
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

async function breakStale(path: string, folder: string, holder: string): Promise<void> {
  const found = read(path);
  if (found === undefined) return;
  const running = parse(found);
  if (running && !(await waitForExit(running, DYING_MS))) {
    throw new Error(`${folder} is in use by another ${holder} (pid ${running.pid})`);
  }

  // Moved, then looked at again: two stacks that start together must not break each other's new lock.
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== found) link(aside, path);
  rmSync(aside, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(content: string): z.output<typeof HOLDER> | undefined {
  try {
    return HOLDER.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
