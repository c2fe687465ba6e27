/** Documents of a single policy, with its metadata at the top. */
import type { CorpusDocument } from '../expand.ts';
import { written } from './written.ts';

const META = (kind: string) => `policy: {name: ${kind}, version: 1.0.0, enabled: true}\n`;

export const SINGLE: readonly CorpusDocument[] = [
  written(
    'prompt-injection alone',
    `${META('prompt-injection')}detection: {embedding_threshold: 0.8, attack_patterns: [x]}
encoding: {decode_base64: true}
boundaries: {enforce_delimiters: true}
response: {action: block}
`,
  ),
  written(
    'agent-firewall alone, simple',
    `${META('agent-firewall')}allowed_tools: [search]\nmax_actions_per_session: 5\n`,
  ),
  written(
    'agent-firewall alone, expanded',
    `${META('agent-firewall')}tools: {roles: {analyst: {allowed: [search]}}}\nrate_limits: {default: 30}\n`,
  ),
  written(
    'agent-firewall alone, both',
    `${META('agent-firewall')}tools: {roles: {}}\nblocked_tools: [shell]\n`,
    'E002 tools',
  ),
  written(
    'citation-verifier alone',
    `${META('citation-verifier')}require_sources: true\nmin_confidence: 0.8\n`,
  ),
  written(
    'quality-scorer alone',
    `${META('quality-scorer')}min_sentences: 2\nthresholds: {min_aggregate: 0.7}\n`,
  ),
  written('a kind that cannot stand alone', `${META('pii-detector')}action: redact\n`, 'E039 policy.name'),
  written('another that cannot', META('spend-limit'), 'E039 policy.name'),
  written('a kind that is none', `${META('prompt-injektion')}detection: {}\n`, 'E001 policy.name'),
  written(
    'metadata without a version and a switch',
    'policy: {name: prompt-injection}\n',
    'E031 policy.version',
    'E031 policy.enabled',
  ),
  written('metadata without a name', 'policy: {version: 1.0.0, enabled: true}\n', 'E031 policy.name'),
  written(
    'a version of two numbers',
    'policy: {name: prompt-injection, version: "1.0", enabled: true}\n',
    'E034 policy.version',
  ),
  written('a name that is no text', 'policy: {name: 7, version: 1.0.0, enabled: true}\n', 'E033 policy.name'),
  written(
    'a switch that is no flag',
    'policy: {name: prompt-injection, version: 1.0.0, enabled: on}\n',
    'E033 policy.enabled',
  ),
  written(
    'metadata with more than that',
    'policy: {name: prompt-injection, version: 1.0.0, enabled: true, id: x}\n',
    'E032 policy.id',
  ),
  written(
    'switched off',
    'policy: {name: prompt-injection, version: 1.0.0, enabled: false}\n',
    'E049 policy.enabled',
  ),
  written('with providers', `${META('prompt-injection')}providers: {targets: []}\n`, 'E002 providers'),
  written(
    'with tests of its own',
    `${META('prompt-injection')}testing: {suites: [{name: smoke, cases: [{input: {}, expected: {verdict: block}}]}]}\n`,
  ),
];
