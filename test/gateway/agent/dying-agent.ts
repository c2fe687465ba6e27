/** An agent that is killed at a step of its work: `node dying-agent.ts '{"at": 7, …}'`. */
import { startAgent } from '../../../gateway/agent/agent.ts';
import { systemClock } from '../../../gateway/agent/clock.ts';
import { fileTarget } from '../../../gateway/agent/file-target.ts';
import { type Files, realFiles } from '../../../gateway/agent/files.ts';
import { policyFile } from '../../../gateway/agent/policy-file.ts';
import { QueueTrouble } from '../../../gateway/agent/queue.ts';
import { reloadByRequest } from '../../../gateway/agent/reload/by-request.ts';
import { GATEWAY, TOKEN } from './fake-api.ts';

export interface Dying {
  /** Killed before this step, from 1; in the middle of it when it writes. */
  readonly at: number;
  readonly stateDir: string;
  readonly file: string;
  readonly apiUrl: string;
  readonly reloadUrl: string;
  /** Ends by itself once this was applied and its receipt was taken. */
  readonly sequence: number;
}

/** What it ends with when there was no such step. */
export const FINISHED = 7;

function run({ at, stateDir, file, apiUrl, reloadUrl, sequence }: Dying): Promise<void> {
  let steps = 0;
  const isLast = () => ++steps === at;
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    // Nothing after it, not even what is under way.
    for (;;);
  };
  const step = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => (isLast() ? die() : act(...args));
  };
  const files: Files = {
    ...realFiles,
    rename: step(realFiles.rename),
    remove: step(realFiles.remove),
    syncFolder: step(realFiles.syncFolder),
    makeFolder: step(realFiles.makeFolder),
    async create(path, bytes, ...rest) {
      if (isLast()) die();
      if (!isLast()) return realFiles.create(path, bytes, ...rest);
      await realFiles.create(path, bytes.subarray(0, bytes.length / 2), ...rest);
      return die();
    },
    async append(path, bytes, mode) {
      if (isLast()) die();
      if (!isLast()) return realFiles.append(path, bytes, mode);
      await realFiles.append(path, bytes.subarray(0, bytes.length / 2), mode);
      return die();
    },
  };
  /** Before it is sent, and after it was answered. Heartbeats come when they come. */
  const dyingFetch: typeof fetch = async (url, init) => {
    if (!/\/(configuration|receipts|reload)$/.test(String(url))) return fetch(url, init);
    if (isLast()) die();
    const response = await fetch(url, init);
    return isLast() ? die() : response;
  };
  const target = fileTarget({
    file: policyFile(files, file),
    reload: reloadByRequest({ url: reloadUrl, token: async () => null, fetch: dyingFetch, timeoutMs: 5000 }),
    ask: null,
    confirmMs: 1000,
    elapsed: () => performance.now(),
    close: async () => {},
    log: { fact: () => {} },
  });
  const openQueue = async () => {
    throw new QueueTrouble('gone', 'there is none');
  };
  return startAgent(
    {
      gatewayId: GATEWAY,
      apiUrl,
      token: TOKEN,
      stateDir,
      pinKeys: false,
      reconcileIntervalMs: 60_000,
      heartbeatIntervalMs: 60_000,
      staleness: null,
      log: { fact: () => {} },
      outside: { fetch: dyingFetch, clock: systemClock, random: () => 0, files, openQueue },
    },
    target,
  ).then(async (agent) => {
    const isDone = () =>
      agent.status().manifest?.sequence === sequence && agent.status().receiptsWaiting === 0;
    while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5));
    await agent.stop();
    process.exit(FINISHED);
  });
}

const [given] = process.argv.slice(2);
if (import.meta.filename === process.argv[1] && given !== undefined) await run(JSON.parse(given) as Dying);
