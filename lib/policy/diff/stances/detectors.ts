/** Stances on the kinds that ask a model or a service: `external-moderation`, `embedding-detector`. */
import { keyed } from '../groups.ts';
import { neutral, ranked, threshold, undecided } from '../ordered.ts';
import { blocking } from '../sets.ts';
import type { StanceTable } from '../stance.ts';

const JUDGE = 'somebody else judges the text';

export const EXTERNAL_MODERATION: StanceTable = {
  provider: undecided(JUDGE, 'webhook'),
  secret_key_ref: neutral('another credential for the same service'),
  endpoint: undecided(JUDGE),
  categories: blocking('the moderated categories', {
    fallback: [],
    empty: 'whether an empty list means all categories is not documented',
  }),
  threshold: undecided('a lower threshold usually catches more, but each service scores in its own way', 0.5),
};

export const EMBEDDING_DETECTOR: StanceTable = {
  backend: undecided('another service compares the text', 'local'),
  endpoint: undecided('another service compares the text', 'http://localhost:8080/embed'),
  model: undecided('another model finds other texts alike', 'all-MiniLM-L6-v2'),
  api_key: neutral('another credential for the same service'),
  similarity_threshold: threshold('the likeness from which a text is caught', 'loosens', {
    fallback: 0.7,
    why: 'a lower one catches more',
  }),
  timeout_ms: undecided('whether a text passes when time runs out is not documented', 20),
  action: ranked('the action on text that is caught', [['block'], ['redact']], 'redact'),
  categories: keyed('the category', ['label'], 'tightens'),
  'categories[].label': neutral('a name decides nothing'),
  'categories[].reference_text': undecided('`*` is compared with another text'),
};
