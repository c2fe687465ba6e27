/** Reload by a signal to the process that a pid file names. */
import { errnoOf, type Files } from '../files.ts';
import { whyOf } from '../why.ts';
import type { Reload } from './reload.ts';

export const RELOAD_SIGNALS = ['HUP', 'USR1', 'USR2'] as const;
type ReloadSignal = (typeof RELOAD_SIGNALS)[number];

const MAX_BYTES = 64;
/** Others than its owner could have us signal any process. */
const OTHERS_WRITE = 0o022;

interface SignalOptions {
  readonly name: ReloadSignal;
  readonly pidFile: string;
  readonly files: Pick<Files, 'read' | 'facts'>;
  /** `process.kill`, which throws as kill(2) fails. */
  readonly kill: (pid: number, signal: NodeJS.Signals) => void;
  readonly ownPid: number;
}

export function reloadBySignal({ name, pidFile, files, kill, ownPid }: SignalOptions): Reload {
  async function pidIn(): Promise<number | null> {
    const facts = await files.facts(pidFile);
    if (facts && facts.kind !== 'file') throw new Error('it is not a plain file');
    if (facts && (facts.mode & OTHERS_WRITE) !== 0) throw new Error('others than its owner can write to it');
    const bytes = await files.read(pidFile, MAX_BYTES);
    if (!bytes) return null;
    const text = Buffer.from(bytes).toString('utf8').trim();
    // 0 and 1 mean a group of processes, and the first process of the machine.
    if (!/^\d{1,9}$/.test(text) || Number(text) < 2) throw new Error('it does not hold the id of a process');
    if (Number(text) === ownPid) throw new Error('it names the agent itself');
    return Number(text);
  }

  return async () => {
    try {
      const pid = await pidIn();
      if (pid === null) return { kind: 'not there', why: `the gateway does not run: there is no ${pidFile}` };
      kill(pid, `SIG${name}`);
      return { kind: 'told', runs: null };
    } catch (error) {
      if (errnoOf(error) === 'ESRCH')
        return { kind: 'not there', why: `the gateway does not run: the process of ${pidFile} is not there` };
      return { kind: 'failed', why: `the process of ${pidFile} cannot be signalled: ${whyOf(error)}` };
    }
  };
}
