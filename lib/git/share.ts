/** Share: how much one read holds. Those that hold much take turns, so that all of them fit into one process. */
import { Fault } from '../domain/fault.ts';
import type { Bounds } from './bounds.ts';
import { type TakeTurn, turns } from './turns.ts';

export type ShareBounds = Pick<Bounds, 'smallBytes' | 'largeReads' | 'placeMs'>;

/** For all reads of one process: gives each its share. */
export type Room = () => Share;

export function room(bounds: ShareBounds): Room {
  const turn = turns(bounds.largeReads);
  return () => new Share(bounds, turn);
}

/** A large read without a place was about to hold more. */
export class NeedsPlace extends Error {
  override readonly name = 'NeedsPlace';
}

const LARGE = 'large';

/**
 * A read waits for a place holding no more than a small one does. It takes one at most, and never while it waits
 * for anything but its own host, whose deadlines end that: so no two reads can wait for each other.
 */
export class Share {
  readonly #bounds: ShareBounds;
  readonly #turn: TakeTurn;
  #held = 0;
  #leave: (() => void) | null = null;

  constructor(bounds: ShareBounds, turn: TakeTurn) {
    this.#bounds = bounds;
    this.#turn = turn;
  }

  /** Counts what is about to be held; false, and nothing is counted, when that takes a place first. */
  claim(bytes: number): boolean {
    if (!this.#leave && this.#held + bytes > this.#bounds.smallBytes) return false;
    this.#held += bytes;
    return true;
  }

  /** The same for work that cannot wait in the middle, and is begun anew once there is a place. */
  demand(bytes: number): void {
    if (!this.claim(bytes)) throw new NeedsPlace();
  }

  /** The same for work that can. */
  async hold(bytes: number): Promise<void> {
    if (this.claim(bytes)) return;
    await this.place();
    this.#held += bytes;
  }

  async place(): Promise<void> {
    this.#leave ??= await this.#turn(LARGE, AbortSignal.timeout(this.#bounds.placeMs)).catch(() => {
      throw new Fault('network', BUSY);
    });
  }

  /** Whatever became of the read. */
  end(): void {
    this.#leave?.();
    this.#leave = null;
  }
}

const BUSY =
  'the answer of the git host is large, and other large ones were being read for as long as it could wait; it is asked for again later';
