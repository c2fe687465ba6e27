/** The vigil: when nobody confirmed for too long what must run, the gateway serves on or fails closed, as it was told. */
import type { Log } from '../../lib/log.ts';
import type { Clock } from './clock.ts';
import { coalesced } from './coalesced.ts';
import type { Conditions } from './conditions.ts';
import type { StalenessOptions } from './options.ts';
import { pause } from './pause.ts';
import { ageOf, type Contact, contactNow } from './staleness.ts';
import type { StateFolder } from './state-folder.ts';
import type { Target } from './target.ts';
import { whyOf } from './why.ts';

const LONGEST_LOOK_MS = 5000;
const SHORTEST_LOOK_MS = 20;
/** How much of it a restart may forget. */
const SAVE_MS = 60_000;

interface VigilOptions {
  readonly staleness: StalenessOptions;
  readonly state: Pick<StateFolder, 'writeContact'>;
  readonly target: Pick<Target, 'failClosed'>;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export type Vigil = ReturnType<typeof vigilOf>;

/** `last` is null when it was never kept before: it counts from now. */
export function vigilOf(last: Contact | null, options: VigilOptions) {
  const { staleness, state, target, conditions, clock, log, signal } = options;
  let contact = last ?? contactNow(clock);
  let savedAt = clock.uptimeMs();
  /** Null: nobody knows what it was told before this start. */
  let closed: boolean | null = null;

  const age = () => ageOf(contact, clock);
  const isStale = () => age() > staleness.maxMs;

  /** One at a time, since it is one file. */
  const save = coalesced(async () => {
    savedAt = clock.uptimeMs();
    try {
      await state.writeContact(contactNow(clock, age()));
      conditions.set('contact', null);
    } catch (error) {
      conditions.set('contact', `when the API last confirmed it cannot be kept: ${whyOf(error)}`);
    }
  });

  /** Until the gateway has taken it, it is tried at every look. */
  async function tell(wanted: boolean): Promise<void> {
    if (closed === wanted) return;
    try {
      await target.failClosed(wanted);
      const isNews = wanted || closed !== null;
      closed = wanted;
      conditions.set('closing', null);
      if (isNews)
        log.fact(wanted ? 'gateway.closed' : 'gateway.opened', { stale_seconds: Math.floor(age() / 1000) });
    } catch (error) {
      const what = wanted ? 'fail closed' : 'serve again';
      conditions.set('closing', `the gateway cannot be told to ${what}: ${whyOf(error)}`);
    }
  }

  /** One at a time: the gateway is not told to close and to open at once. */
  const look = coalesced(async () => {
    const stale = isStale();
    const seconds = Math.floor(staleness.maxMs / 1000);
    const then = staleness.whenStale === 'serve' ? 'it serves on' : 'it fails closed';
    conditions.set('stale', stale ? `what must run was not confirmed for ${seconds} s; ${then}` : null);
    if (staleness.whenStale === 'fail-closed') await tell(stale);
  });

  return {
    look,
    isClosed: () => closed === true,
    ageMs: age,

    async confirmed(): Promise<void> {
      contact = contactNow(clock);
      await look();
      await save();
    },

    async run(): Promise<void> {
      await save();
      const every = Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, staleness.maxMs / 4));
      while (!signal.aborted) {
        await look();
        if (clock.uptimeMs() - savedAt > SAVE_MS) await save();
        await pause(every, signal);
      }
    },
  };
}
