/** The template for answers that are scored before they leave. */
import { OPENAI_TARGET, passes, type Template } from '../template.ts';

export const QUALITY_BENCHMARKING: Template = {
  description: 'answers are scored, and bad ones are kept back',
  config: `# Answers are scored before they leave, and bad ones are kept back.
pack:
  name: quality-benchmarking
  version: 0.1.0
  enabled: true
  description: Answers are scored, and those below the thresholds are blocked.

${OPENAI_TARGET}
policies:
  chain:
    - quality-scorer
    - audit-logger

policy:
  quality-scorer:
    min_output_chars: 40
    min_sentences: 1
    benchmarks:
      ragas_faithfulness: true
      ragas_relevancy: true
      coherence: true
      completeness: true
    thresholds:
      min_aggregate: 0.7
      min_faithfulness: 0.7
      min_relevancy: 0.6
    weights:
      faithfulness: 0.4
      relevancy: 0.3
      coherence: 0.15
      completeness: 0.15
    pass_policy:
      strategy: weighted_average
      threshold: 0.7
    failure_action:
      action: block
  audit-logger:
    retention_days: 365
`,
  golden: passes('an ordinary question passes', 'Explain in two sentences how a bicycle stays upright.'),
};
