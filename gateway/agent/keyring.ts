/** The keyring: the signing keys that this gateway trusts, pinned at registration and rotated with an overlap. */
import type { Log } from '../../lib/log.ts';
import type { GatewayApi } from './api.ts';
import type { Clock } from './clock.ts';
import type { Conditions } from './conditions.ts';
import { rotated } from './pins.ts';
import type { Key, Pinned } from './shapes.ts';
import type { StateFolder } from './state-folder.ts';
import { whyOf } from './why.ts';

/** Whoever sends messages with made-up keys must not make us ask the API for each. */
const LEAST_PAUSE_MS = 10_000;

interface KeyringOptions {
  readonly pinned: Pinned;
  readonly state: StateFolder;
  readonly api: Pick<GatewayApi, 'keys'>;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly log: Log;
}

export type Keyring = ReturnType<typeof keyringOf>;

export function keyringOf({ pinned: first, state, api, conditions, clock, log }: KeyringOptions) {
  let pinned = first;
  let asked = { at: Number.NEGATIVE_INFINITY, answer: Promise.resolve() };

  async function ask(): Promise<void> {
    try {
      const next = rotated(pinned, await api.keys());
      if (!next)
        return conditions.set('keys', 'the signing keys of the API have nothing in common with those pinned');
      await state.writeKeys(next);
      pinned = next;
      conditions.set('keys', null);
      log.fact('keys.pinned', { keys: next.keys.map(({ kid }) => kid) });
    } catch (error) {
      conditions.set('keys', `the signing keys cannot be asked for: ${whyOf(error)}`);
    }
  }

  return {
    /** To verify what comes with. */
    keys: (): readonly Key[] => pinned.keys,
    /** To verify what is on our own disk with. */
    everTrusted: (): readonly Key[] => [...pinned.keys, ...pinned.retired],

    /** Asks for the keys of today. Never throws: without them, the ones that are pinned count. */
    refresh(): Promise<void> {
      const now = clock.uptimeMs();
      if (now - asked.at >= LEAST_PAUSE_MS) asked = { at: now, answer: ask() };
      // Whoever comes while they are asked for waits for the same answer.
      return asked.answer;
    },
  };
}
