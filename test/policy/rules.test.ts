/** The rules: what a schema cannot say, each with what it must leave alone. */
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../lib/policy/check-document.ts';
import { policyJsonSchema } from '../../lib/policy/json-schema.ts';
import { bytes } from './documents.ts';

const PACK = 'pack: {name: a, version: 1.0.0, enabled: true}\n';
const RBAC = `${PACK}policies: {chain: [rbac]}\npolicy: {rbac: {}}\n`;
const HEX = 'a1b2c3d4'.repeat(6);

function findings(text: string): string[] {
  const check = checkDocument(bytes(text));
  const found = check.kind === 'valid' ? check.warnings : check.findings;
  return found.map(({ code, path }) => `${code} ${path}`.trimEnd());
}

/** Of these kinds, in this order, with these blocks. */
const running = (blocks: Readonly<Record<string, unknown>>, more = '') =>
  `${PACK}policies: {chain: [${Object.keys(blocks).join(', ')}]}\npolicy: ${JSON.stringify(blocks)}\n${more}`;

const targets = (...each: readonly string[]) =>
  `${RBAC}providers: {targets: [${each.map((target) => `{${target}}`).join(', ')}]}\n`;

const patterns = (...each: readonly string[]) => running({ 'dlp-filter': { detect_patterns: each } });

/** A name, the document, and what it earns. */
type Case = readonly [name: string, text: string, expected: readonly string[]];

function table(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    it.each(cases)('%s', (_, text, expected) => {
      expect(findings(text)).toEqual(expected);
    });
  });
}

table('E040: ids are unique', [
  ['two targets', targets('id: a', 'id: b', 'id: a'), ['E040 providers.targets[2].id']],
  [
    'two judges of a quality scorer',
    running({ 'quality-scorer': { providers: [{ id: 'a' }, { id: 'a' }] } }),
    ['E040 policy.quality-scorer.providers[1].id'],
  ],
  ['but case counts', targets('id: a', 'id: A'), []],
]);

const beside = (more: string) => `${RBAC}providers: {targets: [{id: primary}, {id: backup}], ${more}}\n`;

table('E041: what is referred to is there', [
  ['a fallback', targets('id: a, fallback_to: b'), ['E041 providers.targets[0].fallback_to']],
  [
    'a variant of a test',
    beside('ab_test: {variants: [{provider_id: primary, weight: 1}, {provider_id: bakup, weight: 1}]}'),
    ['E041 providers.ab_test.variants[1].provider_id'],
  ],
  ['a mirror', beside('mirroring: {mirror_target: shadow}'), ['E041 providers.mirroring.mirror_target']],
  ['all of them there', beside('mirroring: {mirror_target: backup}'), []],
  [
    'no targets at all',
    `${RBAC}providers: {mirroring: {mirror_target: a}}\n`,
    ['E041 providers.mirroring.mirror_target'],
  ],
  [
    'but not when the targets cannot be read: that is the mistake',
    `${RBAC}providers: {targets: {a: {id: a, fallback_to: b}}, mirroring: {mirror_target: a}}\n`,
    ['E033 providers.targets'],
  ],
]);

table('E042: no secret is in the file', [
  ['a literal key', targets('id: a, api_key: hunter2'), ['E042 providers.targets[0].api_key']],
  [
    'a key where its reference belongs: one finding, not also its type',
    targets(`id: a, secret_key_ref: sk-${HEX}`),
    ['E042 providers.targets[0].secret_key_ref'],
  ],
  [
    'a key under a key that does not exist',
    targets(`id: a, provider_key: sk-${HEX}`),
    ['E042 providers.targets[0].provider_key'],
  ],
  [
    'a key where one of a few words belongs',
    running({ 'dlp-filter': { action: `sk-${HEX}` } }),
    ['E042 policy.dlp-filter.action'],
  ],
  ['a key in the chain', `${PACK}policies: {chain: [sk-${HEX}]}\n`, ['E042 policies.chain[0]']],
  ['a key as the name of a key', targets(`id: a, sk-${HEX}: true`), [`E042 providers.targets[0].(secret)`]],
  [
    'a key within an address',
    targets('id: a, base_url: "https://a.example.com/v1?key=AIza0123456789abcdefghijklmnopqrstuvwxy"'),
    ['E042 providers.targets[0].base_url'],
  ],
  [
    'a key after a word',
    targets(`id: a, api_key_prefix: "Bearer sk-${HEX}"`),
    ['E042 providers.targets[0].api_key_prefix'],
  ],
  [
    'a private key',
    running({ 'dlp-filter': { blocked_terms: [`-----BEGIN PRIVATE KEY-----\n${HEX}\n`] } }),
    ['E042 policy.dlp-filter.blocked_terms[0]'],
  ],
  [
    'but the first line of one is a term like any other',
    running({ 'dlp-filter': { blocked_terms: ['-----BEGIN RSA PRIVATE KEY-----'] } }),
    [],
  ],
  [
    'and so is a pattern that finds them',
    patterns('-----BEGIN [A-Z ]+PRIVATE KEY-----', 'sk-[A-Za-z0-9]{20,}', 'AKIA[0-9A-Z]{16}'),
    [],
  ],
  ['and an id made of words', targets('id: sk-production-openai-primary'), []],
  ['and a word that ends like the start of a key', targets('id: task-aaaaaaaaaaaaaaaaaaaaaaaa'), []],
]);

table('E043: patterns are RE2', [
  ...['(?=a)', 'a(?!b)', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', '(?>a)', 'a++', '(?x)a', '('].map(
    (pattern): Case => [pattern, patterns(pattern), ['E043 policy.dlp-filter.detect_patterns[0]']],
  ),
  ...['\\(\\?=a', '[(?=]', '\\Q(?=a)\\E', '(?<n>a)', '(?P<n>a)', '(?i)a', 'a{2,}?', '[]a]', '\\p{Greek}'].map(
    (pattern): Case => [`but not ${pattern}`, patterns(pattern), []],
  ),
  [
    'in every place that takes one',
    running({
      'prompt-injection': { detection: { attack_patterns: ['(?=a)'] } },
      'response-rewriter': { rules: [{ name: 'a', pattern: '(?=a)' }] },
    }),
    [
      'E043 policy.prompt-injection.detection.attack_patterns[0]',
      'E043 policy.response-rewriter.rules[0].pattern',
    ],
  ],
]);

const many = (pattern: string) => patterns(...Array.from({ length: 500 }, () => pattern));
const heavy = (pattern: string): Case => [
  `${pattern.slice(0, 24)}…`,
  patterns(pattern),
  ['E044 policy.dlp-filter.detect_patterns[0]'],
];

table('E044: patterns are not too much to compile', [
  heavy(`(?:${'a'.repeat(1000)}){1000}`),
  heavy(`\\Q[\\E(?:${'a'.repeat(1000)}){1000}`),
  heavy(`(?:(?:${'a'.repeat(1000)}){100}){10}`),
  ['but 500 account numbers are not', many('\\b[A-Z]{2}[0-9]{2}[ ]?[A-Z0-9]{11,30}\\b'), []],
  ['nor 500 card numbers', many('\\b(?:\\d[ -]*?){13,16}\\b'), []],
  ['nor 500 lists of words', many('(?i)\\b(?:secret|internal|private)[ -]?(?:only|use|data)\\b'), []],
  ['a count is for what it follows alone', patterns(`${'a'.repeat(1000)}b{1000}`), []],
]);

table('E045: fallbacks end', [
  [
    'a circle, told once',
    targets('id: a, fallback_to: b', 'id: b, fallback_to: c', 'id: c, fallback_to: a'),
    ['E045 providers.targets[2].fallback_to'],
  ],
  [
    'a target that falls back to itself',
    targets('id: a, fallback_to: a'),
    ['E045 providers.targets[0].fallback_to'],
  ],
  ['two that fall back to the same', targets('id: a, fallback_to: c', 'id: b, fallback_to: c', 'id: c'), []],
]);

table('E046: nothing contradicts itself', [
  [
    'a tool allowed and blocked',
    running({ 'agent-firewall': { allowed_tools: ['a', 'b'], blocked_tools: ['b'] } }),
    ['E046 policy.agent-firewall.blocked_tools[0]'],
  ],
  [
    'a tool allowed and denied to a role',
    running({ rbac: { roles: { nurse: { allowed_tools: ['a'], denied_tools: ['a'] } } } }),
    ['E046 policy.rbac.roles.nurse.denied_tools[0]'],
  ],
  [
    'but to two roles, one each',
    running({ rbac: { roles: { a: { allowed_tools: ['x'] }, b: { denied_tools: ['x'] } } } }),
    [],
  ],
  [
    'and everything with an exception',
    running({ 'agent-firewall': { allowed_tools: ['*'], blocked_tools: ['b'] } }),
    [],
  ],
  [
    'a target of zero retention that retains',
    targets('id: a, zdr: true, data_policy: {retention_days: 7}'),
    ['E046 providers.targets[0].data_policy.retention_days'],
  ],
  [
    'credentials from every origin',
    `${RBAC}cors: {credentials: true, allow_origins: ["*"]}\n`,
    ['E046 cors.allow_origins[0]'],
  ],
  ['but not without credentials', `${RBAC}cors: {credentials: false, allow_origins: ["*"]}\n`, []],
]);

const single = (kind: string, more = '') => `policy: {name: ${kind}, version: 1.0.0, enabled: true}\n${more}`;

table('E047: settings have an effect', [
  [
    'a distance without fuzzy matching',
    running({ 'dlp-filter': { fuzzy_matching: false, max_distance: 2 } }),
    ['E047 policy.dlp-filter.max_distance'],
  ],
  ['but not with it', running({ 'dlp-filter': { fuzzy_matching: true, max_distance: 2 } }), []],
  [
    'nor when it cannot be told',
    running({ 'dlp-filter': { fuzzy_matching: 'true', max_distance: 2 } }),
    ['E033 policy.dlp-filter.fuzzy_matching'],
  ],
  [
    'nor of another kind in a document of one policy',
    single('citation-verifier', 'max_distance: 2\n'),
    ['E002 max_distance'],
  ],
  ['nor of its tools', single('prompt-injection', 'blocked_tools: ["a*"]\n'), ['E002 blocked_tools']],
]);

const audit = (more: object) => running({ 'audit-logger': { hipaa_audit_controls: true, ...more } });

table('E048: retention is within its bounds', [
  ['less than HIPAA asks for', audit({ retention_days: 2189 }), ['E048 policy.audit-logger.retention_days']],
  ['as much as HIPAA asks for', audit({ retention_days: 2190 }), []],
  ['the default is less', audit({}), ['E048 policy.audit-logger.retention_days']],
  [
    'a time that is no number is only that',
    audit({ retention_days: '2190' }),
    ['E033 policy.audit-logger.retention_days'],
  ],
  [
    'a time beyond the schema is only that',
    audit({ retention_days: 0 }),
    ['E034 policy.audit-logger.retention_days'],
  ],
  [
    'more than the data protection policy of the file',
    running({ 'gdpr-compliance': {} }, 'history: {retention_days: 31}\n'),
    ['E048 history.retention_days'],
  ],
  ['as much as that', running({ 'gdpr-compliance': {} }, 'history: {retention_days: 30}\n'), []],
  [
    'nor more than one that cannot be read',
    running({ 'gdpr-compliance': { retention_days: '90' } }, 'history: {retention_days: 60}\n'),
    ['E033 policy.gdpr-compliance.retention_days'],
  ],
]);

table('E049: the pack is on', [
  ['a pack that is off', RBAC.replace('enabled: true', 'enabled: false'), ['E049 pack.enabled']],
  [
    'a policy that is off',
    single('rbac').replace('rbac', 'prompt-injection').replace('true', 'false'),
    ['E049 policy.enabled'],
  ],
  [
    'but not a kind that somebody called enabled',
    `${PACK}policies: {chain: [rbac]}\npolicy: {rbac: {}, enabled: false}\n`,
    ['E001 policy.enabled'],
  ],
]);

table('E050: fields that nobody checks', [
  ['of a kind', running({ 'bot-detector': { level: 3 } }), ['E050 policy.bot-detector']],
  ['not when there are none', running({ 'bot-detector': {} }), []],
  [
    'once for a list',
    `${RBAC}testing: {plugins: [{a: 1}, {b: 1}, {c: 1}], strategies: [{a: 1}]}\n`,
    ['E050 testing.plugins[0]', 'E050 testing.strategies[0]'],
  ],
]);

table('E051: providers are known', [
  ['one that is not', targets('id: a, provider: opnai'), ['E051 providers.targets[0].provider']],
  ['one that is', targets('id: a, provider: llamaApi'), []],
]);

table('E052: what is read in two ways', [
  [
    'a part of a tool name',
    running({ 'agent-firewall': { tools: { roles: { a: { denied: ['delete_*'] } } } } }),
    ['E052 policy.agent-firewall.tools.roles.a.denied[0]'],
  ],
  ['but not every tool', running({ 'agent-firewall': { allowed_tools: ['*'] } }), []],
  [
    'an action that may block all the same',
    running({ 'prompt-injection': { response: { action: 'log' } } }),
    ['E052 policy.prompt-injection.response.action'],
  ],
]);

const routed = (...each: readonly string[]) =>
  running(
    { 'data-routing-policy': { require_zero_data_retention: true } },
    `providers: {targets: [${each.join(', ')}]}\n`,
  );

table('E053: some target may be used', [
  ['none', routed('{id: a}', '{id: b, zdr: false}'), ['E053 policy.data-routing-policy']],
  ['one of two', routed('{id: a}', '{id: b, zdr: true}'), []],
  ['no targets in this file', running({ 'data-routing-policy': { require_zero_data_retention: true } }), []],
]);

table('one mistake is one finding', [
  [
    'a kind misspelt in the chain',
    running({ rbca: {} }).replace('"rbca"', '"rbac"'),
    ['E001 policies.chain[0]'],
  ],
  ['a kind misspelt at its block', running({ rbca: {} }).replace('[rbca]', '[rbac]'), ['E001 policy.rbca']],
  ['a block of nothing', `${PACK}policies: {chain: [rbac]}\npolicy: {rbac: }\n`, ['E033 policy.rbac']],
  [
    '`policy` with nothing in it',
    `${PACK}policies: {chain: [rbac, spend-limit]}\npolicy:\n`,
    ['E033 policy'],
  ],
  [
    'two forms of agent-firewall, however many of their keys',
    running({
      'agent-firewall': { allowed_tools: [], blocked_tools: [], tools: {}, rate_limits: {}, monitoring: {} },
    }).replace('"tools":{},', ''),
    ['E002 policy.agent-firewall.rate_limits'],
  ],
]);

describe('any number of right keys', () => {
  const named = Array.from({ length: 1200 }, (_, i) => `{id: t${i}, account_env: A}`).join(', ');
  const keys = Array.from({ length: 1200 }, (_, i) => `k${i}_env: A`).join(', ');
  it.each([
    [`${RBAC}providers: {targets: [${named}]}\ntesting: 5\n`, 'E033 testing'],
    [`${RBAC}providers: {targets: [{id: a, ${keys}, bogus: 1}]}\n`, 'E032 providers.targets[0].bogus'],
  ])('do not hide what is wrong: %#', (text, finding) => {
    expect(findings(text)).toEqual([finding]);
  });
});

describe('whatever a section holds', () => {
  const SECTIONS = ['pack', 'policies', 'policy', 'providers', 'testing', 'agents', 'cors', 'history'];
  const validate = new Ajv({ strict: false }).compile(policyJsonSchema());
  // Names that rules look for, so that they find something of an unexpected shape.
  const key = fc.constantFrom(
    'targets',
    'id',
    'fallback_to',
    'rbac',
    'roles',
    'chain',
    'name',
    'enabled',
    'x',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, 0, -1, 1e21, '', 'a', '*', 'rbac', '('),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }));

  it('is judged without a fault, and as the JSON Schema judges it', () => {
    const rest = fc.dictionary(fc.constantFrom(...SECTIONS), value, { maxKeys: 4 });
    const valid = { pack: { name: 'a', version: '1.0.0', enabled: true }, policies: { chain: ['rbac'] } };
    fc.assert(
      fc.property(rest, (sections) => {
        const document = { ...valid, ...sections };
        const check = checkDocument(bytes(JSON.stringify(document)));
        const codes = check.kind === 'valid' ? [] : check.findings.map(({ code }) => code);
        const misshapen = codes.some((code) => code < 'E040' && code !== 'E003' && code !== 'E036');
        expect(validate(document)).toBe(!misshapen);
      }),
      { numRuns: 150 },
    );
  });
});
