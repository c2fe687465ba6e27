/** Kept state: what was spent and counted, on disk, so that a restart forgets none of it. */
import { join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import { replaceFile } from '../agent/durable.ts';
import { type Files, realFiles } from '../agent/files.ts';
import { newState, restoreState, type State } from '../engine/state.ts';

const FILE = 'limits-state.json';
const MAX_BYTES = 64 * 1024 * 1024;
const EVERY_MS = 5000;

export interface KeptState {
  readonly state: State;
  /** Writes it once more. */
  stop(): Promise<void>;
}

/** What an unreadable file held is not known: counting begins anew, and the log says so. */
export async function keptState(stateDir: string, log: Log, files: Files = realFiles): Promise<KeptState> {
  const path = join(stateDir, FILE);
  const state = restored(await files.read(path, MAX_BYTES).catch(() => new Uint8Array()), log) ?? newState();
  let before = '';
  let writing: Promise<void> = Promise.resolve();
  const write = async () => {
    const { takenAt: _takenAt, ...counted } = state.snapshot();
    const now = JSON.stringify(counted);
    if (now === before) return;
    try {
      await replaceFile(files, path, Buffer.from(JSON.stringify(state.snapshot())));
      before = now;
    } catch (error) {
      log.fact('limits.not_kept', {
        why: error instanceof Error && 'code' in error ? error.code : 'unknown',
      });
    }
  };
  const next = () => {
    writing = writing.then(write);
    return writing;
  };
  const timer = setInterval(() => void next(), EVERY_MS);
  timer.unref();
  return {
    state,
    async stop() {
      clearInterval(timer);
      await next();
    },
  };
}

function restored(bytes: Uint8Array | null, log: Log): State | null {
  if (!bytes) return null;
  let value: unknown = null;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // Told below.
  }
  const state = restoreState(value);
  if (!state) log.fact('limits.forgotten', { file: FILE });
  return state;
}
