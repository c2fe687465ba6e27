import { describe, expect, it } from 'vitest';
import { diffDocuments } from '../../lib/policy/diff/diff-documents.ts';
import { bytes } from './documents.ts';

const PACK = 'pack: {name: a, version: 1.0.0, enabled: true}\n';

/** `effect: reason`, one per change. */
function reasons(before: string, after: string): string[] {
  const { changes } = diffDocuments(bytes(before), bytes(after));
  return changes.map(({ effect, reason }) => `${effect}: ${reason}`);
}

const block =
  (kind: string) =>
  (text: string): string =>
    `${PACK}policies: {chain: [${kind}]}\npolicy:\n  ${kind}: {${text}}\n`;
const section =
  (name: string) =>
  (text: string): string =>
    `${PACK}policies: {chain: [rbac]}\n${text === '' ? '' : `${name}: {${text}}`}\n`;
const targets = (text: string): string =>
  `${PACK}policies: {chain: [rbac]}\nproviders: {targets: [${text}]}\n`;
const target = (text: string): string => targets(`{id: primary, ${text}}`);

type Row = readonly [before: string, after: string, ...reasons: string[]];

function table(title: string, document: (text: string) => string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows.map(([before, after, ...expected]) => ({ before, after, expected })))(
      '"$before" → "$after"',
      ({ before, after, expected }) => {
        expect(reasons(document(before), document(after))).toEqual(expected);
      },
    );
  });
}

describe('the kill switch', () => {
  it('loosens everything when thrown, and tightens when released', () => {
    const on = section('x')('');
    const off = on.replace('enabled: true', 'enabled: false');
    expect(reasons(on, off)).toEqual(['loosens: the kill switch was thrown: nothing of it is enforced']);
    expect(reasons(off, on)).toEqual(['tightens: the kill switch was released: it is enforced again']);
  });

  it('is all of the pack that decides anything', () => {
    const before = section('x')('');
    const after = before.replace('name: a, version: 1.0.0', 'name: b, version: 2.0.0, id: c, author: d');
    expect(reasons(before, after)).toEqual(Array(4).fill('neutral: what it is called decides nothing'));
  });
});

table('a limit that may be absent', block('spend-limit'), [
  ['max_daily_usd: 250', 'max_daily_usd: 500', 'loosens: the daily limit was raised from 250 to 500 USD'],
  ['max_daily_usd: 500', 'max_daily_usd: 250', 'tightens: the daily limit was lowered from 500 to 250 USD'],
  ['max_daily_usd: 250', '', 'loosens: the daily limit of 250 USD was removed'],
  ['', 'max_daily_usd: 250', 'tightens: the daily limit was set to 250 USD'],
]);

table('an action', block('pii-detector'), [
  [
    'action: block',
    'action: redact',
    'loosens: the action on personal data was weakened from block to redact',
  ],
  [
    'action: block',
    '',
    'loosens: the action on personal data was weakened from block to redact (the default)',
  ],
  [
    '',
    'action: block',
    'tightens: the action on personal data was strengthened from redact (the default) to block',
  ],
  [
    'action: block',
    'action: ponder',
    'unknown: the action on personal data went from block to ponder: which is stricter cannot be said',
  ],
]);

table('an action whose default is not documented', block('bias-monitor'), [
  ['', 'action: block', 'tightens: the action on bias was set to block; the default is not documented'],
  ['', 'action: escalate', 'loosens: the action on bias was set to escalate; the default is not documented'],
  [
    'action: block',
    '',
    'loosens: the action on bias was left to a default that is not documented, from block',
  ],
]);

table('a pattern', block('pii-detector'), [
  [
    "detect_patterns: ['a+', 'b+']",
    "detect_patterns: ['a+']",
    'loosens: `b+` was removed from the patterns of personal data',
  ],
  [
    "detect_patterns: ['a+']",
    "detect_patterns: ['a+', 'b+']",
    'tightens: `b+` was added to the patterns of personal data',
  ],
]);

table('a switch', block('pii-detector'), [
  ['', 'healthcare_mode: true', 'tightens: the search for health data was turned on'],
  ['pci_mode: false', '', 'tightens: the search for payment card data was turned on'],
]);

table('what is kept for an audit', block('audit-logger'), [
  [
    '',
    'retention_days: 30',
    'loosens: the retention of audit records was shortened from 365 (the default) to 30 days',
  ],
  [
    'retention_days: 30',
    'retention_days: 90',
    'tightens: the retention of audit records was lengthened from 30 to 90 days',
  ],
  ['', 'immutable: false', 'loosens: the protection of audit records against change was turned off'],
  [
    '',
    'log_all_access: true',
    'tightens: the logging of every access was turned on; the default is not documented',
  ],
]);

table('personal data', block('gdpr-compliance'), [
  [
    'retention_days: 30',
    'retention_days: 90',
    'loosens: the retention of personal data was lengthened from 30 to 90 days: personal data is to be kept no longer than needed',
  ],
  [
    'consent_verification_endpoint: "https://a.test"',
    '',
    'loosens: the verification of consent was removed: https://a.test',
  ],
]);

table('a list of what is allowed', block('agent-firewall'), [
  ['allowed_tools: [a]', 'allowed_tools: [a, b]', 'loosens: `b` was added to the allowed tools'],
  ['allowed_tools: [a, b]', 'allowed_tools: [a]', 'tightens: `b` was removed from the allowed tools'],
  [
    'allowed_tools: [read_a]',
    'allowed_tools: ["*"]',
    'loosens: a wildcard (`*`) was added to the allowed tools',
    'neutral: `read_a` was removed from the allowed tools, where `*` covers it',
  ],
  [
    'allowed_tools: ["read_*"]',
    'allowed_tools: ["read_*", read_a]',
    'neutral: `read_a` was added to the allowed tools, where `read_*` covers it',
  ],
  ['', 'allowed_tools: [a]', 'tightens: only the 1 entry in the allowed tools from now on'],
  ['allowed_tools: [a]', '', 'loosens: the allowed tools no longer limit anything: the list was removed'],
  [
    'allowed_tools: [a]',
    'allowed_tools: []',
    'unknown: the allowed tools went from 1 to 0: whether an empty list allows everything or nothing is not documented',
  ],
  [
    'blocked_tools: [a], allowed_tools: []',
    'blocked_tools: [a, b]',
    'tightens: `b` was added to the blocked tools',
    'unknown: the allowed tools became no list: whether an empty list allows everything or nothing is not documented',
  ],
]);

table('the two forms of agent-firewall', block('agent-firewall'), [
  [
    'allowed_tools: [a]',
    'tools: {roles: {admin: {allowed: [a]}}}',
    'unknown: the block went from one of its two forms to the other: compare them by hand',
  ],
  [
    'tools: {roles: {admin: {allowed: [a], denied: [b]}}}',
    'tools: {roles: {admin: {allowed: [a, c]}}}',
    'loosens: `c` was added to the tools allowed to `admin`',
    'loosens: `b` was removed from the tools denied to `admin`',
  ],
  [
    'tools: {roles: {a: {allowed: [x]}}}',
    'tools: {roles: {b: {allowed: [x]}}}',
    'unknown: the role `b` was added: what a role without an entry may do is not documented',
    'unknown: the role `a` was removed: what a role without an entry may do is not documented',
  ],
  [
    'rate_limits: {default: 10}',
    'rate_limits: {default: 10, pay: 20}',
    'loosens: the rate limit of `pay` was raised from 10 (the default) to 20',
  ],
  [
    'rate_limits: {default: 10, pay: 5}',
    'rate_limits: {default: 10}',
    'loosens: the rate limit of `pay` was raised from 5 to 10 (the default)',
  ],
  ['rate_limits: {pay: 5}', '', 'loosens: the rate limit of `pay` of 5 was removed'],
  [
    'transaction_limits: {require_approval_above: 100}',
    'transaction_limits: {require_approval_above: 1000}',
    'loosens: the amount above which somebody must approve was raised from 100 to 1000',
  ],
]);

table('roles', block('rbac'), [
  [
    'data_access: {nurse: {max_sensitivity: public}}',
    'data_access: {nurse: {max_sensitivity: restricted}}',
    'loosens: the most sensitive data that `nurse` may see was weakened from public to restricted',
  ],
  [
    'deny_if_missing: [X-User-ID, X-Team]',
    '',
    'loosens: `X-Team` was removed from the headers without which a request is denied',
  ],
]);

table('how far a match may be', block('entity-list-filter'), [
  ['', 'fuzzy_matching: true', 'tightens: what counts as a match went from exact matches to 1 edit'],
  [
    'fuzzy_matching: true, max_distance: 4',
    'fuzzy_matching: true, max_distance: 2',
    'loosens: what counts as a match went from 4 edits to 2 edits',
  ],
  ['', 'max_distance: 8', 'neutral: what counts as a match stays the same: exact matches'],
]);

table('a threshold whose direction is known', block('embedding-detector'), [
  [
    '',
    'similarity_threshold: 0.9',
    'loosens: the likeness from which a text is caught was raised from 0.7 (the default) to 0.9: a lower one catches more',
  ],
]);

table('a threshold whose direction is not', block('external-moderation'), [
  [
    'threshold: 0.4',
    'threshold: 0.6',
    'unknown: a lower threshold usually catches more, but each service scores in its own way',
  ],
  [
    'categories: [hate]',
    '',
    'unknown: the moderated categories went from 1 to 0: whether an empty list means all categories is not documented',
  ],
]);

table('the quality of answers', block('quality-scorer'), [
  [
    'thresholds: {min_aggregate: 0.8}',
    'thresholds: {min_aggregate: 0.7}',
    'loosens: the least score was lowered from 0.8 to 0.7',
  ],
  ['', 'mock_scoring: true', 'loosens: scoring without judging was turned on; the default is not documented'],
  ['assertions: [{type: is-json}]', 'assertions: []', 'loosens: the assertion `is-json` was removed'],
]);

table('oversight', block('human-oversight'), [
  ['require_human_for: [refund]', '', 'loosens: `refund` was removed from what a person must decide'],
]);

table('what is blocked, where the documentation contradicts itself', block('safety-filter'), [
  ['block_if: [a]', 'block_if: [a, b]', 'tightens: `b` was added to what is blocked'],
  [
    '',
    'block_if: [a]',
    'unknown: what is blocked went from 0 to 1: whether the list adds to the built-in one or replaces it is not documented',
  ],
]);

table('what a provider may do with prompts', target, [
  [
    'zdr: true',
    'data_policy: {retention_days: 30}',
    'loosens: the provider of `primary` may now keep prompts for 30 days (before: not at all)',
  ],
  [
    'data_policy: {retention_days: 30}',
    'data_policy: {retention_days: 1}',
    'tightens: the provider of `primary` may now keep prompts for 1 day (before: for 30 days)',
  ],
  [
    'data_policy: {retention_days: 30}',
    'data_policy: {}',
    'loosens: the provider of `primary` may now keep prompts for as long as it likes (before: for 30 days)',
  ],
  ['model: a', 'model: b', 'unknown: `primary` answers with another model'],
  ['base_url: "https://a.test"', 'base_url: "https://b.test"', 'unknown: prompts to `primary` go elsewhere'],
  [
    'data_policy: {training_opt_out: true}',
    'data_policy: {training_opt_out: false}',
    'loosens: the promise of `primary` not to train on prompts was turned off',
  ],
  [
    'data_collection: deny',
    'data_collection: allow',
    'loosens: the permission for `primary` to collect data was weakened from deny to allow',
  ],
  [
    'secret_key_ref: {env: A}',
    'secret_key_ref: {store: B}',
    'neutral: another credential for the same target',
  ],
]);

table('where prompts go', targets, [
  [
    '{id: a}',
    '{id: a}, {id: b}',
    'unknown: prompts may now go to `b`: a destination that was not there before',
  ],
  [
    '{id: a, zdr: true}',
    '{id: a, zdr: true}, {id: b, zdr: true}, {id: c}',
    'unknown: prompts may now go to `b`: a destination that was not there before',
    'loosens: prompts may now go to `c`, which promises less about them than every other target',
  ],
  [
    '{id: a, data_collection: deny}, {id: b}',
    '{id: a, data_collection: deny}',
    'tightens: prompts no longer go to `b`, which promised less about them than every other target',
  ],
  ['{id: a}, {id: b}', '{id: a}', 'unknown: prompts no longer go to `b`: the other targets get them'],
]);

table('what providers must promise', block('data-routing-policy'), [
  [
    'max_retention_days: 0',
    'max_retention_days: 30',
    'loosens: how long providers may keep data was lengthened from 0 to 30 days',
  ],
  [
    'require_no_training: true',
    '',
    'loosens: the demand that providers do not train on prompts was turned off',
  ],
]);

table('a rate', section('global_rate_limit'), [
  [
    'max_requests: 100, window_seconds: 60',
    'max_requests: 200, window_seconds: 60',
    'loosens: the limit of all requests was raised from 100 requests per 60 s to 200 requests per 60 s',
  ],
  [
    'max_requests: 100, window_seconds: 60',
    'max_requests: 50, window_seconds: 10',
    'loosens: the limit of all requests was raised from 100 requests per 60 s to 50 requests per 10 s',
  ],
  [
    'max_requests: 100, window_seconds: 60',
    'max_requests: 200, window_seconds: 120',
    'unknown: the limit of all requests went from 100 requests per 60 s to 200 requests per 120 s: the same rate, but bursts are cut off elsewhere',
  ],
  [
    'max_requests: 100, window_seconds: 60',
    '',
    'loosens: the limit of all requests of 100 requests per 60 s was removed',
  ],
  [
    '',
    'max_requests: 100, window_seconds: 60',
    'tightens: the limit of all requests was set to 100 requests per 60 s',
  ],
]);

table('who may call', section('ip_allowlist'), [
  [
    'cidrs: [10.0.0.0/8]',
    'cidrs: [10.1.0.0/16]',
    'neutral: `10.1.0.0/16` was added to the networks that are let in, where `10.0.0.0/8` covers it',
    'tightens: `10.0.0.0/8` was removed from the networks that are let in',
  ],
  [
    'cidrs: ["2001:db8:1::/48"]',
    'cidrs: ["2001:db8:1::/48", "2001:db8:2::/48", "2001:db8:1:8000::/56", "::ffff:10.0.0.0/104"]',
    'loosens: `2001:db8:2::/48` was added to the networks that are let in',
    'neutral: `2001:db8:1:8000::/56` was added to the networks that are let in, where `2001:db8:1::/48` covers it',
    'loosens: `::ffff:10.0.0.0/104` was added to the networks that are let in',
  ],
  [
    'cidrs: [10.0.0.0/8]',
    'cidrs: [10.0.0.1/8]',
    'neutral: `10.0.0.1/8` was added to the networks that are let in, where `10.0.0.0/8` covers it',
    'neutral: `10.0.0.0/8` was removed from the networks that are let in, where `10.0.0.1/8` covers it',
  ],
  ['', 'cidrs: [10.0.0.0/8]', 'tightens: only callers from the listed networks are let in now'],
  [
    'cidrs: [10.0.0.0/8]',
    'enabled: false, cidrs: [10.0.0.0/8]',
    'loosens: callers from every network are let in now',
  ],
  [
    'enabled: false, cidrs: [a]',
    'enabled: false, cidrs: [b]',
    'neutral: the list of networks is not enabled, before or after',
  ],
]);

table('calls from other sites', section('cors'), [
  [
    'enabled: true, allow_origins: ["https://a.test"]',
    'enabled: true, allow_origins: ["https://a.test", "*"]',
    'loosens: a wildcard (`*`) was added to the sites whose pages may call',
  ],
  ['', 'enabled: true, allow_origins: ["*"]', 'loosens: pages of other sites may call the gateway now'],
]);

table('a copy of prompts', section('providers'), [
  [
    'mirroring: {mirror_target: a}',
    'mirroring: {mirror_target: b}',
    'neutral: mirroring is not enabled, before or after',
  ],
  [
    'mirroring: {mirror_target: a}',
    'mirroring: {mirror_target: a, enabled: true}',
    'loosens: sending a copy of every prompt to another target was turned on',
  ],
  [
    'mirroring: {enabled: true, sample_rate: 0.1}',
    'mirroring: {enabled: true}',
    'loosens: the share of prompts that are copied was raised from 0.1 to 1 (the default)',
  ],
]);

table('what goes on when something fails', section('loads'), [
  [
    'enabled: true, fail_open: false',
    'enabled: true',
    'loosens: going on when earlier conversations cannot be read was turned on',
  ],
]);

table('tests', section('testing'), [
  [
    'suites: [{name: smoke, cases: []}]',
    'suites: [{name: smoke, cases: [{name: a}]}, {name: more}]',
    'neutral: tests only',
    'neutral: the suite of tests `more` was added',
  ],
]);
