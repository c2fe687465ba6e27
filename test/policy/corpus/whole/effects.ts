/** Settings that do less than they seem to, retention that is too short or too long, routes that lead nowhere. */
import type { CorpusDocument } from '../expand.ts';
import { beside, PACK, running, targets, written } from './written.ts';

const at = 'providers.targets[0]';
const FUZZY = ['dlp-filter', 'safety-filter', 'entity-list-filter', 'itar-ear-filter'];
const EFFECTS: readonly CorpusDocument[] = [
  ...FUZZY.map((kind) => running(kind, '{max_distance: 2}', `E047 policy.${kind}.max_distance`)),
  running('dlp-filter', '{max_distance: 0, fuzzy_matching: false}', 'E047 policy.dlp-filter.max_distance'),
  running('dlp-filter', '{max_distance: 2, fuzzy_matching: true}'),
  running('cjis-mode', '{strict: true}', 'E050 policy.cjis-mode'),
  running(
    'citation-verifier',
    '{external_resolver: {url: "https://a.example.com"}}',
    'E050 policy.citation-verifier.external_resolver',
  ),
  running('cjis-mode', '{}'),
  beside('a list of agents', 'agents: [{}, {id: a}]', 'E050 agents[1]'),
  beside('a provider nobody documents', targets('id: a, provider: acme'), `E051 ${at}.provider`),
  {
    ...beside('a provider, misspelt', targets('id: a, provider: antropic'), `E051 ${at}.provider`),
    suggestion: 'did you mean `anthropic`?',
  },
  beside('a provider in its own spelling', targets('id: a, provider: llamaApi')),
  running('prompt-injection', '{response: {action: log}}', 'E052 policy.prompt-injection.response.action'),
  running(
    'prompt-injection',
    '{response: {action: escalate}}',
    'E052 policy.prompt-injection.response.action',
  ),
  running('prompt-injection', '{response: {action: block}}'),
  running('agent-firewall', '{allowed_tools: [read_*]}', 'E052 policy.agent-firewall.allowed_tools[0]'),
  running(
    'agent-firewall',
    '{tools: {roles: {dev: {denied: [a, "b[0-9]"]}}}}',
    'E052 policy.agent-firewall.tools.roles.dev.denied[1]',
  ),
  running('agent-firewall', '{allowed_tools: ["*"]}'),
];

const pairOf = (block: string) => `
policies: {chain: [audit-logger, eu-ai-act]}
policy:
  audit-logger: {${block}}
  eu-ai-act: {risk_class: high}
`;
const RETENTION: readonly CorpusDocument[] = [
  running('audit-logger', '{hipaa_audit_controls: true}', 'E048 policy.audit-logger.retention_days'),
  running(
    'audit-logger',
    '{hipaa_audit_controls: true, retention_days: 2189}',
    'E048 policy.audit-logger.retention_days',
  ),
  running('audit-logger', '{hipaa_audit_controls: true, retention_days: 2190}'),
  running('audit-logger', '{hipaa_audit_controls: false, retention_days: 30}'),
  written(
    'logs of a high-risk system for a month',
    `${PACK}${pairOf('retention_days: 30')}`,
    'E048 policy.audit-logger.retention_days',
  ),
  written('logs of a high-risk system for half a year', `${PACK}${pairOf('retention_days: 183')}`),
  running(
    'gdpr-compliance',
    '{retention_days: 30}\nhistory: {retention_days: 31}',
    'E048 history.retention_days',
  ),
  running('gdpr-compliance', '{}\nhistory: {retention_days: 31}', 'E048 history.retention_days'),
  running('gdpr-compliance', '{retention_days: 90}\nhistory: {retention_days: 90}'),
  running(
    'data-routing-policy',
    `{max_retention_days: 7}\n${targets('id: a, data_policy: {retention_days: 30}', 'id: b, zdr: true')}`,
    `E048 ${at}.data_policy.retention_days`,
  ),
];

const zdr = 'require_zero_data_retention: true';
const ROUTES: readonly CorpusDocument[] = [
  running(
    'data-routing-policy',
    `{${zdr}}\n${targets('id: a', 'id: b, zdr: false')}`,
    'E053 policy.data-routing-policy',
  ),
  running(
    'data-routing-policy',
    `{require_no_training: true}\n${targets('id: a, zdr: true')}`,
    'E053 policy.data-routing-policy',
  ),
  running(
    'data-routing-policy',
    `{max_retention_days: 7}\n${targets('id: a, data_policy: {retention_days: 30}')}`,
    'E053 policy.data-routing-policy',
    `E048 ${at}.data_policy.retention_days`,
  ),
  running(
    'data-routing-policy',
    `{${zdr}, require_no_training: true}\n${targets('id: a, zdr: true', 'id: b, data_collection: deny')}`,
    'E053 policy.data-routing-policy',
  ),
  running('data-routing-policy', `{${zdr}}\n${targets('id: a', 'id: b, zdr: true')}`),
  running(
    'data-routing-policy',
    `{${zdr}, require_no_training: true}\n${targets('id: a, data_collection: deny, data_policy: {zero_data_retention: true}')}`,
  ),
  running('data-routing-policy', `{${zdr}}`),
];

export const ALL_EFFECTS: readonly CorpusDocument[] = [...EFFECTS, ...RETENTION, ...ROUTES];
