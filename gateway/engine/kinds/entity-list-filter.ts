/** `entity-list-filter`: the names in the file, and no list of any authority. */
import type { Enforcement } from './enforcement.ts';
import { blockingTerms } from './term-blocking.ts';

export const ENTITY_LIST_FILTER: Enforcement<'entity-list-filter'> = {
  enforced: true,
  checks: ({ blocked_entities: names, fuzzy_matching: fuzzy, max_distance: distance }) =>
    blockingTerms(names, fuzzy ? distance : 0, 'entity_list.detected'),
};
