/** What holds fields: sections, blocks and lists, given as something else or misspelt. */
import type { Row } from '../row.ts';

/** Text, a list, nothing: none of them is a mapping. */
const NO_MAPPING: Row['wrong'] = [
  ['text', 'E033'],
  [[], 'E033'],
  [null, 'E033'],
];
const NO_LIST: Row['wrong'] = [
  ['text', 'E033'],
  [{}, 'E033'],
  [null, 'E033'],
];

/** Blocks of policies, which may all be empty. */
const BLOCKS: readonly Row[] = [
  'prompt-injection',
  'agent-firewall',
  'rbac',
  'tool-security',
  'pii-detector',
  'hipaa-phi-detector',
  'dlp-filter',
  'safety-filter',
  'entity-list-filter',
  'itar-ear-filter',
  'bias-monitor',
  'response-rewriter',
  'external-moderation',
  'embedding-detector',
  'spend-limit',
  'audit-logger',
  'data-routing-policy',
  'gdpr-compliance',
  'eu-ai-act',
  'human-oversight',
  'flagged-review',
  'citation-verifier',
  'quality-scorer',
].map((kind) => ({ field: `policy.${kind}`, right: [{}], wrong: NO_MAPPING, typo: `${kind}s` }));

/** Mappings that may be empty, and how people misspell them. */
const MAPPINGS: readonly Row[] = [
  ['policy.prompt-injection.detection', 'detections'],
  ['policy.prompt-injection.encoding', 'encodings'],
  ['policy.prompt-injection.boundaries', 'boundarys'],
  ['policy.prompt-injection.response', 'responses'],
  ['policy.agent-firewall.tools.roles', 'role'],
  ['policy.agent-firewall.rate_limits', 'rate_limit'],
  ['policy.agent-firewall.transaction_limits', 'transactions_limits'],
  ['policy.agent-firewall.kill_switches', 'kill_switch'],
  ['policy.agent-firewall.monitoring', 'monitring'],
  ['policy.rbac.roles', 'role'],
  ['policy.rbac.data_access', 'data_acess'],
  ['policy.rbac.minimum_necessary', 'minimum_neccessary'],
  ['policy.pii-detector.redaction', 'redactions'],
  ['policy.pii-detector.redaction.custom_markers', 'custom_marker'],
  ['policy.flagged-review.provider', 'providers'],
  ['policy.citation-verifier.output_action', 'output_actions'],
  ['policy.citation-verifier.response', 'responses'],
  ['policy.quality-scorer.benchmarks', 'benchmark'],
  ['policy.quality-scorer.thresholds', 'tresholds'],
  ['policy.quality-scorer.weights', 'weigths'],
  ['policy.quality-scorer.pass_policy', 'pass_policies'],
  ['policy.quality-scorer.failure_action', 'failure_actions'],
  ['providers', 'provider'],
  ['providers.routing', 'routings'],
  ['providers.fallback', 'fallbacks'],
  ['providers.circuit_breaker', 'circuitbreaker'],
  ['providers.ab_test', 'ab_tests'],
  ['providers.mirroring', 'mirorring'],
  ['size_limits', 'size_limit'],
  ['cors', 'cor'],
  ['loads', 'load'],
  ['history', 'histories'],
  ['gateway', 'gatway'],
  ['testing', 'testings'],
].map(([field = '', typo = '']) => ({ field, right: [{}], wrong: NO_MAPPING, typo }));

/** Roles may be called anything that is a name; what one holds may be left out. */
const ROLES: readonly Row[] = [
  'policy.agent-firewall.tools.roles.*',
  'policy.rbac.roles.*',
  'policy.rbac.data_access.*',
].map((field) => ({ field, right: [{}], wrong: NO_MAPPING }));

/** Mappings that hold something required. */
const FILLED: readonly Row[] = [
  ['policy.agent-firewall.tools', { roles: {} }, 'tool'],
  ['policy.tool-security.secret_key_ref', { env: 'KEY' }, 'secret_keys_ref'],
  ['policy.external-moderation.secret_key_ref', { env: 'KEY' }, 'secret_key_reference'],
  ['policy.flagged-review.provider.secret_key_ref', { store: 'KEY' }, 'secret_keys_ref'],
  ['global_rate_limit', { max_requests: 1, window_seconds: 1 }, 'global_rate_limits'],
  ['ip_rate_limit', { max_requests: 1, window_seconds: 1 }, 'ip_rate_limits'],
  ['user_rate_limit', { max_requests: 1, window_seconds: 1 }, 'users_rate_limit'],
  ['token_rate_limit', { max_tokens: 1, window_seconds: 1 }, 'tokens_rate_limit'],
  ['ip_allowlist', { cidrs: [] }, 'ip_allow_list'],
].map(([field, value, typo]) => ({
  field: String(field),
  right: [value],
  wrong: [...NO_MAPPING],
  typo: String(typo),
}));

const JUDGE = { 'policy.quality-scorer.providers': [{ id: 'judge' }] };
const TARGET = { 'providers.targets': [{ id: 'primary' }] };
const CASE = { 'testing.suites': [{ name: 'smoke', cases: [{ input: {}, expected: {} }] }] };

/** Mappings in items of lists, which stand in a document only with that item. */
const INSIDE: readonly Row[] = [
  { field: 'policy.quality-scorer.providers[].secret_key_ref', right: [{ env: 'KEY' }], also: JUDGE },
  { field: 'providers.targets[].secret_key_ref', right: [{ store: 'KEY' }], also: TARGET },
  { field: 'providers.targets[].data_policy', right: [{}], also: TARGET },
  { field: 'providers.targets[].escalation_routing', right: [], also: TARGET },
  { field: 'testing.suites[].cases[].input.headers', right: [{}], also: CASE },
].map((row) => ({ ...row, wrong: NO_MAPPING }));

const LISTS: readonly Row[] = [
  { field: 'policy.embedding-detector.categories', right: [[]], typo: 'categorys' },
  { field: 'policy.response-rewriter.rules', right: [[]], typo: 'rule' },
  { field: 'policy.quality-scorer.providers', right: [[]], typo: 'provider' },
  { field: 'policy.quality-scorer.assertions', right: [[]], typo: 'assertion' },
  { field: 'providers.targets', right: [[]], typo: 'target' },
  { field: 'providers.ab_test.variants', right: [[]], typo: 'variant' },
  { field: 'testing.suites', right: [[]], typo: 'suite' },
  { field: 'testing.suites[].cases[].input.messages', right: [[]], also: CASE },
].map((row) => ({ ...row, wrong: NO_LIST }));

/** Items of lists that should be mappings. */
const ITEMS: readonly Row[] = [
  'policy.embedding-detector.categories[]',
  'policy.response-rewriter.rules[]',
  'policy.quality-scorer.providers[]',
  'policy.quality-scorer.assertions[]',
  'providers.targets[]',
  'providers.ab_test.variants[]',
  'testing.suites[]',
].map((field) => ({ field, right: [], wrong: NO_MAPPING }));

const DEEP: readonly Row[] = [
  { field: 'testing.suites[].cases[]', right: [], wrong: NO_MAPPING, also: CASE },
  { field: 'testing.suites[].cases[].input.messages[]', right: [], wrong: NO_MAPPING, also: CASE },
];

export const CONTAINERS: readonly Row[] = [
  ...BLOCKS,
  ...MAPPINGS,
  ...ROLES,
  ...FILLED,
  ...INSIDE,
  ...LISTS,
  ...ITEMS,
  ...DEEP,
  {
    field: 'agents',
    right: [{}, []],
    wrong: [
      ['text', 'E033'],
      [7, 'E033'],
      [null, 'E033'],
    ],
    typo: 'agent',
  },
];
