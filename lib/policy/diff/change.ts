/** A change: one thing that a later policy document says differently, and what that does to enforcement. */

/** `unknown`: it may do either, and `reason` says on what that depends. */
export type Effect = 'tightens' | 'loosens' | 'neutral' | 'unknown';

export interface Verdict {
  readonly effect: Effect;
  /** In the words of somebody who answers for the policy, not of the file format. */
  readonly reason: string;
}

export interface Change extends Verdict {
  /** `policy.spend-limit.max_daily_usd`; an item with an identity is `providers.targets[primary].model`. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  /** Null when there was nothing. Clipped, and never a secret. What moved has its places here, from 0. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface DocumentDiff {
  /** As the later document is read, then what only the earlier one had. Never more than `MAX_CHANGES`. */
  readonly changes: readonly Change[];
  /** One line of at most `MAX_SUMMARY` characters, what loosens first. */
  readonly summary: string;
}

export const MAX_CHANGES = 500;
export const MAX_SUMMARY = 200;
