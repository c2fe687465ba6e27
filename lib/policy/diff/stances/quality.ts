/** Stances on the kinds that judge an answer: `citation-verifier`, `quality-scorer`. */
import { keyed } from '../groups.ts';
import { floor, guard, neutral, opening, ranked, undecided } from '../ordered.ts';
import { blocking } from '../sets.ts';
import type { OpenStance, StanceTable } from '../stance.ts';

const undocumented: OpenStance = {
  shape: 'open',
  verdict: { effect: 'unknown', reason: 'what this field does is not documented' },
};

const BLOCK_OR_FLAG = [['block'], ['flag']];

export const CITATION_VERIFIER: StanceTable = {
  require_sources: guard('the need for sources', true),
  require_source_match: guard('the need for sources to say what is claimed', false),
  min_confidence: floor('the least confidence', { fallback: 0.8 }),
  min_groundedness: floor('the least groundedness'),
  external_resolver: undocumented,
  extract_patterns: blocking('the kinds of citation that are looked for'),
  'output_action.unverified_action': ranked('the action on what cannot be verified', BLOCK_OR_FLAG),
  'output_action.hallucination_action': ranked('the action on what is made up', BLOCK_OR_FLAG),
  'response.include_verification_report': neutral('what is told beside an answer decides nothing'),
};

const WEIGHT = undecided('other scores count for more: which answers pass depends on them');

export const QUALITY_SCORER: StanceTable = {
  industry: undecided('another industry has other standards'),
  min_output_chars: floor('the least length of an answer', { unit: 'characters' }),
  min_sentences: floor('the least length of an answer', { unit: 'sentences' }),
  mock_scoring: opening('scoring without judging'),
  providers: keyed('the judge', ['id'], 'unknown', 'others judge an answer'),
  'providers[].id': neutral('a name decides nothing'),
  'providers[].label': neutral('a name decides nothing'),
  'providers[].provider': undecided('the judge `*` is another one'),
  'providers[].model': undecided('the judge `*` is another model'),
  'providers[].secret_key_ref': neutral('another credential for the same service'),
  'providers[].config': undocumented,
  'benchmarks.ragas_faithfulness': guard('the benchmark of faithfulness'),
  'benchmarks.ragas_relevancy': guard('the benchmark of relevancy'),
  'benchmarks.coherence': guard('the benchmark of coherence'),
  'benchmarks.completeness': guard('the benchmark of completeness'),
  assertions: keyed('the assertion', ['name', 'type'], 'tightens'),
  'assertions[].type': undecided('the assertion `*` checks something else'),
  'assertions[].name': neutral('a name decides nothing'),
  'assertions[].enabled': guard('the assertion `*`'),
  'assertions[].threshold': floor('the threshold of the assertion `*`'),
  'assertions[].weight': WEIGHT,
  'assertions[].mode': undecided('only one mode is documented'),
  'assertions[].severity': ranked('the severity of the assertion `*`', [['critical'], ['warning']]),
  'assertions[].config': undocumented,
  'thresholds.min_aggregate': floor('the least score'),
  'thresholds.min_faithfulness': floor('the least score for faithfulness'),
  'thresholds.min_relevancy': floor('the least score for relevancy'),
  'thresholds.min_coherence': floor('the least score for coherence'),
  'thresholds.min_completeness': floor('the least score for completeness'),
  'thresholds.min_accuracy': floor('the least score for accuracy'),
  'weights.faithfulness': WEIGHT,
  'weights.relevancy': WEIGHT,
  'weights.coherence': WEIGHT,
  'weights.completeness': WEIGHT,
  'weights.accuracy': WEIGHT,
  'pass_policy.strategy': undecided('only one strategy is documented'),
  'pass_policy.threshold': floor('the score from which an answer passes'),
  'failure_action.action': ranked('the action on a poor answer', [['block']]),
};
