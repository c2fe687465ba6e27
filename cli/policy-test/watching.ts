/** Watching: says when to run again, and ends when the process is told to. */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { clean } from '../clean.ts';
import { EXIT } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { DEFAULT_DOCUMENT } from '../lint/find-documents.ts';
import { reasonOf } from '../lint/read-bounded.ts';

/** An editor writes a file in several steps; a checkout writes many. */
const SETTLE_MS = 100;

/** Once at once, and then after each change of the document or the tests. Ends at SIGINT and SIGTERM. */
export async function* watching(folder: string): AsyncGenerator<void> {
  let wake = () => {};
  let [isChanged, isEnding] = [false, false];
  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isChanged = true;
      wake();
    }, SETTLE_MS);
  };
  const end = () => {
    isEnding = true;
    wake();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  let watchers: readonly FSWatcher[] = [];
  try {
    while (!isEnding) {
      // Anew each time, since a folder that was replaced is another one; and before reading, so that no change is missed.
      for (const watcher of watchers) watcher.close();
      watchers = watchersOf(folder, changed);
      yield;
      if (!isChanged && !isEnding)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      isChanged = false;
    }
  } finally {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
}

/** Folders and not files: most editors put another file in the place of the old one. */
function watchersOf(folder: string, changed: () => void): readonly FSWatcher[] {
  const pack = watcherOf(folder, (name) => name === DEFAULT_DOCUMENT || name === 'tests', changed);
  if (!pack) throw new Failure(EXIT.unknown, `${clean(folder)}: there is no such folder`);
  const tests = watcherOf(join(folder, 'tests'), (name) => name.endsWith('.json'), changed);
  return tests ? [pack, tests] : [pack];
}

/** Null when there is no such folder. */
function watcherOf(
  folder: string,
  matters: (name: string) => boolean,
  changed: () => void,
): FSWatcher | null {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || matters(name)) changed();
    });
    return watcher.on('error', changed);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Failure(EXIT.unknown, `${clean(folder)}: it cannot be watched: ${reasonOf(error)}`);
  }
}
