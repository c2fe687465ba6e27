/** Stances on the kinds that refuse or change content: filters, `bias-monitor`, `response-rewriter`. */
import { fuzzy, keyed } from '../groups.ts';
import { neutral, ranked, undecided } from '../ordered.ts';
import { blocking } from '../sets.ts';
import type { StanceTable } from '../stance.ts';

const BLOCK_OR_ESCALATE = [['block'], ['escalate']];

export const SAFETY_FILTER: StanceTable = {
  ...fuzzy(1),
  mode: undecided('another field of use has other rules of its own', 'critical_infrastructure'),
  block_if: blocking('what is blocked', {
    empty: 'whether the list adds to the built-in one or replaces it is not documented',
  }),
  action: ranked('the action on unsafe content', BLOCK_OR_ESCALATE),
  max_age: undecided('what the age limits is not documented', 0),
};

export const ENTITY_LIST_FILTER: StanceTable = {
  ...fuzzy(1),
  blocked_entities: blocking('the blocked entities', { fallback: [] }),
  action: ranked('the action on a blocked entity', [['block']], 'block'),
};

export const ITAR_EAR_FILTER: StanceTable = {
  ...fuzzy(1),
  blocked_terms: blocking('the export-controlled terms', { fallback: [] }),
  action: ranked('the action on an export-controlled term', [['block']], 'block'),
};

export const BIAS_MONITOR: StanceTable = {
  protected_characteristics: blocking('the protected characteristics', { fallback: [] }),
  threshold: undecided('whether bias lies above the threshold or below it is not documented', 0.85),
  action: ranked('the action on bias', BLOCK_OR_ESCALATE),
};

const REWRITES = 'what it rewrites decides what that does';

export const RESPONSE_REWRITER: StanceTable = {
  preserve_structure: neutral('the layout of an answer decides nothing', true),
  rules: keyed('the rule', ['name'], 'unknown', REWRITES, (name) => ({
    effect: 'unknown',
    reason: `the rule \`${name}\` moved: each rule rewrites what the ones before it left`,
  })),
  'rules[].name': neutral('a name decides nothing'),
  'rules[].pattern': undecided(`the rule \`*\` applies to other text: ${REWRITES}`),
  'rules[].replacement': undecided(`the rule \`*\` writes another text: ${REWRITES}`),
  'rules[].position': undecided(`the rule \`*\` writes at another place: ${REWRITES}`, 'replace'),
};
