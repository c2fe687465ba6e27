/** The template for answers that must name their sources. */
import { OPENAI_TARGET, passes, type Template } from '../template.ts';

export const CITATION_VERIFICATION: Template = {
  description: 'answers name their sources, and the sources hold',
  config: `# Answers must name their sources.
pack:
  name: citation-verification
  version: 0.1.0
  enabled: true
  description: Answers without a source that holds are blocked.

${OPENAI_TARGET}
policies:
  chain:
    - citation-verifier
    - audit-logger

policy:
  citation-verifier:
    require_sources: true
    require_source_match: true
    min_confidence: 0.8
    extract_patterns:
      - academic
      - url
      - quote
    output_action:
      unverified_action: block
      hallucination_action: block
    response:
      include_verification_report: true
  audit-logger:
    retention_days: 365
`,
  golden: passes(
    'an answer that names its source passes',
    'When did the first web page go online? Name a source.',
  ),
};
