/** The agent: keeps one gateway at what the API says it must run, with or without the API, and tells of it. */
import type { Manifest } from '../../lib/domain/reload.ts';
import type { Health } from '../../lib/domain/report.ts';
import type { Log } from '../../lib/log.ts';
import { type FolderLock, lockFolder } from '../../local/lock.ts';
import { type Bell, bell } from './bell.ts';
import { isIntact } from './decide.ts';
import { errnoOf } from './files.ts';
import { listen } from './listener.ts';
import type { AgentOptions } from './options.ts';
import { type Parts, partsOf } from './parts.ts';
import { backOff, jittered } from './pause.ts';
import type { Reconciler } from './reconciler.ts';
import type { Offer } from './shapes.ts';
import { STATE } from './state-folder.ts';
import type { Target } from './target.ts';
import { NotStarted, safeFolder } from './trust.ts';
import { whyOf } from './why.ts';

interface AgentStatus {
  readonly health: Health;
  /** What is not as it should be; null when all is. */
  readonly reason: string | null;
  /** What was applied last. */
  readonly manifest: Manifest | null;
  /** For how long nobody confirmed what must run; null when nobody counts. */
  readonly staleMs: number | null;
  readonly closed: boolean;
  readonly receiptsWaiting: number;
}

export interface Agent {
  status(): AgentStatus;
  /** Ends what is going on; what is being applied is applied or undone first. */
  stop(): Promise<void>;
}

/**
 * Returns when the gateway runs what it ran last, as far as it can, and before the API was heard of. Throws a
 * `NotStarted` when the state folder lacks something; after that nothing ends it but `stop`.
 */
export async function startAgent(options: AgentOptions, target: Target): Promise<Agent> {
  const { stateDir, outside } = options;
  let lock: FolderLock | null = null;
  try {
    await safeFolder(outside.files, stateDir);
    lock = await locked(stateDir);
    return await started(options, target, lock);
  } catch (error) {
    lock?.release();
    throw errnoOf(error) === null ? error : new NotStarted(`${stateDir} cannot be used: ${whyOf(error)}`);
  }
}

async function locked(folder: string): Promise<FolderLock> {
  try {
    return await lockFolder(folder, 'gateway agent');
  } catch (error) {
    throw errnoOf(error) === null ? new NotStarted(whyOf(error)) : error;
  }
}

async function started(options: AgentOptions, target: Target, lock: FolderLock): Promise<Agent> {
  const { log, gatewayId } = options;
  const stopping = new AbortController();
  const parts = await partsOf(options, target, stopping.signal);
  const { conditions, enforcement, outbox, vigil } = parts;
  await restore(parts, log);
  const loops = runLoops(parts, options, stopping.signal);
  log.fact('agent.started', { gateway: gatewayId, sequence: enforcement.good()?.manifest.sequence ?? null });

  return {
    status: () => ({
      health: conditions.health(),
      reason: conditions.reason(),
      manifest: enforcement.good()?.manifest ?? null,
      staleMs: vigil?.ageMs() ?? null,
      closed: vigil?.isClosed() ?? false,
      receiptsWaiting: outbox.size(),
    }),
    async stop() {
      stopping.abort();
      await loops;
      lock.release();
      log.fact('agent.stopped', {});
    },
  };
}

/** What is on disk was verified when it was put there; now it is verified again. */
async function restore({ state, keyring, enforcement, vigil }: Parts, log: Log): Promise<void> {
  const intact = <T extends Offer>(name: string, offer: T | null): T | null => {
    if (!offer || isIntact(offer, keyring.everTrusted())) return offer;
    log.fact('state.forged', { file: name });
    return null;
  };
  const last = intact(STATE.lastGood, await state.readLastGood());
  await enforcement.restore(last, intact(STATE.applying, await state.readApplying()));
  await vigil?.look();
}

/** All that goes on until the signal is given. One that fails must not take the others with it. */
async function runLoops(parts: Parts, options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { log, outside } = options;
  const doubts = bell();
  const loops = {
    reconciler: reconcile(parts.reconciler, doubts, options, signal),
    listener: listen({ ...parts, ...outside, log, signal, wake: doubts.ring }),
    heartbeats: parts.heartbeats.run(),
    outbox: parts.outbox.run(),
    vigil: parts.vigil?.run(),
  };
  const guarded = async ([name, loop]: readonly [string, Promise<void> | undefined]) => {
    await loop?.catch((error: unknown) => log.fact('agent.fault', { in: name, reason: whyOf(error) }));
  };
  await Promise.all(Object.entries(loops).map(guarded));
}

/** On a timer, after growing pauses when there was trouble, and at once after any doubt. */
async function reconcile(
  reconciler: Reconciler,
  doubts: Bell,
  { reconcileIntervalMs, outside: { random } }: AgentOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const result = await reconciler.run();
    failures = result.kind === 'settled' ? 0 : failures + 1;
    const usual = jittered(reconcileIntervalMs, random);
    const wait =
      result.kind === 'settled' ? usual : Math.max(result.retryAfterMs ?? 0, backOff(failures, random));
    await doubts.wait(wait, signal);
  }
}
