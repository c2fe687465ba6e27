/** `citation-verifier`, `quality-scorer`. */
import { AMOUNT, COUNT, FLAG, FRACTION, NAME, OPEN, oneOf, type Row, rows, TEXT, TEXTS } from '../row.ts';

const CITATION: readonly Row[] = [
  { field: 'policy.citation-verifier.require_sources', ...FLAG, typo: 'require_source' },
  { field: 'policy.citation-verifier.require_source_match', ...FLAG, typo: 'require_source_matches' },
  { field: 'policy.citation-verifier.min_confidence', ...FRACTION, typo: 'min_confidense' },
  { field: 'policy.citation-verifier.min_groundedness', ...FRACTION, typo: 'min_groundednes' },
  { field: 'policy.citation-verifier.external_resolver', ...OPEN, typo: 'external_resolvers' },
  {
    field: 'policy.citation-verifier.extract_patterns',
    ...TEXTS,
    right: [[], ['academic', 'url', 'quote']],
    typo: 'extract_pattern',
  },
  {
    field: 'policy.citation-verifier.output_action.unverified_action',
    ...oneOf(['flag', 'block'], 'allow'),
    typo: 'unverified_actions',
  },
  {
    field: 'policy.citation-verifier.output_action.hallucination_action',
    ...oneOf(['flag', 'block'], 'escalate'),
    typo: 'halucination_action',
  },
  {
    field: 'policy.citation-verifier.response.include_verification_report',
    ...FLAG,
    typo: 'include_verification_reports',
  },
];

const SCORER: readonly Row[] = [
  { field: 'policy.quality-scorer.industry', ...TEXT, typo: 'industri' },
  { field: 'policy.quality-scorer.min_output_chars', ...COUNT, typo: 'min_output_char' },
  { field: 'policy.quality-scorer.min_sentences', ...COUNT, typo: 'min_sentence' },
  { field: 'policy.quality-scorer.mock_scoring', ...FLAG, typo: 'mock_score' },
  ...['ragas_faithfulness', 'ragas_relevancy', 'coherence', 'completeness'].map(
    (name): Row => ({ field: `policy.quality-scorer.benchmarks.${name}`, ...FLAG, typo: `${name}s` }),
  ),
  ...['aggregate', 'faithfulness', 'relevancy', 'coherence', 'completeness', 'accuracy'].map(
    (name): Row => ({
      field: `policy.quality-scorer.thresholds.min_${name}`,
      ...FRACTION,
      typo: `min-${name}s`,
    }),
  ),
  ...['faithfulness', 'relevancy', 'coherence', 'completeness', 'accuracy'].map(
    (name): Row => ({ field: `policy.quality-scorer.weights.${name}`, ...AMOUNT, typo: `${name}x` }),
  ),
  {
    field: 'policy.quality-scorer.pass_policy.strategy',
    ...oneOf(['weighted_average'], 'average', 'weighted-average'),
    typo: 'strategys',
  },
  { field: 'policy.quality-scorer.pass_policy.threshold', ...FRACTION, typo: 'treshold' },
  {
    field: 'policy.quality-scorer.failure_action.action',
    ...oneOf(['block'], 'warn', 'escalate'),
    typo: 'actions',
  },
];

const JUDGES = rows({ 'policy.quality-scorer.providers': [{ id: 'judge' }] }, [
  { field: 'policy.quality-scorer.providers[].id', ...TEXT, required: true, typo: 'ids' },
  { field: 'policy.quality-scorer.providers[].label', ...TEXT, typo: 'lable' },
  { field: 'policy.quality-scorer.providers[].provider', ...TEXT, right: ['openai'], typo: 'providers' },
  { field: 'policy.quality-scorer.providers[].model', ...TEXT, typo: 'modell' },
  { field: 'policy.quality-scorer.providers[].secret_key_ref.env', ...NAME, typo: 'envv' },
  { field: 'policy.quality-scorer.providers[].secret_key_ref.store', ...NAME, typo: 'stores' },
  { field: 'policy.quality-scorer.providers[].config', ...OPEN, typo: 'configs' },
]);

const ASSERTIONS = rows({ 'policy.quality-scorer.assertions': [{ type: 'is-json' }] }, [
  {
    field: 'policy.quality-scorer.assertions[].type',
    ...oneOf(['is-json', 'llm-rubric', 'context-faithfulness', 'factuality'], 'is_json', 'json'),
    required: true,
    typo: 'types',
  },
  { field: 'policy.quality-scorer.assertions[].name', ...TEXT, typo: 'names' },
  { field: 'policy.quality-scorer.assertions[].enabled', ...FLAG, typo: 'enable' },
  { field: 'policy.quality-scorer.assertions[].threshold', ...FRACTION, typo: 'treshold' },
  { field: 'policy.quality-scorer.assertions[].weight', ...AMOUNT, typo: 'weights' },
  { field: 'policy.quality-scorer.assertions[].mode', ...oneOf(['enforce'], 'observe'), typo: 'modes' },
  {
    field: 'policy.quality-scorer.assertions[].severity',
    ...oneOf(['critical', 'warning'], 'warn', 'info'),
    typo: 'severty',
  },
  { field: 'policy.quality-scorer.assertions[].config', ...OPEN, typo: 'configs' },
]);

export const QUALITY: readonly Row[] = [...CITATION, ...SCORER, ...JUDGES, ...ASSERTIONS];
