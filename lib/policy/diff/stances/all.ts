/** All stances, as one tree for configurations and one for each kind that may be a document of its own. */
import { type Kind, SINGLE_KINDS } from '../../kinds.ts';
import { neutral, undecided } from '../ordered.ts';
import { type Rule, rulesOf } from '../rules.ts';
import type { Stance, StanceTable } from '../stance.ts';
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
import { DLP_FILTER, HIPAA_PHI_DETECTOR, PII_DETECTOR, PROMPT_INJECTION } from './privacy.ts';
import { PROVIDERS } from './providers.ts';
import { CITATION_VERIFIER, QUALITY_SCORER } from './quality.ts';
import { LIMITS, NETWORK, RUNTIME, TESTING } from './sections.ts';

/** Of the kinds that are named in the documentation, which says nothing about their fields. */
const UNDOCUMENTED: StanceTable = {
  '': {
    shape: 'open',
    verdict: { effect: 'unknown', reason: 'the settings of this kind are not documented' },
  },
};

const BLOCKS: Readonly<Record<Kind, StanceTable>> = {
  'prompt-injection': PROMPT_INJECTION,
  'pii-detector': PII_DETECTOR,
  'hipaa-phi-detector': HIPAA_PHI_DETECTOR,
  'agent-firewall': AGENT_FIREWALL,
  rbac: RBAC,
  'dlp-filter': DLP_FILTER,
  'safety-filter': SAFETY_FILTER,
  'external-moderation': EXTERNAL_MODERATION,
  'embedding-detector': EMBEDDING_DETECTOR,
  'data-routing-policy': DATA_ROUTING_POLICY,
  'audit-logger': AUDIT_LOGGER,
  'itar-ear-filter': ITAR_EAR_FILTER,
  'entity-list-filter': ENTITY_LIST_FILTER,
  'tool-security': TOOL_SECURITY,
  'gdpr-compliance': GDPR_COMPLIANCE,
  'eu-ai-act': EU_AI_ACT,
  'spend-limit': SPEND_LIMIT,
  'quality-scorer': QUALITY_SCORER,
  'human-oversight': HUMAN_OVERSIGHT,
  'citation-verifier': CITATION_VERIFIER,
  'flagged-review': FLAGGED_REVIEW,
  'response-rewriter': RESPONSE_REWRITER,
  'bias-monitor': BIAS_MONITOR,
  'language-validator': UNDOCUMENTED,
  'bot-detector': UNDOCUMENTED,
  'content-extractor': UNDOCUMENTED,
  'cjis-mode': UNDOCUMENTED,
  'student-privacy': UNDOCUMENTED,
  'case-privacy': UNDOCUMENTED,
  'dual-use-filter': UNDOCUMENTED,
  'tool-validation': UNDOCUMENTED,
  'financial-compliance': UNDOCUMENTED,
  'healthcare-compliance': UNDOCUMENTED,
};

/** The kill switch. */
const ENABLED: Stance = {
  shape: 'value',
  judge: ({ before, after, was, is }) => {
    if (after === false)
      return { effect: 'loosens', reason: 'the kill switch was thrown: nothing of it is enforced' };
    if (before === false)
      return { effect: 'tightens', reason: 'the kill switch was released: it is enforced again' };
    return { effect: 'unknown', reason: `the kill switch went from ${was} to ${is}` };
  },
};

const label = (fallback?: string): Stance => neutral('what it is called decides nothing', fallback);

const TOP: StanceTable = {
  'pack.name': label(),
  'pack.version': label(),
  'pack.enabled': ENABLED,
  'pack.id': label(),
  'pack.author': label(''),
  'pack.description': label(''),
  'policies.chain': undecided(
    'which kinds run cannot be said: the chain is not a list of names on both sides',
  ),
};

function under(prefix: string, table: StanceTable): StanceTable {
  const fields = Object.entries(table);
  return Object.fromEntries(
    fields.map(([field, stance]) => [field === '' ? prefix : `${prefix}.${field}`, stance]),
  );
}

/** By field of a configuration: `policy.spend-limit.max_daily_usd`. */
export const STANCES: StanceTable = {
  ...TOP,
  ...under('providers', PROVIDERS),
  ...LIMITS,
  ...NETWORK,
  ...RUNTIME,
  ...TESTING,
  ...Object.assign({}, ...Object.entries(BLOCKS).map(([kind, table]) => under(`policy.${kind}`, table))),
};

/** By field of a document of a single policy. */
export const SINGLE_STANCES: ReadonlyMap<string, StanceTable> = new Map(
  SINGLE_KINDS.map((kind) => [
    kind,
    { ...BLOCKS[kind], 'policy.name': label(), 'policy.version': label(), 'policy.enabled': ENABLED },
  ]),
);

export const DOCUMENT_RULES: Rule = rulesOf(STANCES);

export const SINGLE_RULES: ReadonlyMap<string, Rule> = new Map(
  [...SINGLE_STANCES].map(([kind, table]) => [kind, rulesOf(table)]),
);
