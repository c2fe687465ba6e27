/** `itar-ear-filter`: the terms in the file, in the singular and the plural, and no export control list. */
import { termFinder } from '../text/terms.ts';
import type { Enforcement } from './enforcement.ts';
import { blockingTerms } from './term-blocking.ts';

export const ITAR_EAR_FILTER: Enforcement<'itar-ear-filter'> = {
  enforced: true,
  checks: ({ blocked_terms: terms, fuzzy_matching: fuzzy, max_distance: distance }) =>
    blockingTerms(termFinder(terms, { distance: fuzzy ? distance : 0, plurals: true }), 'itar_ear.detected'),
};
