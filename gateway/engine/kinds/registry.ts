/** The registry: for every kind, how it is enforced here, or why it is not. A new kind does not compile without. */
import type { Kind } from '../../../lib/policy/kinds.ts';
import { AGENT_FIREWALL } from './agent-firewall.ts';
import { AUDIT_LOGGER } from './audit-logger.ts';
import { CITATION_VERIFIER } from './citation-verifier.ts';
import { DATA_ROUTING_POLICY } from './data-routing-policy.ts';
import { DLP_FILTER } from './dlp-filter.ts';
import type { Enforcement } from './enforcement.ts';
import { ENTITY_LIST_FILTER } from './entity-list-filter.ts';
import { HIPAA_PHI_DETECTOR } from './hipaa-phi-detector.ts';
import { HUMAN_OVERSIGHT } from './human-oversight.ts';
import { ITAR_EAR_FILTER } from './itar-ear-filter.ts';
import { LANGUAGE_VALIDATOR } from './language-validator.ts';
import { PII_DETECTOR } from './pii-detector.ts';
import { PROMPT_INJECTION } from './prompt-injection.ts';
import { RBAC } from './rbac.ts';
import { RESPONSE_REWRITER } from './response-rewriter.ts';
import { SAFETY_FILTER } from './safety-filter.ts';
import { SPEND_LIMIT } from './spend-limit.ts';
import { TOOL_SECURITY } from './tool-security.ts';

const model = { enforced: false, why: 'it needs a model' } as const;
const service = { enforced: false, why: 'it asks a service' } as const;
const undocumented = { enforced: false, why: 'what it does is not documented' } as const;
const fieldsAlone = { enforced: false, why: 'of what it does only the fields are documented' } as const;

export const ENFORCEMENTS: { readonly [K in Kind]: Enforcement<K> } = {
  'prompt-injection': PROMPT_INJECTION,
  'pii-detector': PII_DETECTOR,
  'agent-firewall': AGENT_FIREWALL,
  rbac: RBAC,
  'dlp-filter': DLP_FILTER,
  'entity-list-filter': ENTITY_LIST_FILTER,
  'itar-ear-filter': ITAR_EAR_FILTER,
  'response-rewriter': RESPONSE_REWRITER,
  'human-oversight': HUMAN_OVERSIGHT,
  'audit-logger': AUDIT_LOGGER,
  'spend-limit': SPEND_LIMIT,
  'data-routing-policy': DATA_ROUTING_POLICY,
  'tool-security': TOOL_SECURITY,

  'hipaa-phi-detector': HIPAA_PHI_DETECTOR,
  'safety-filter': SAFETY_FILTER,
  'external-moderation': service,
  'embedding-detector': model,
  'gdpr-compliance': fieldsAlone,
  'eu-ai-act': fieldsAlone,
  'quality-scorer': model,
  'citation-verifier': CITATION_VERIFIER,
  'flagged-review': model,
  'bias-monitor': model,
  'language-validator': LANGUAGE_VALIDATOR,
  'bot-detector': undocumented,
  'content-extractor': undocumented,
  'cjis-mode': undocumented,
  'student-privacy': undocumented,
  'case-privacy': undocumented,
  'dual-use-filter': undocumented,
  'tool-validation': undocumented,
  'financial-compliance': undocumented,
  'healthcare-compliance': undocumented,
};
