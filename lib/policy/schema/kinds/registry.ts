/** The registry: for every kind, the forms its `policy.<kind>` block may have. A new kind does not compile without. */
import type * as z from 'zod';
import type { Kind } from '../../kinds.ts';
import { open } from '../fields.ts';
import { AGENT_FIREWALL, RBAC, TOOL_SECURITY } from './access.ts';
import {
  BIAS_MONITOR,
  ENTITY_LIST_FILTER,
  ITAR_EAR_FILTER,
  RESPONSE_REWRITER,
  SAFETY_FILTER,
} from './content.ts';
import { EMBEDDING_DETECTOR, EXTERNAL_MODERATION } from './detectors.ts';
import { AUDIT_LOGGER, DATA_ROUTING_POLICY, EU_AI_ACT, GDPR_COMPLIANCE, SPEND_LIMIT } from './governance.ts';
import { FLAGGED_REVIEW, HUMAN_OVERSIGHT } from './oversight.ts';
import { DLP_FILTER, HIPAA_PHI_DETECTOR, PII_DETECTOR } from './privacy.ts';
import { PROMPT_INJECTION } from './prompt-injection.ts';
import { CITATION_VERIFIER, QUALITY_SCORER } from './quality.ts';

export const BLOCKS = {
  'prompt-injection': [PROMPT_INJECTION],
  'pii-detector': [PII_DETECTOR],
  'hipaa-phi-detector': [HIPAA_PHI_DETECTOR],
  'agent-firewall': AGENT_FIREWALL,
  rbac: [RBAC],
  'dlp-filter': [DLP_FILTER],
  'safety-filter': [SAFETY_FILTER],
  'external-moderation': [EXTERNAL_MODERATION],
  'embedding-detector': [EMBEDDING_DETECTOR],
  'data-routing-policy': [DATA_ROUTING_POLICY],
  'audit-logger': [AUDIT_LOGGER],
  'itar-ear-filter': [ITAR_EAR_FILTER],
  'entity-list-filter': [ENTITY_LIST_FILTER],
  'tool-security': [TOOL_SECURITY],
  'gdpr-compliance': [GDPR_COMPLIANCE],
  'eu-ai-act': [EU_AI_ACT],
  'spend-limit': [SPEND_LIMIT],
  'quality-scorer': [QUALITY_SCORER],
  'human-oversight': [HUMAN_OVERSIGHT],
  'citation-verifier': [CITATION_VERIFIER],
  'flagged-review': [FLAGGED_REVIEW],
  'response-rewriter': [RESPONSE_REWRITER],
  'bias-monitor': [BIAS_MONITOR],

  // Named in the documentation, which says nothing about their fields.
  'language-validator': [open],
  'bot-detector': [open],
  'content-extractor': [open],
  'cjis-mode': [open],
  'student-privacy': [open],
  'case-privacy': [open],
  'dual-use-filter': [open],
  'tool-validation': [open],
  'financial-compliance': [open],
  'healthcare-compliance': [open],
} as const satisfies Record<Kind, readonly [z.ZodObject, ...z.ZodObject[]]>;
