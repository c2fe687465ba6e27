/** `entity-list-filter`: the names in the file as people write them, and no list of any authority. */
import { namesOf } from '../text/names.ts';
import { termFinder } from '../text/terms.ts';
import type { Enforcement } from './enforcement.ts';
import { blockingTerms } from './term-blocking.ts';

export const ENTITY_LIST_FILTER: Enforcement<'entity-list-filter'> = {
  enforced: true,
  checks: ({ blocked_entities: entities, fuzzy_matching: fuzzy, max_distance: distance }) =>
    blockingTerms(
      termFinder(entities.flatMap(namesOf), { distance: fuzzy ? distance : 0 }),
      'entity_list.detected',
    ),
};
