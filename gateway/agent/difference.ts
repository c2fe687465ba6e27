/** A difference between what was applied last, and what runs or would run after a restart of the gateway. */
import type { Target } from './target.ts';

export interface Difference {
  readonly why: string;
  /** What was found to run; null when that is nothing. */
  readonly found: string | null;
}

/** Null when there is none, or none that can be seen. Throws when it cannot be looked at. */
export async function differenceFrom(hash: string, target: Target): Promise<Difference | null> {
  const running = await target.running();
  const stored = await target.stored?.();
  if (stored === null) return { why: 'what the gateway reads is not there', found: running ?? null };
  if (stored !== undefined && stored !== hash)
    return { why: 'what the gateway reads was changed by somebody else', found: running ?? stored };
  if (typeof running === 'string' && running !== hash)
    return { why: 'the gateway runs something else', found: running };
  // A process that reads a file may just not run; what runs in this one has to.
  if (running === null && stored === undefined) return { why: 'the gateway runs nothing', found: null };
  return null;
}
