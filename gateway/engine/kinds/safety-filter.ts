/** `safety-filter`: deeds that a field of work forbids to ask for, and the terms of the document beside them. */
import { harmFinder } from '../safety/harm.ts';
import { readingsIn } from '../text/escapes.ts';
import { termFinder } from '../text/terms.ts';
import { SEEN, viewOf } from '../text/view.ts';
import type { Check, Enforcement } from './enforcement.ts';

export const SAFETY_FILTER: Enforcement<'safety-filter'> = {
  enforced: true,
  checks({
    mode,
    block_if: terms = [],
    action = 'block',
    fuzzy_matching: fuzzy,
    max_distance: distance,
    max_age: age,
  }) {
    const harmIn = harmFinder(mode, age);
    const termsIn = termFinder(terms, { distance: fuzzy ? distance : 0 });
    const check: Check = ({ messages, budget }) => {
      for (const text of readingsIn(messages)) {
        const subject =
          termsIn(text, budget).length > 0 ? 'block_if' : harmIn(viewOf(text, SEEN).text, budget);
        if (subject) return { verdict: action, reasonCode: 'safety.detected', metadata: { mode, subject } };
      }
      return null;
    };
    return { request: check, answer: check };
  },
};
