/** Documents of the right shape whose settings make no sense together, each beside one that nearly does the same. */
import type { CorpusDocument } from '../expand.ts';
import { beside, running, targets, written } from './written.ts';

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

export const MEANINGS: readonly CorpusDocument[] = [...IDS, ...REFERENCES, ...CIRCLES, ...CONTRADICTIONS];
