/** An activation: who put a version in force, why, and when each step on the way there was done. */

/** It goes with the mark to fan-out and stays with what was announced, so that keeping it costs no write of its own. */
export interface Activation {
  /** `token:<id>`, or `sync` when git did. */
  readonly actor: string;
  readonly requestId: string | null;
  readonly reason: string | null;
  /** Until when it was held against git; null when it was not. */
  readonly heldUntil: string | null;
  /** When the delivery, the poll's hint or the call was received; null when git took over again by itself. */
  readonly receivedAt: string | null;
  /** When the file had been read; null for what was not read from git for this. */
  readonly fetchedAt: string | null;
  /** When the version was made; null for one that was there before. */
  readonly publishedAt: string | null;
  readonly at: string;
}
