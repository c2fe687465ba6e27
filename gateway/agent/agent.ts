/** The agent: keeps one gateway at what the API says it must run, with or without the API, and tells of it. */

import type { Manifest } from '../../lib/domain/reload.ts';
import type { Health } from '../../lib/domain/report.ts';
import { type FolderLock, lockFolder } from '../../local/lock.ts';
import { gatewayApi } from './api.ts';
import { bell } from './bell.ts';
import { conditionsOf } from './conditions.ts';
import { isIntact } from './decide.ts';
import { enforcementOf } from './enforcement.ts';
import { heartbeatsOf } from './heartbeats.ts';
import { keyringOf } from './keyring.ts';
import { listen } from './listener.ts';
import type { AgentOptions } from './options.ts';
import { openOutbox } from './outbox.ts';
import { backOff, jittered } from './pause.ts';
import { openReceiptsLog } from './receipts-log.ts';
import { reconcilerOf } from './reconciler.ts';
import type { Offer } from './shapes.ts';
import { STATE, stateFolder } from './state-folder.ts';
import type { Target } from './target.ts';
import { NotStarted, privateKeyOf, safeFolder, trustedKeys } from './trust.ts';
import { type Vigil, vigilOf } from './vigil.ts';
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
  await safeFolder(options.outside.files, options.stateDir);
  const lock = await locked(options.stateDir);
  try {
    return await started(options, target, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function locked(folder: string): Promise<FolderLock> {
  try {
    return await lockFolder(folder, 'gateway agent');
  } catch (error) {
    throw new NotStarted(whyOf(error));
  }
}

async function started(options: AgentOptions, target: Target, lock: FolderLock): Promise<Agent> {
  const { log, gatewayId, stateDir } = options;
  const { files, clock, random, fetch, openQueue } = options.outside;
  const stopping = new AbortController();
  const { signal } = stopping;
  const state = stateFolder(files, stateDir, (name) => log.fact('state.damaged', { file: name }));
  const api = gatewayApi({ ...options, url: options.apiUrl, fetch, now: clock.now, signal });

  const sign = await privateKeyOf(state);
  const pinned = await trustedKeys(state, { api, pinKeys: options.pinKeys, log });
  const conditions = conditionsOf(log, () => changed());
  const keyring = keyringOf({ pinned, state, api, conditions, clock, log });
  const receiptsLog = await openReceiptsLog(files, state.pathOf(STATE.receiptsLog), clock.now);
  const outbox = await openOutbox({
    files,
    folder: state.pathOf(STATE.outbox),
    receiptsLog,
    conditions,
    random,
    signal,
    post: api.receipt,
  });
  const tampered = (found: string | null) => heartbeats.report(found);
  const changed = () => heartbeats.wake();
  const enforcement = enforcementOf({
    gatewayId,
    state,
    target,
    outbox,
    sign,
    conditions,
    clock,
    random,
    log,
    tampered,
    changed,
  });
  const { heartbeatIntervalMs: intervalMs } = options;
  const heartbeats = heartbeatsOf({
    api,
    target,
    enforcement,
    conditions,
    intervalMs,
    clock,
    random,
    signal,
  });
  const vigil = await vigilFor(options, target, { state, conditions, signal });
  const confirmed = async () => vigil?.confirmed();
  const reconciler = reconcilerOf({ api, keyring, enforcement, conditions, clock, log, confirmed });

  /** What is on disk was verified when it was put there; now it is verified again. */
  const intact = <T extends Offer>(name: string, offer: T | null): T | null => {
    if (!offer || isIntact(offer, keyring.everTrusted())) return offer;
    log.fact('state.forged', { file: name });
    return null;
  };
  const lastGood = intact(STATE.lastGood, await state.readLastGood());
  await enforcement.restore(lastGood, intact(STATE.applying, await state.readApplying()));
  await vigil?.look();

  const doubts = bell();
  const wake = () => doubts.ring();

  async function reconcile(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const result = await reconciler.run();
      failures = result.kind === 'settled' ? 0 : failures + 1;
      const usual = jittered(options.reconcileIntervalMs, random);
      const soon =
        result.kind === 'settled' ? usual : Math.max(result.retryAfterMs ?? 0, backOff(failures, random));
      await doubts.wait(soon, signal);
    }
  }

  /** One that fails must not take the others with it. */
  const guarded = async (name: string, loop: Promise<void> | undefined) => {
    await loop?.catch((error: unknown) => log.fact('agent.fault', { in: name, reason: whyOf(error) }));
  };
  log.fact('agent.started', { gateway: gatewayId, sequence: lastGood?.manifest.sequence ?? null });
  const running = Promise.all([
    guarded('reconciler', reconcile()),
    guarded(
      'listener',
      listen({
        api,
        openQueue,
        keyring,
        enforcement,
        reconciler,
        conditions,
        clock,
        random,
        log,
        signal,
        wake,
      }),
    ),
    guarded('heartbeats', heartbeats.run()),
    guarded('outbox', outbox.run()),
    guarded('vigil', vigil?.run()),
  ]);

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
      await running;
      lock.release();
      log.fact('agent.stopped', {});
    },
  };
}

async function vigilFor(
  { staleness, outside, log }: AgentOptions,
  target: Target,
  {
    state,
    conditions,
    signal,
  }: Pick<Parameters<typeof vigilOf>[1], 'conditions' | 'signal'> & { state: ReturnType<typeof stateFolder> },
): Promise<Vigil | null> {
  if (!staleness) return null;
  const { clock } = outside;
  return vigilOf(await state.readContact(), { staleness, state, target, conditions, clock, log, signal });
}
