/** A target that is another process: it reads a file, and is told when that is a new one. */
import { sha256Hex } from '../../lib/domain/ids.ts';
import type { Log } from '../../lib/log.ts';
import { errnoOf } from './files.ts';
import { pause } from './pause.ts';
import type { PolicyFile } from './policy-file.ts';
import type { Reload, ReloadOutcome } from './reload/reload.ts';
import type { AskRunning } from './reload/status-url.ts';
import type { ApplyOutcome, Target } from './target.ts';
import { whyOf } from './why.ts';

export interface FileTargetOptions {
  readonly file: PolicyFile;
  readonly reload: Reload;
  /** Null: the gateway cannot say. */
  readonly ask: AskRunning | null;
  readonly confirmMs: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  /** Throws when the gateway cannot be told. */
  readonly close: (closed: boolean) => Promise<void>;
  readonly log: Log;
}

const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 500;

type Confirmation =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'not there' | 'refused'; readonly why: string };

export function fileTarget(options: FileTargetOptions): Target {
  const { file, reload, ask, log } = options;

  /** Asks until it is so, within the time for it. */
  async function confirm(told: ReloadOutcome, hash: string): Promise<Confirmation> {
    if (told.kind === 'not there') return told;
    if (told.kind === 'failed') return { kind: 'refused', why: told.why };
    if (told.runs === hash) return { kind: 'confirmed' };
    if (!ask && told.runs === null) return { kind: 'confirmed' };
    const until = options.elapsed() + options.confirmMs;
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(2 * wait, LONGEST_LOOK_MS)) {
      const running = ask ? await ask() : told.runs;
      if (running === hash) return { kind: 'confirmed' };
      if (!ask || options.elapsed() >= until)
        return { kind: 'refused', why: notRunning(running, options.confirmMs) };
      await pause(wait, new AbortController().signal);
    }
  }

  /** Null: there was nothing. A gateway that does not run yet finds the new one when it starts. */
  async function undo(
    before: Uint8Array | null,
    why: Exclude<Confirmation, { kind: 'confirmed' }>,
  ): Promise<string> {
    if (before === null && why.kind === 'not there')
      return `${why.why}; the file is in place for when it starts`;
    try {
      if (before) await file.write(before);
      else await file.remove();
    } catch (error) {
      return `${why.why}; and what was there before cannot be put back: ${whyOf(error)}`;
    }
    const told = await reload();
    if (told.kind === 'failed') log.fact('gateway.undo_not_told', { why: told.why });
    return why.why;
  }

  return {
    async apply(content, { content_hash: hash }, good): Promise<ApplyOutcome> {
      const found = await readBefore(file);
      const isNew = found === null || sha256Hex(found) !== hash;
      if (!isNew && ask && (await ask()) === hash) return { kind: 'applied' };
      try {
        if (isNew) await file.write(content);
      } catch (error) {
        return { kind: 'refused', reason: `${file.path} cannot be written: ${whyOf(error)}` };
      }
      const confirmation = await confirm(await reload(), hash);
      if (confirmation.kind === 'confirmed') return { kind: 'applied' };
      // Never back to what somebody put there in place of what was verified.
      const before = good ?? found;
      const isUndone = isNew && (before === null || sha256Hex(before) !== hash);
      return { kind: 'refused', reason: isUndone ? await undo(before, confirmation) : confirmation.why };
    },

    /** What the gateway says counts; else what it reads. */
    running: () => (ask ? ask() : hashOf(file)),
    stored: () => hashOf(file),

    failClosed: options.close,
    // What the gateway lets through is for the gateway to say.
    unenforced: () => [],
  };
}

/** What is no file, or too large to be a policy, is nothing that a gateway could run. */
async function hashOf(file: PolicyFile): Promise<string | null> {
  try {
    const bytes = await file.read();
    return bytes && sha256Hex(bytes);
  } catch (error) {
    if (errnoOf(error) === null) return null;
    throw error;
  }
}

/** What is too large to be a policy, or no file at all, is nothing to go back to. */
async function readBefore(file: PolicyFile): Promise<Uint8Array | null> {
  return file.read().catch(() => null);
}

function notRunning(running: string | null | undefined, ms: number): string {
  const within = `within ${ms / 1000} s`;
  if (running === null) return `the gateway says that it runs nothing, ${within}`;
  if (running === undefined) return `the gateway does not say what it runs, ${within}`;
  return `the gateway still runs ${running.slice(0, 12)}…, ${within}`;
}
