/** The templates of `kt init`, by name. */
import type { Template } from './template.ts';
import type { TemplateName } from './template-names.ts';
import { AGENT_FIREWALL } from './templates/agent-firewall.ts';
import { CITATION_VERIFICATION } from './templates/citation-verification.ts';
import { STARTER } from './templates/default.ts';
import { PROMPT_INJECTION_DETECTION } from './templates/prompt-injection-detection.ts';
import { QUALITY_BENCHMARKING } from './templates/quality-benchmarking.ts';
import { ZERO_DATA_RETENTION } from './templates/zero-data-retention.ts';

export const TEMPLATES = {
  default: STARTER,
  'prompt-injection-detection': PROMPT_INJECTION_DETECTION,
  'agent-firewall': AGENT_FIREWALL,
  'citation-verification': CITATION_VERIFICATION,
  'quality-benchmarking': QUALITY_BENCHMARKING,
  'zero-data-retention': ZERO_DATA_RETENTION,
} as const satisfies Record<TemplateName, Template>;
