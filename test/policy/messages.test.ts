/** What people read: message and suggestion for the mistakes that are most likely. */
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../lib/policy/check-document.ts';
import { bytes } from './documents.ts';

const PACK = 'pack: {name: a, version: 1.0.0, enabled: true}\n';
const RBAC = `${PACK}policies: {chain: [rbac]}\npolicy: {rbac: {}}\n`;
const block = (kind: string, settings: string) =>
  `${PACK}policies: {chain: [${kind}]}\npolicy: {${kind}: ${settings}}\n`;
const target = (fields: string) => `${RBAC}providers: {targets: [{id: a, ${fields}}]}\n`;

/** `message | suggestion` of each finding. */
function read(text: string): string[] {
  const check = checkDocument(bytes(text));
  const found = check.kind === 'valid' ? check.warnings : check.findings;
  return found.map(({ message, suggestion }) => `${message} | ${suggestion}`);
}

const NO_SECRET =
  'keep it in a secret store, write `secret_key_ref: {env: NAME}` or `{store: NAME}`, and replace it: git remembers';

describe('whoever makes the mistake reads', () => {
  it.each([
    [
      'a misspelt kind',
      `${PACK}policies: {chain: [pii_detecter]}\n`,
      'unknown policy kind `pii_detecter` | did you mean `pii-detector`?',
    ],
    [
      'a misspelt key of a block',
      block('pii-detector', '{actions: redact}'),
      'unknown key `actions` | did you mean `action`?',
    ],
    [
      'a key like no other',
      block('spend-limit', '{budget: 5}'),
      'unknown key `budget` | valid keys: max_daily_usd',
    ],
    [
      'a key one level too high',
      block('prompt-injection', '{embedding_threshold: 0.8}'),
      'unknown key `embedding_threshold` | write it under `detection`',
    ],
    [
      'a kind without a block',
      `${PACK}policies: {chain: [rbac]}\n`,
      '`rbac` is in the chain but has no policy block | add `policy.rbac`, or drop `rbac` from the chain',
    ],
    [
      'a block that never runs',
      RBAC.replace('rbac: {}', 'rbac: {}, dlp-filter: {}'),
      '`dlp-filter` is configured but never runs: it is not in the chain | add `dlp-filter` to the chain, or remove the block',
    ],
    [
      'a block of nothing',
      `${PACK}policies: {chain: [rbac]}\npolicy:\n  rbac:\n`,
      'expected a mapping, found nothing | write `{}` to use the defaults',
    ],
    [
      'a version that YAML reads as a number',
      RBAC.replace('1.0.0', '1.0'),
      'expected text, found a number | put the value in quotes',
    ],
    [
      'yes for true',
      RBAC.replace('true', 'yes'),
      'expected true or false, found text | write true or false, without quotes',
    ],
    [
      'a value that is none of a few',
      block('pii-detector', '{action: redakt}'),
      'must be one of redact, block | did you mean `redact`?',
    ],
    [
      'a number out of range',
      block('dlp-filter', '{fuzzy_matching: true, max_distance: 9}'),
      'must be at most 8 | ',
    ],
    [
      'an older shape',
      'version: "1"\npolicies: [{name: a}]\n',
      expect.stringContaining('older document shape') as string,
    ],
    [
      'fragments',
      `${RBAC}includes: [a.yaml]\n`,
      '`includes` is not supported | put everything in this file; one complete file per environment',
    ],
    [
      'a key in the file',
      target('api_key: hunter2'),
      `\`api_key\` holds a secret in the file | ${NO_SECRET}`,
    ],
    [
      'the name of a secret as text',
      target('secret_key_ref: OPENAI_API_KEY'),
      'expected a mapping, found text | write `{env: NAME}` or `{store: NAME}`',
    ],
    [
      'both places of a secret',
      target('secret_key_ref: {env: A, store: B}'),
      'exactly one of `env` and `store` is required | ',
    ],
    [
      'look-around',
      block('dlp-filter', '{detect_patterns: ["(?<=a)b"]}'),
      'RE2 has no look-around (`(?=`, `(?!`, `(?<=`, `(?<!`) | match what stands around as well',
    ],
    [
      'a back-reference by name',
      block('dlp-filter', "{detect_patterns: ['(?<n>a)\\k<n>']}"),
      'RE2 has no back-references | write the text out again',
    ],
    [
      'a target that is not there',
      `${RBAC}providers: {targets: [{id: primary, fallback_to: backpu}, {id: backup}]}\n`,
      'there is no target `backpu` | did you mean `backup`?',
    ],
    [
      'two forms at once',
      block('agent-firewall', '{allowed_tools: [], tools: {roles: {}}}'),
      'unknown key `tools` | two forms are mixed; use one: either allowed_tools, blocked_tools, max_actions_per_session; or tools, rate_limits, transaction_limits, kill_switches, monitoring',
    ],
    [
      'fields that nobody documented, in a list',
      `${RBAC}testing: {plugins: [{a: 1}]}\n`,
      'the fields of what `plugins` holds are not documented, so they are not checked | make sure that your gateways read them',
    ],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual([expected]);
  });
});

describe('a secret is never shown', () => {
  const KEY = `sk-proj-${'a1B2'.repeat(8)}`;
  it.each([
    ['under a key for a reference', target(`secret_key_ref: ${KEY}`)],
    ['under a key that does not exist', target(`provider_key: ${KEY}`)],
    ['as a provider', target(`provider: ${KEY}`)],
    ['as a fallback', target(`fallback_to: ${KEY}`)],
    ['as an id twice', `${RBAC}providers: {targets: [{id: ${KEY}}, {id: ${KEY}, fallback_to: x}]}\n`],
    ['as an action', block('pii-detector', `{action: ${KEY}}`)],
    ['as a kind', `${PACK}policies: {chain: [${KEY}]}\npolicy: {${KEY}: {}}\n`],
    ['as a key', target(`${KEY}: 1`)],
    ['as a key twice', target(`${KEY}: 1, ${KEY}: 2`)],
    [
      'as a tool allowed and blocked',
      block('agent-firewall', `{allowed_tools: [${KEY}], blocked_tools: [${KEY}]}`),
    ],
    ['within a pattern', block('dlp-filter', `{detect_patterns: ["${KEY}("]}`)],
    ['as the kind of a document', `policy: {name: ${KEY}, version: 1.0.0, enabled: true}\n`],
    ['where YAML ends', `a: "b" ${KEY}\n`],
  ])('%s', (_, text) => {
    const check = checkDocument(bytes(text));
    expect(check.kind).toBe('invalid');
    expect(JSON.stringify(check)).not.toContain(KEY.slice(8));
  });
});
