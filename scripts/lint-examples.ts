/** For every code of a finding: why it is one, a document that has it and one that does not. */
import type { Code } from '../lib/policy/codes.ts';
import { MAX_DOCUMENT_BYTES } from '../lib/policy/parse-tree.ts';

export interface LintExample {
  readonly why: string;
  readonly bad: string | Uint8Array;
  /** In place of a bad document that is not text, or too long to show. */
  readonly shown?: string;
  readonly good: string;
}

const PACK = 'pack: {name: payments, version: 1.4.0, enabled: true}\n';
const RBAC = 'policies: {chain: [rbac]}\npolicy: {rbac: {require_auth: true}}\n';
const GOOD = PACK + RBAC;

const targets = (text: string) => `${GOOD}providers:\n  targets:\n${text}`;
const block = (kind: string, text: string) =>
  `${PACK}policies: {chain: [${kind}]}\npolicy:\n  ${kind}: ${text}\n`;

export const LINT_EXAMPLES: Readonly<Record<Code, LintExample>> = {
  E001: {
    why: 'A gateway that skipped a misspelt kind would enforce less than the file says.',
    bad: `${PACK}policies: {chain: [pii_detecter]}\n`,
    good: block('pii-detector', '{action: redact}'),
  },
  E002: {
    why: 'A setting that nobody reads is a rule that nobody enforces.',
    bad: block('pii-detector', '{actions: block}'),
    good: block('pii-detector', '{action: block}'),
  },
  E003: {
    why: 'The kind runs with its defaults. That may be meant, so it is a warning; with `--strict` it is an error.',
    bad: `${PACK}policies: {chain: [prompt-injection]}\n`,
    good: block('prompt-injection', '{}'),
  },
  E010: {
    why: `At most ${MAX_DOCUMENT_BYTES / 1024} KiB are read.`,
    bad: new Uint8Array(MAX_DOCUMENT_BYTES + 1).fill(35),
    shown: `(a file of ${MAX_DOCUMENT_BYTES + 1} bytes)`,
    good: GOOD,
  },
  E011: {
    why: 'Bytes that are not UTF-8 mean different things to different readers.',
    bad: Uint8Array.from([...new TextEncoder().encode('# caf'), 0xe9, 10]),
    shown: '# caf\\xE9        (saved as Latin-1)',
    good: `# café\n${GOOD}`,
  },
  E012: {
    why: 'Control characters are not YAML, and hide what a reviewer should see.',
    bad: `# \u0008\n${GOOD}`,
    shown: '# U+0008',
    good: GOOD,
  },
  E013: {
    why: 'No policy nests 32 levels deep; a parser may fall over what does.',
    bad: `agents: ${'['.repeat(40)}${']'.repeat(40)}\n`,
    good: GOOD,
  },
  E014: {
    why: 'The text is not YAML, or a form of it that readers disagree about.',
    bad: `${PACK}policies: {chain: [rbac}\n`,
    good: GOOD,
  },
  E015: {
    why: 'An alias makes one line stand for many, out of sight of a reviewer.',
    bad: `${PACK}policies: {chain: &kinds [rbac]}\n`,
    good: GOOD,
  },
  E016: {
    why: 'Readers differ in which of several documents they take.',
    bad: `${GOOD}---\n${GOOD}`,
    good: GOOD,
  },
  E017: {
    why: 'Readers differ in which of the two counts.',
    bad: block('pii-detector', '{action: block, action: redact}'),
    good: block('pii-detector', '{action: block}'),
  },
  E018: {
    why: 'Tags make a reader build something other than what is written.',
    bad: `pack: !!map {name: payments, version: 1.4.0, enabled: true}\n${RBAC}`,
    good: GOOD,
  },
  E019: {
    why: 'Merge keys are not part of YAML 1.2, so only some readers follow them.',
    bad: `${PACK}policies: {chain: [rbac]}\npolicy: {rbac: {<<: {require_auth: true}}}\n`,
    good: GOOD,
  },
  E020: {
    why: '`__proto__`, `constructor` and `prototype` mean something else to programs in JavaScript.',
    bad: `${PACK}policies: {chain: [rbac]}\npolicy: {rbac: {roles: {__proto__: {}}}}\n`,
    good: block('rbac', '{roles: {analyst: {}}}'),
  },
  E021: {
    why: 'Every key of a policy document is text.',
    bad: block('rbac', '{roles: {1: {}}}'),
    good: block('rbac', '{roles: {"1": {}}}'),
  },
  E022: {
    why: 'At most 40,000 keys, values and list entries are read.',
    bad: `${PACK}extra: [${'a,'.repeat(40_001)}]\n`,
    shown: '(a list of 40,001 entries)',
    good: GOOD,
  },
  E023: {
    why: 'The only directive that does not change what the text means is `%YAML 1.2`.',
    bad: `%YAML 1.1\n---\n${GOOD}`,
    good: `%YAML 1.2\n---\n${GOOD}`,
  },

  E030: {
    why: 'There is nothing in the file that a gateway could enforce.',
    bad: '- pii-detector\n',
    good: GOOD,
  },
  E031: {
    why: 'A gateway refuses to load a file without it.',
    bad: `pack: {name: payments, version: 1.4.0}\n${RBAC}`,
    good: GOOD,
  },
  E032: {
    why: 'A key that nobody reads is a setting without effect.',
    bad: `${GOOD}provider: {}\n`,
    good: `${GOOD}providers: {}\n`,
  },
  E033: {
    why: 'YAML 1.2 reads `1.0` as a number and `yes` as text.',
    bad: `pack: {name: payments, version: 1.4.0, enabled: yes}\n${RBAC}`,
    good: GOOD,
  },
  E034: {
    why: 'The value is of the right type, and none that a gateway takes.',
    bad: block('pii-detector', '{action: erase}'),
    good: block('pii-detector', '{action: redact}'),
  },
  E035: {
    why: 'A kind runs once; which of two places counts is not defined.',
    bad: `${PACK}policies: {chain: [rbac, rbac]}\npolicy: {rbac: {}}\n`,
    good: GOOD,
  },
  E036: {
    why: 'The block is there, but its kind never runs.',
    bad: `${GOOD.trimEnd().slice(0, -1)}, audit-logger: {}}\n`,
    good: `${PACK}policies: {chain: [rbac, audit-logger]}\npolicy: {rbac: {}, audit-logger: {}}\n`,
  },
  E037: {
    why: 'Gateways no longer read this shape; the message says what replaced it.',
    bad: 'version: "1"\npolicies:\n  - {name: pii, type: pii-detector, phase: input, action: redact}\n',
    good: block('pii-detector', '{action: redact}'),
  },
  E038: {
    why: 'What a file includes is not part of what was reviewed, hashed and signed. One complete file per environment.',
    bad: `${GOOD}includes: [base.yaml]\n`,
    good: GOOD,
  },
  E039: {
    why: 'Only prompt-injection, agent-firewall, citation-verifier and quality-scorer can stand alone.',
    bad: 'policy: {name: rbac, version: 1.0.0, enabled: true}\n',
    good: 'policy: {name: agent-firewall, version: 1.0.0, enabled: true}\nallowed_tools: [search]\n',
  },

  E040: {
    why: 'An id that two share names neither.',
    bad: targets('    - {id: primary, provider: openai}\n    - {id: primary, provider: anthropic}\n'),
    good: targets('    - {id: primary, provider: openai}\n    - {id: backup, provider: anthropic}\n'),
  },
  E041: {
    why: 'What is to be used in need is not there.',
    bad: targets(
      '    - {id: primary, provider: openai, fallback_to: bakcup}\n    - {id: backup, provider: xai}\n',
    ),
    good: targets(
      '    - {id: primary, provider: openai, fallback_to: backup}\n    - {id: backup, provider: xai}\n',
    ),
  },
  E042: {
    why: 'What is in git is known to everybody who can read it, and stays there. Replace the secret, not only the line.',
    bad: targets('    - {id: primary, provider: openai, api_key: not-a-real-key}\n'),
    good: targets('    - {id: primary, provider: openai, secret_key_ref: {env: OPENAI_API_KEY}}\n'),
  },
  E043: {
    why: 'RE2 takes time linear in the text, whatever the pattern, so that no file can hang a gateway. It has no look-around and no back-references.',
    bad: block('dlp-filter', "{detect_patterns: ['(?<=key: )[a-z0-9]+']}"),
    good: block('dlp-filter', "{detect_patterns: ['key: [a-z0-9]+']}"),
  },
  E044: {
    why: 'A count in braces is written out when a pattern is compiled; many large ones take seconds and memory.',
    bad: block('dlp-filter', `{detect_patterns: [${Array(40).fill("'(?:\\w+, ){900}'").join(', ')}]}`),
    shown: `policy:\n  dlp-filter:\n    detect_patterns:      # and 39 more like it\n      - '(?:\\w+, ){900}'`,
    good: block('dlp-filter', "{detect_patterns: ['(?:\\w+, ){20}']}"),
  },
  E045: {
    why: 'When all of them fail, a request would go round for ever.',
    bad: targets(
      '    - {id: a, provider: openai, fallback_to: b}\n    - {id: b, provider: xai, fallback_to: a}\n',
    ),
    good: targets('    - {id: a, provider: openai, fallback_to: b}\n    - {id: b, provider: xai}\n'),
  },
  E046: {
    why: 'Which of the two counts is not defined. `*` with exceptions on the other side is no contradiction.',
    bad: block('agent-firewall', '{allowed_tools: [search, refund], blocked_tools: [refund]}'),
    good: block('agent-firewall', '{allowed_tools: ["*"], blocked_tools: [refund]}'),
  },
  E047: {
    why: 'It looks as if near matches were found, and they are not.',
    bad: block('dlp-filter', '{blocked_terms: [Bluebird], max_distance: 2}'),
    good: block('dlp-filter', '{blocked_terms: [Bluebird], fuzzy_matching: true, max_distance: 2}'),
  },
  E048: {
    why: 'HIPAA asks for six years (45 CFR 164.316(b)(2)(i)), the EU AI Act for six months of a high-risk system’s logs (articles 19 and 26); `gdpr-compliance` and `data-routing-policy` say how long is too long.',
    bad: block('audit-logger', '{hipaa_audit_controls: true, retention_days: 365}'),
    good: block('audit-logger', '{hipaa_audit_controls: true, retention_days: 2190}'),
  },
  E049: {
    why: 'Gateways load the file and enforce nothing of it.',
    bad: `pack: {name: payments, version: 1.4.0, enabled: false}\n${RBAC}`,
    good: GOOD,
  },
  E050: {
    why: 'The documentation names the kind, but none of its fields: a misspelt one goes unnoticed.',
    bad: block('language-validator', '{allowed: [en]}'),
    good: block('language-validator', '{}'),
  },
  E051: {
    why: 'The list of providers is open, so that this may be right; a misspelt one makes the target unavailable.',
    bad: targets('    - {id: primary, provider: opnai}\n'),
    good: targets('    - {id: primary, provider: openai}\n'),
  },
  E052: {
    why: 'The documentation says both, and gateways may follow either.',
    bad: block('agent-firewall', '{blocked_tools: ["delete_*"]}'),
    good: block('agent-firewall', '{blocked_tools: [delete_user, delete_account]}'),
  },
  E053: {
    why: 'Every request would be blocked.',
    bad: `${PACK}policies: {chain: [data-routing-policy]}\npolicy: {data-routing-policy: {require_zero_data_retention: true}}\nproviders: {targets: [{id: primary, provider: openai}]}\n`,
    good: `${PACK}policies: {chain: [data-routing-policy]}\npolicy: {data-routing-policy: {require_zero_data_retention: true}}\nproviders: {targets: [{id: primary, provider: openai, zdr: true}]}\n`,
  },
};
