/** The parts of an agent, put together. Nothing runs yet. */
import { type GatewayApi, gatewayApi } from './api.ts';
import { type Conditions, conditionsOf } from './conditions.ts';
import { type Enforcement, enforcementOf } from './enforcement.ts';
import { type Heartbeats, heartbeatsOf } from './heartbeats.ts';
import { type Keyring, keyringOf } from './keyring.ts';
import type { AgentOptions } from './options.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { openReceiptsLog } from './receipts-log.ts';
import { type Reconciler, reconcilerOf } from './reconciler.ts';
import { STATE, type StateFolder, stateFolder } from './state-folder.ts';
import type { Target } from './target.ts';
import { privateKeyOf, trustedKeys } from './trust.ts';
import { type Vigil, vigilOf } from './vigil.ts';

export interface Parts {
  readonly state: StateFolder;
  readonly api: GatewayApi;
  readonly conditions: Conditions;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly enforcement: Enforcement;
  readonly heartbeats: Heartbeats;
  readonly reconciler: Reconciler;
  /** Null when nobody asked for how long what runs may go unconfirmed. */
  readonly vigil: Vigil | null;
}

/** Throws a `NotStarted` when the state folder lacks something. */
export async function partsOf(options: AgentOptions, target: Target, signal: AbortSignal): Promise<Parts> {
  const { log, gatewayId, stateDir, staleness, pinKeys, heartbeatIntervalMs: intervalMs } = options;
  const { files, clock, random, fetch } = options.outside;
  const state = stateFolder(files, stateDir, (name) => log.fact('state.damaged', { file: name }));
  const api = gatewayApi({ ...options, url: options.apiUrl, fetch, now: clock.now, signal });
  const sign = await privateKeyOf(state);
  const pinned = await trustedKeys(state, { api, pinKeys, log });

  // Each tells the heartbeats, which ask each: they are there by the time anything happens.
  const changed = () => heartbeats.wake();
  const tampered = (found: string | null) => heartbeats.report(found);
  const shared = { state, api, target, clock, random, log, signal, conditions: conditionsOf(log, changed) };
  const outbox = await openOutbox({
    ...shared,
    files,
    folder: state.pathOf(STATE.outbox),
    receiptsLog: await openReceiptsLog(files, state.pathOf(STATE.receiptsLog), clock.now),
    post: api.receipt,
  });
  const keyring = keyringOf({ ...shared, pinned });
  const enforcement = enforcementOf({ ...shared, gatewayId, outbox, sign, tampered, started: changed });
  const heartbeats = heartbeatsOf({ ...shared, enforcement, intervalMs });
  const vigil = staleness ? vigilOf(await state.readContact(), { ...shared, staleness }) : null;
  const confirmed = async () => vigil?.confirmed();
  const reconciler = reconcilerOf({ ...shared, keyring, enforcement, confirmed });
  return { ...shared, outbox, keyring, enforcement, heartbeats, vigil, reconciler };
}
