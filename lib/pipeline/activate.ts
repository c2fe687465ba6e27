/** Activate: an operator puts a version in force at once, and may hold it against git for a while. */
import type { Activation } from '../domain/activation.ts';
import { activateByHand, type Configuration } from '../domain/configuration.ts';
import { type Event, newEvent } from '../domain/event.ts';
import type { Hold } from '../domain/hold.ts';
import { refOf, type Version } from '../domain/version.ts';
import type { Clock, Configurations, FanOutQueue, Links, Sources, SyncQueue, Versions } from '../ports.ts';
import { announce } from './announce.ts';

export interface ActivatePorts {
  readonly configurations: Configurations;
  readonly versions: Versions;
  readonly links: Links;
  readonly sources: Sources;
  readonly syncQueue: SyncQueue;
  readonly fanOutQueue: FanOutQueue;
  readonly clock: Clock;
}

/** Who asks, and in which request. */
export interface Caller {
  readonly actor: string;
  readonly requestId: string;
}

export interface HoldWish {
  readonly until: Date;
}

export type ActivateOutcome =
  | { readonly kind: 'done'; readonly configuration: Configuration; readonly version: Version }
  | { readonly kind: 'no such version' }
  /** A configuration that git does not feed has nothing to be held against. */
  | { readonly kind: 'nothing to hold against' }
  | { readonly kind: 'conflict' };

const CONFLICT_RETRIES = 5;

export async function activate(
  configurationId: string,
  numberOrId: string,
  wish: { reason: string; hold: HoldWish | null },
  caller: Caller,
  ports: ActivatePorts,
): Promise<ActivateOutcome> {
  const version = await ports.versions.find(configurationId, numberOrId);
  if (!version) return { kind: 'no such version' };
  for (let attempt = 0; attempt < CONFLICT_RETRIES; attempt++) {
    const outcome = await attemptActivation(configurationId, version, wish, caller, ports);
    if (outcome) return outcome;
  }
  return { kind: 'conflict' };
}

async function attemptActivation(
  configurationId: string,
  version: Version,
  wish: { reason: string; hold: HoldWish | null },
  { actor, requestId }: Caller,
  ports: ActivatePorts,
): Promise<ActivateOutcome | null> {
  const before = await ports.configurations.find(configurationId);
  if (!before) return { kind: 'no such version' };
  const source = await sourceOf(before, ports);
  if (wish.hold && source === null) return { kind: 'nothing to hold against' };
  const now = ports.clock.now();
  const hold: Hold | null = wish.hold && {
    until: wish.hold.until.toISOString(),
    reason: wish.reason,
    actor,
    at: now.toISOString(),
  };
  const change = activateByHand(before, refOf(version), hold);
  const about = { actor, team: before.team, configurationId, versionId: version.id, requestId };
  const moved: Event = newEvent(now, {
    ...about,
    type: 'version.activated',
    detail: {
      before: before.active?.id ?? null,
      sequence: change.course.sequence,
      reload: change.reload,
      reason: wish.reason,
    },
  });
  const held: Event = newEvent(now, {
    ...about,
    type: 'hold.set',
    detail: { until: hold?.until, reason: wish.reason },
  });
  const lifted: Event = newEvent(now, {
    ...about,
    type: 'hold.released',
    detail: { why: 'activated without one' },
  });
  const after: Configuration = { ...before, ...change.course, updatedAt: now.toISOString() };
  const result = await ports.configurations.move({
    before,
    after,
    change,
    publish: null,
    lease: null,
    unsettle: source,
    events: [
      ...(change.activated ? [moved] : []),
      ...(hold ? [held] : []),
      ...(before.hold && !hold ? [lifted] : []),
    ],
    activation: change.activated ? activationOf(wish.reason, hold, { actor, requestId }, now) : null,
  });
  if (result !== 'moved') return null;
  if (change.activated) await announce(configurationId, after.sequence, ports);
  return { kind: 'done', configuration: after, version };
}

function activationOf(
  reason: string,
  hold: Hold | null,
  { actor, requestId }: Caller,
  now: Date,
): Activation {
  const at = now.toISOString();
  return {
    actor,
    requestId,
    reason: reason === '' ? null : reason,
    heldUntil: hold?.until ?? null,
    receivedAt: at,
    fetchedAt: null,
    publishedAt: null,
    at,
  };
}

async function sourceOf({ origin }: Configuration, { links }: ActivatePorts): Promise<string | null> {
  return origin ? ((await links.find(origin.linkId))?.sourceId ?? null) : null;
}

/** Lifts the hold, and lets git take over at once. False when there is none. */
export async function releaseHold(
  configurationId: string,
  { actor, requestId }: Caller,
  ports: ActivatePorts,
): Promise<boolean> {
  for (let attempt = 0; attempt < CONFLICT_RETRIES; attempt++) {
    const before = await ports.configurations.find(configurationId);
    if (!before?.hold) return false;
    const source = await sourceOf(before, ports);
    const now = ports.clock.now();
    const about = { actor, team: before.team, configurationId, requestId };
    const event = newEvent(now, { ...about, type: 'hold.released', detail: { why: 'lifted by hand' } });
    const after: Configuration = { ...before, hold: null, updatedAt: now.toISOString() };
    const change = { course: after, activated: false, reload: false, holdReleased: null };
    const step = {
      before,
      after,
      change,
      publish: null,
      lease: null,
      // Should we die before asking for a look, the next cycle makes one.
      unsettle: source,
      events: [event],
      activation: null,
    };
    if ((await ports.configurations.move(step)) !== 'moved') continue;
    if (source) await lookNow(source, ports);
    return true;
  }
  return false;
}

/** An operator's hint. */
export async function lookNow(
  source: string,
  ports: { sources: Sources; syncQueue: SyncQueue; clock: Clock },
): Promise<void> {
  const hinted = await ports.sources.hint(source, ports.clock.now());
  if (!hinted) return;
  const message = { source, why: 'hint' as const, commit: null, attempt: 0, wanted: hinted.wanted };
  await ports.syncQueue.send([{ message, delaySeconds: 0 }]);
}
