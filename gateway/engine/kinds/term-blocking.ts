/** Blocking on terms: what `entity-list-filter` and `itar-ear-filter` have in common. */
import { readingsIn } from '../text/escapes.ts';
import type { TermFinder } from '../text/terms.ts';
import type { Check, Checks } from './enforcement.ts';

export function blockingTerms(find: TermFinder, reasonCode: string): Checks {
  const check: Check = ({ messages, budget }) =>
    readingsIn(messages).some((text) => find(text, budget).length > 0)
      ? { verdict: 'block', reasonCode }
      : null;
  return { request: check, answer: check };
}
