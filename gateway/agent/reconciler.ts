/** The reconciler: asks the API what must run, and sees to it that it does. Whatever else comes is only a reason to ask. */
import type { Manifest } from '../../lib/domain/reload.ts';
import type { Log } from '../../lib/log.ts';
import { ApiTrouble, type ConfigurationAnswer, type GatewayApi } from './api.ts';
import type { Clock } from './clock.ts';
import { coalesced } from './coalesced.ts';
import type { Conditions } from './conditions.ts';
import { type Decision, decide, isSame } from './decide.ts';
import type { Enforcement, Times } from './enforcement.ts';
import type { Keyring } from './keyring.ts';
import type { Offer } from './shapes.ts';
import { whyOf } from './why.ts';

type Reconciled =
  /** What must run is known, and runs, or never will. */
  { readonly kind: 'settled' } | { readonly kind: 'again'; readonly retryAfterMs: number | null };

interface ReconcilerOptions {
  readonly api: Pick<GatewayApi, 'configuration'>;
  readonly keyring: Keyring;
  readonly enforcement: Enforcement;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly log: Log;
  /** The API confirmed what must run. */
  confirmed(): Promise<void>;
}

export type Reconciler = ReturnType<typeof reconcilerOf>;

const AGAIN: Reconciled = { kind: 'again', retryAfterMs: null };
const SETTLED: Reconciled = { kind: 'settled' };

export function reconcilerOf(options: ReconcilerOptions) {
  const { api, keyring, enforcement, conditions, clock, log } = options;
  /** What was decided on last; null asks for it all, whatever runs. */
  let settled: Manifest | null = null;
  /** The last that was genuine. */
  let offered: Manifest | null = null;
  let doubtful = true;
  let heard: { readonly sequence: number; readonly at: Date } | null = null;

  const decideOn = (offer: Offer): Decision =>
    decide(offer, { ...enforcement.known(), keys: keyring.keys() });

  async function follow(answer: ConfigurationAnswer, urgent: boolean): Promise<Reconciled> {
    if (answer.kind === 'not bound') {
      conditions.set('binding', 'the gateway is not bound to a configuration; it keeps what it runs');
      return SETTLED;
    }
    conditions.set('binding', null);
    if (answer.kind === 'not modified') {
      const { applied } = enforcement.known();
      if (settled && applied && isSame(settled, applied)) conditions.set('refused', null);
      await options.confirmed();
      return SETTLED;
    }
    return consider(answer.offer, urgent);
  }

  async function consider(offer: Offer, urgent: boolean): Promise<Reconciled> {
    const receivedAt = heard?.sequence === offer.manifest.sequence ? heard.at : clock.now();
    let decision = decideOn(offer);
    if (decision.kind === 'unknown key') {
      await keyring.refresh();
      decision = decideOn(offer);
    }
    const genuine =
      decision.kind === 'apply' ||
      decision.kind === 'nothing' ||
      (decision.kind === 'refuse' && decision.verified);
    const times = { receivedAt, verifiedAt: genuine ? clock.now() : null };
    if (genuine) {
      offered = offer.manifest;
      await options.confirmed();
    }
    return carryOut(decision, offer, times, urgent);
  }

  async function carryOut(
    decision: Decision,
    offer: Offer,
    times: Times,
    urgent: boolean,
  ): Promise<Reconciled> {
    switch (decision.kind) {
      case 'nothing':
        conditions.set('refused', null);
        settled = offer.manifest;
        return SETTLED;
      case 'apply': {
        if (!urgent && enforcement.isPostponed(offer)) return SETTLED;
        const result = await enforcement.apply(offer, times);
        if (result === 'failed') return AGAIN;
        settled = offer.manifest;
        return SETTLED;
      }
      case 'refuse':
        await enforcement.refuse(offer, decision.why, times);
        if (!decision.verified) return AGAIN;
        settled = offer.manifest;
        return SETTLED;
      case 'unknown key':
        await enforcement.refuse(offer, decision.why, times);
        return AGAIN;
    }
  }

  async function run(): Promise<Reconciled> {
    const urgent = doubtful;
    doubtful = false;
    let result: Reconciled;
    try {
      const answer = await api.configuration(urgent || !settled ? null : etagOf(settled));
      conditions.set('api', null);
      result = await follow(answer, urgent);
    } catch (error) {
      doubtful ||= urgent;
      result = troubled(error);
    }
    await enforcement.heal();
    return result;
  }

  function troubled(error: unknown): Reconciled {
    if (error instanceof ApiTrouble) {
      conditions.set('api', error.message);
      return { kind: 'again', retryAfterMs: error.retryAfterMs };
    }
    log.fact('agent.fault', { reason: whyOf(error) });
    return AGAIN;
  }

  const once = coalesced(run);

  return {
    run: once,

    /** What is known is not to be relied on: the next run asks for it all, and tries what was put off. */
    doubt(): void {
      doubtful = true;
    },

    /** A genuine message told of it. Returns whether nothing more is to be done about the message. */
    async hear(manifest: Manifest): Promise<boolean> {
      heard = { sequence: manifest.sequence, at: clock.now() };
      doubtful = true;
      await once();
      if (conditions.get('api') !== null) return false;
      if (conditions.get('binding') !== null) return true;
      if (!offered) return false;
      // Bound to another configuration by now, or told of what is newer.
      return offered.configuration_id !== manifest.configuration_id || offered.sequence >= manifest.sequence;
    },
  };
}

const etagOf = ({ sequence, content_hash }: Manifest): string => `"${sequence}.${content_hash}"`;
