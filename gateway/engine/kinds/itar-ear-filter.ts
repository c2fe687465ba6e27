/** `itar-ear-filter`: the terms in the file, and no export control list. */
import type { Enforcement } from './enforcement.ts';
import { blockingTerms } from './term-blocking.ts';

export const ITAR_EAR_FILTER: Enforcement<'itar-ear-filter'> = {
  enforced: true,
  checks: ({ blocked_terms: terms, fuzzy_matching: fuzzy, max_distance: distance }) =>
    blockingTerms(terms, fuzzy ? distance : 0, 'itar_ear.detected'),
};
