/** Enforcement: makes the target run what was verified, and remembers it so that nothing on the way can lose it. */
import type { Statement } from '../../lib/domain/receipt.ts';
import type { Manifest } from '../../lib/domain/reload.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from './clock.ts';
import type { Conditions } from './conditions.ts';
import { isSame } from './decide.ts';
import { type Difference, differenceFrom } from './difference.ts';
import type { Outbox } from './outbox.ts';
import { backOff } from './pause.ts';
import type { SignReceipt } from './receipts.ts';
import { highestOf, raised, type Sequences } from './sequences.ts';
import type { LastGood, Offer, Refused } from './shapes.ts';
import type { StateFolder } from './state-folder.ts';
import type { ApplyOutcome, Target } from './target.ts';
import { oneLine, whyOf } from './why.ts';

/** Every try disturbs the gateway. */
const LONGEST_RETRY_MS = 10 * 60_000;

interface EnforcementOptions {
  readonly gatewayId: string;
  readonly state: StateFolder;
  readonly target: Target;
  readonly outbox: Pick<Outbox, 'add'>;
  readonly sign: SignReceipt;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** As it was found: a heartbeat is to say so before it is mended. */
  tampered(found: string | null): void;
  /** It runs something, and did not before: a receipt says no more than what. */
  started(): void;
}

/** When it was heard of, and when it was verified. */
export interface Times {
  readonly receivedAt: Date;
  readonly verifiedAt: Date | null;
}

interface Failed {
  readonly manifest: Manifest;
  readonly count: number;
  readonly notBefore: number;
}

export type Enforcement = ReturnType<typeof enforcementOf>;

export function enforcementOf(options: EnforcementOptions) {
  const { state, target, outbox, conditions, clock, log } = options;
  let good: LastGood | null = null;
  let sequences: Sequences = {};
  let refused: Refused | null = null;
  let unsaved = false;
  let failed: Failed | null = null;
  /** What was found wrong, until the target says that it was mended. */
  let differs: string | null = null;

  const statementOf = ({ version_id, content_hash, sequence }: Manifest, times: Times) => ({
    gateway_id: options.gatewayId,
    version_id,
    content_hash,
    sequence,
    received_at: times.receivedAt.toISOString(),
    verified_at: times.verifiedAt?.toISOString() ?? null,
  });

  function letThrough(): string | null {
    const kinds = target.unenforced();
    return kinds.length === 0 ? null : oneLine(`let through: ${kinds.join(', ')}`);
  }

  async function tryTarget(offer: Offer): Promise<ApplyOutcome> {
    try {
      const before = good ? Buffer.from(good.content, 'utf8') : undefined;
      return await target.apply(Buffer.from(offer.content, 'utf8'), offer.manifest, before);
    } catch (error) {
      return { kind: 'refused', reason: whyOf(error) };
    }
  }

  /** What is on disk may be older than what runs until both have succeeded. */
  async function save(): Promise<void> {
    await saving(async () => {
      if (good) await state.writeLastGood(good);
    });
  }

  async function saveRefused(): Promise<void> {
    if (refused) await state.writeRefused(refused);
  }

  /** What can be told from `last-good.json` as long as that is whole: nobody need wait for it. */
  async function tidyUp(): Promise<void> {
    await saving(async () => {
      await state.writeSequences(sequences);
      await state.removeApplying();
    });
  }

  async function saving(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      conditions.set('state', null);
    } catch (error) {
      unsaved = true;
      conditions.set('state', `the state folder cannot be written: ${whyOf(error)}`);
    }
  }

  /** The same refusal again is the same receipt. */
  async function refuse({ manifest }: Offer, why: string, times: Times): Promise<void> {
    const reason = oneLine(why);
    conditions.set('refused', `version ${manifest.number}: ${reason}`);
    if (refused && isSameRefusal(refused, manifest, reason)) return;
    const statement: Statement = {
      ...statementOf(manifest, times),
      state: 'refused',
      reason,
      applied_at: null,
    };
    refused = { configuration_id: manifest.configuration_id, receipt: options.sign(statement) };
    log.fact('version.refused', { sequence: manifest.sequence, hash: manifest.content_hash, reason });
    await saving(saveRefused);
    await outbox.add(refused.receipt);
  }

  async function fail(offer: Offer, why: string, times: Times): Promise<'failed'> {
    const count = failed && isSame(failed.manifest, offer.manifest) ? failed.count + 1 : 1;
    const notBefore = clock.uptimeMs() + backOff(count, options.random, LONGEST_RETRY_MS);
    failed = { manifest: offer.manifest, count, notBefore };
    await refuse(offer, why, times);
    return 'failed';
  }

  async function apply(offer: Offer, times: Times): Promise<'applied' | 'failed'> {
    try {
      // Known before anything is touched: that there is room, and after a crash what was being done.
      await state.writeApplying(offer);
    } catch (error) {
      return fail(offer, `the state folder cannot be written: ${whyOf(error)}`, times);
    }
    const outcome = await tryTarget(offer);
    if (outcome.kind === 'refused') {
      await state.removeApplying().catch(() => {}); // what runs now does not match it: it is ignored
      return fail(offer, outcome.reason, times);
    }
    const statement: Statement = {
      ...statementOf(offer.manifest, times),
      state: 'applied',
      reason: letThrough(),
      applied_at: clock.now().toISOString(),
    };
    await commit({ ...offer, receipt: options.sign(statement) });
    return 'applied';
  }

  async function commit(next: LastGood): Promise<void> {
    const { configuration_id, sequence, content_hash, number } = next.manifest;
    if (!good) options.started();
    good = next;
    sequences = raised(sequences, next.manifest);
    failed = null;
    differs = null;
    await save();
    log.fact('version.applied', { configuration: configuration_id, number, sequence, hash: content_hash });
    conditions.set('refused', null);
    conditions.set('unenforced', letThrough());
    await outbox.add(next.receipt);
    await tidyUp();
  }

  /** Puts what was applied last back where it is not what runs. Never throws. */
  async function heal(): Promise<void> {
    if (unsaved) await saveAgain();
    try {
      if (good) await compare(good);
      conditions.set('gateway', null);
    } catch (error) {
      conditions.set('gateway', `what it runs cannot be looked at: ${whyOf(error)}`);
    }
  }

  async function saveAgain(): Promise<void> {
    unsaved = false;
    await save();
    if (!unsaved) await saving(saveRefused);
    if (!unsaved) await tidyUp();
  }

  async function compare(good: LastGood): Promise<void> {
    const difference = await differenceFrom(good.manifest.content_hash, target);
    if (difference) tell(difference, good);
    if (differs === null) return conditions.set('tampered', null);
    const why = differs;
    const outcome = await tryTarget(good);
    if (outcome.kind === 'applied') differs = null;
    // Said until the next look, which is when it has stayed.
    const result =
      outcome.kind === 'applied' ? 'it was put back' : `the gateway was not put back: ${outcome.reason}`;
    conditions.set('tampered', `${why}; ${result}`);
  }

  function tell({ why, found }: Difference, { manifest }: LastGood): void {
    if (conditions.get('tampered') === null) conditions.set('tampered', why);
    if (differs !== why) log.fact('gateway.differs', { why, found, hash: manifest.content_hash });
    differs = why;
    options.tampered(found);
  }

  /** After a crash in the middle of it: what is in place already is finished, whether the API answers or not. */
  async function finish(offer: Offer | null): Promise<void> {
    if (!offer) return;
    const inPlace = target.stored ? await target.stored() : await target.running();
    const times = { receivedAt: clock.now(), verifiedAt: clock.now() };
    const { configuration_id, sequence, content_hash } = offer.manifest;
    const isDone = sequence <= (highestOf(sequences, configuration_id) ?? 0);
    if (inPlace === content_hash && !isDone) await apply(offer, times);
    else await state.removeApplying();
  }

  return {
    apply,
    refuse,
    heal,

    /** From disk, verified again. The gateway runs it when this returns, if it can. */
    async restore(last: LastGood | null, applying: Offer | null): Promise<void> {
      good = last;
      refused = await state.readRefused();
      sequences = await state.readSequences();
      if (last) sequences = raised(sequences, last.manifest);
      await finish(applying);
      if (good) await outbox.add(good.receipt);
      if (refused) await outbox.add(refused.receipt);
      await heal();
    },

    good: () => good,
    known: () => ({ applied: good?.manifest ?? null, sequences }),

    /** Whether it was tried, and is not to be tried again yet. */
    isPostponed: ({ manifest }: Offer): boolean =>
      failed !== null && isSame(failed.manifest, manifest) && clock.uptimeMs() < failed.notBefore,
  };
}

function isSameRefusal({ configuration_id, receipt }: Refused, manifest: Manifest, reason: string): boolean {
  return (
    configuration_id === manifest.configuration_id &&
    receipt.sequence === manifest.sequence &&
    receipt.content_hash === manifest.content_hash &&
    receipt.reason === reason
  );
}
