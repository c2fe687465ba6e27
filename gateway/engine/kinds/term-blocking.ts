/** Blocking on terms: what `entity-list-filter` and `itar-ear-filter` have in common. */
import { textsOf } from '../request.ts';
import { termFinder } from '../text/terms.ts';
import type { Check, Checks } from './enforcement.ts';

export function blockingTerms(terms: readonly string[], distance: number, reasonCode: string): Checks {
  const find = termFinder(terms, distance);
  const check: Check = ({ messages, budget }) =>
    textsOf(messages).some((text) => find(text, budget).length > 0) ? { verdict: 'block', reasonCode } : null;
  return { request: check, answer: check };
}
