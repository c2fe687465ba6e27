/** Documents of the right shape whose settings make no sense together, each beside one that nearly does the same. */
import type { CorpusDocument } from './expand.ts';
import { beside, PACK, running, written } from './written.ts';

const targets = (...each: readonly string[]) =>
  `providers:\n  targets:\n${each.map((target) => `    - {${target}}\n`).join('')}`;

const IDS: readonly CorpusDocument[] = [
  beside('an id used twice', targets('id: a', 'id: b', 'id: a'), 'E040 providers.targets[2].id'),
  beside(
    'an id used three times',
    targets('id: a', 'id: a', 'id: a'),
    'E040 providers.targets[1].id',
    'E040 providers.targets[2].id',
  ),
  beside('ids that differ in case only', targets('id: a', 'id: A')),
  running(
    'quality-scorer',
    '{providers: [{id: judge}, {id: judge}]}',
    'E040 policy.quality-scorer.providers[1].id',
  ),
  running('quality-scorer', '{providers: [{id: judge}, {id: second}]}'),
  {
    ...running('quality-scorer', '{providers: [{id: a}]}\nproviders: {targets: [{id: a}]}'),
    name: 'a judge and a target of the same id',
  },
];

const TO = 'E041 providers.targets[0].fallback_to';
const REFERENCES: readonly CorpusDocument[] = [
  beside('a fallback to nobody', targets('id: a, fallback_to: b'), TO),
  {
    ...beside('a fallback, misspelt', targets('id: primary, fallback_to: secondry', 'id: secondary'), TO),
    suggestion: 'did you mean `secondary`?',
  },
  beside('a fallback to one that comes later', targets('id: a, fallback_to: b', 'id: b')),
  beside(
    'a test of variants that are not there',
    `${targets('id: a')}  ab_test: {variants: [{provider_id: a, weight: 1}, {provider_id: b, weight: 1}]}\n`,
    'E041 providers.ab_test.variants[1].provider_id',
  ),
  beside(
    'a test of variants without any targets',
    'providers: {ab_test: {variants: [{provider_id: a, weight: 1}]}}',
    'E041 providers.ab_test.variants[0].provider_id',
  ),
  beside(
    'a mirror that is not there',
    `${targets('id: a')}  mirroring: {mirror_target: b}\n`,
    'E041 providers.mirroring.mirror_target',
  ),
  beside('a mirror that is there', `${targets('id: a')}  mirroring: {mirror_target: a}\n`),
];

const FAKE = 'a'.repeat(24);
const SECRETS: readonly CorpusDocument[] = [
  beside('a key at a target', targets('id: a, api_key: hunter2'), 'E042 providers.targets[0].api_key'),
  beside('an empty key at a target', targets('id: a, api_key: ""')),
  beside(
    'a key where its prefix belongs',
    targets(`id: a, api_key_prefix: sk-${FAKE}`),
    'E042 providers.targets[0].api_key_prefix',
  ),
  beside(
    'a key as the name of a variable',
    targets(`id: a, secret_key_ref: {env: sk-ant-${FAKE}}`),
    'E042 providers.targets[0].secret_key_ref.env',
  ),
  beside(
    'an access key in the description of a target',
    targets('id: AKIAABCDEFGHIJKLMNOP'),
    'E042 providers.targets[0].id',
  ),
  beside('something shorter than any key', targets('id: sk-short')),
  beside(
    'a token in the made-up input of a case',
    `
testing:
  suites:
    - name: leaks
      cases:
        - input: {messages: [{role: user, content: sk-${FAKE}}]}
          expected: {verdict: redact}
`,
  ),
  running(
    'dlp-filter',
    `{blocked_terms: [ghp_${'a1'.repeat(18)}]}`,
    'E042 policy.dlp-filter.blocked_terms[0]',
  ),
  running('dlp-filter', '{detect_patterns: ["ghp_[A-Za-z0-9]{36}"]}'),
];

const lookaround = [
  '(?=x)',
  '(?!x)',
  '(?<=x)',
  '(?<!x)',
  '(a)\\1',
  '(?P=name)',
  'a++',
  '(?>a)',
  '(',
  '[z-a]',
  '*',
];
const PATTERNS: readonly CorpusDocument[] = [
  ...lookaround.map((pattern) =>
    running(
      'pii-detector',
      `{detect_patterns: [${JSON.stringify(pattern)}]}`,
      'E043 policy.pii-detector.detect_patterns[0]',
    ),
  ),
  running(
    'pii-detector',
    String.raw`{detect_patterns: ['\(\?=x\)', '[(?=]', '(?:a|b)+?', '(?P<year>\d{4})', '\p{L}+']}`,
  ),
  running(
    'prompt-injection',
    '{detection: {attack_patterns: [ok, "(?i"]}}',
    'E043 policy.prompt-injection.detection.attack_patterns[1]',
  ),
  running(
    'pii-detector',
    `{detect_patterns: ["${'a'.repeat(1500)}{1000}"]}`,
    'E044 policy.pii-detector.detect_patterns[0]',
  ),
  {
    ...running(
      'dlp-filter',
      `{detect_patterns: [${Array.from({ length: 4 }, () => `"(${'a'.repeat(97)}){1000}"`).join(', ')}]}`,
      'E044 policy.dlp-filter.detect_patterns[2]',
    ),
    name: 'four patterns of which two would do',
  },
  {
    ...running(
      'dlp-filter',
      `{detect_patterns: [${Array.from({ length: 2 }, () => `"(${'a'.repeat(97)}){1000}"`).join(', ')}]}`,
    ),
    name: 'two patterns that take nearly too much',
  },
  running('pii-detector', '{detect_patterns: ["[a-z]{1000}"]}'),
];

const CIRCLES: readonly CorpusDocument[] = [
  beside('a fallback to itself', targets('id: a, fallback_to: a'), 'E045 providers.targets[0].fallback_to'),
  beside(
    'two that fall back to one another',
    targets('id: a, fallback_to: b', 'id: b, fallback_to: a'),
    'E045 providers.targets[1].fallback_to',
  ),
  beside(
    'three in a circle that a fourth leads into',
    targets(
      'id: d, fallback_to: a',
      'id: a, fallback_to: b',
      'id: b, fallback_to: c',
      'id: c, fallback_to: a',
    ),
    'E045 providers.targets[3].fallback_to',
  ),
  beside(
    'two that fall back to the same',
    targets('id: a, fallback_to: c', 'id: b, fallback_to: c', 'id: c'),
  ),
];

const at = 'providers.targets[0]';
const CONTRADICTIONS: readonly CorpusDocument[] = [
  running(
    'agent-firewall',
    '{allowed_tools: [read, shell], blocked_tools: [shell]}',
    'E046 policy.agent-firewall.blocked_tools[0]',
  ),
  running('agent-firewall', '{allowed_tools: [read], blocked_tools: [shell]}'),
  running('agent-firewall', '{allowed_tools: ["*"], blocked_tools: [shell]}'),
  running(
    'agent-firewall',
    '{tools: {roles: {dev: {allowed: [shell], denied: [write, shell]}}}}',
    'E046 policy.agent-firewall.tools.roles.dev.denied[1]',
  ),
  running('agent-firewall', '{tools: {roles: {dev: {allowed: [shell]}, guest: {denied: [shell]}}}}'),
  running(
    'rbac',
    '{roles: {nurse: {allowed_tools: [chart], denied_tools: [chart]}}}',
    'E046 policy.rbac.roles.nurse.denied_tools[0]',
  ),
  running('rbac', '{roles: {nurse: {allowed_tools: ["*"], denied_tools: [chart]}}}'),
  written(
    'a document of its own that allows and blocks a tool',
    'policy: {name: agent-firewall, version: 1.0.0, enabled: true}\nallowed_tools: [a]\nblocked_tools: [a]\n',
    'E046 blocked_tools[0]',
  ),
  beside(
    'zero retention for thirty days',
    targets('id: a, zdr: true, data_policy: {retention_days: 30}'),
    `E046 ${at}.data_policy.retention_days`,
  ),
  beside(
    'zero retention for a day, written out',
    targets('id: a, data_policy: {zero_data_retention: true, retention_days: 1}'),
    `E046 ${at}.data_policy.retention_days`,
  ),
  beside('zero retention for no days', targets('id: a, zdr: true, data_policy: {retention_days: 0}')),
  beside(
    'thirty days without zero retention',
    targets('id: a, zdr: false, data_policy: {retention_days: 30}'),
  ),
  beside(
    'the short form against the long one',
    targets('id: a, zdr: false, data_policy: {zero_data_retention: true}'),
    `E046 ${at}.zdr`,
  ),
  beside(
    'the short form with the long one',
    targets('id: a, zdr: true, data_policy: {zero_data_retention: true}'),
  ),
  beside(
    'collection at zero retention',
    targets('id: a, zdr: true, data_collection: allow'),
    `E046 ${at}.data_collection`,
  ),
  beside(
    'collection without training',
    targets('id: a, data_collection: allow, data_policy: {training_opt_out: true}'),
    `E046 ${at}.data_collection`,
  ),
  beside('no collection at zero retention', targets('id: a, zdr: true, data_collection: deny')),
  beside(
    'credentials from every origin',
    'cors: {credentials: true, allow_origins: ["*"]}',
    'E046 cors.allow_origins[0]',
  ),
  beside(
    'credentials from one origin and every other',
    'cors: {credentials: true, allow_origins: ["https://a.example.com", "*"]}',
    'E046 cors.allow_origins[1]',
  ),
  beside(
    'credentials from one origin',
    'cors: {credentials: true, allow_origins: ["https://a.example.com"]}',
  ),
  beside('every origin, without credentials', 'cors: {credentials: false, allow_origins: ["*"]}'),
];

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

export const MEANINGS: readonly CorpusDocument[] = [
  ...IDS,
  ...REFERENCES,
  ...SECRETS,
  ...PATTERNS,
  ...CIRCLES,
  ...CONTRADICTIONS,
  ...EFFECTS,
  ...RETENTION,
  ...ROUTES,
];
