import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../lib/policy/check-document.ts';
import { CODES } from '../../lib/policy/codes.ts';
import { bytes, GITOPS, SAMPLE, SINGLE } from './documents.ts';

const PACK = 'pack: {name: a, version: 1.0.0, enabled: true}\n';
const CHAIN = 'policies: {chain: [rbac]}\npolicy: {rbac: {}}\n';

/** `code line:column path` of every finding. */
function findings(text: string): string[] {
  const check = checkDocument(bytes(text));
  const found = check.kind === 'valid' ? check.warnings : check.findings;
  return found.map(({ code, line, column, path }) => `${code} ${line}:${column} ${path}`.trimEnd());
}

function onlyFinding(text: string) {
  const check = checkDocument(bytes(text));
  const found = check.kind === 'valid' ? check.warnings : check.findings;
  expect(found).toHaveLength(1);
  return found[0];
}

describe('a valid document', () => {
  it('gives its pack and chain; a kind without a block is only a warning', () => {
    expect(checkDocument(bytes(SAMPLE))).toEqual({
      kind: 'valid',
      document: {
        kind: 'config',
        pack: {
          name: 'payments-prod',
          version: '1.4.0',
          enabled: true,
          id: null,
          author: '',
          description: 'Payments assistant, production',
        },
        chain: ['prompt-injection', 'pii-detector', 'spend-limit', 'audit-logger'],
      },
      warnings: [
        {
          code: 'E003',
          severity: 'warning',
          path: 'policies.chain[0]',
          line: 10,
          column: 11,
          message: '`prompt-injection` is in the chain but has no policy block',
          suggestion: 'add `policy.prompt-injection`, or drop `prompt-injection` from the chain',
        },
      ],
    });
  });

  it('may be laid out in blocks, with comments, quotes and folded text', () => {
    expect(findings(GITOPS)).toEqual(['E003 11:5 policies.chain[0]']);
    const check = checkDocument(bytes(GITOPS));
    expect(check).toMatchObject({
      kind: 'valid',
      document: { pack: { id: 'cfg_finance_prod', author: 'risk@example.com' } },
    });
  });

  it('may be JSON', () => {
    const json = {
      pack: { name: 'a', version: '1.0.0', enabled: true },
      policies: { chain: ['rbac'] },
      policy: { rbac: {} },
    };
    expect(findings(JSON.stringify(json))).toEqual([]);
    expect(findings(JSON.stringify(json, null, '\t'))).toEqual([]);
    expect(findings(`${JSON.stringify(json, null, 2)}\n`)).toEqual([]);
  });

  it.each([
    ['Windows line ends', GITOPS.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${GITOPS}`],
    ['a document start', `---\n${GITOPS}`],
    ['a directive and a document end', `%YAML 1.2\n---\n${GITOPS}...\n# bye\n`],
    ['no last line end', GITOPS.trimEnd()],
  ])('may have %s', (_, text) => {
    expect(checkDocument(bytes(text)).kind).toBe('valid');
  });

  it('may carry every documented section', () => {
    const window = '{max_requests: 100, window_seconds: 60}';
    const sections = [
      ...['providers', 'testing', 'size_limits', 'cors', 'loads', 'history', 'gateway', 'agents'].map(
        (name) => `${name}: {}\n`,
      ),
      ...['global_rate_limit', 'ip_rate_limit', 'user_rate_limit'].map((name) => `${name}: ${window}\n`),
      'token_rate_limit: {max_tokens: 1000, window_seconds: 60}\n',
      'ip_allowlist: {cidrs: [10.0.0.0/8]}\n',
    ];
    expect(findings(PACK + CHAIN + sections.join(''))).toEqual([]);
  });
});

describe('a document of a single policy', () => {
  it('takes its pack from `policy`', () => {
    expect(checkDocument(bytes(SINGLE))).toEqual({
      kind: 'valid',
      warnings: [],
      document: {
        kind: 'single',
        pack: {
          name: 'prompt-injection',
          version: '1.0.0',
          enabled: true,
          id: null,
          author: '',
          description: '',
        },
        chain: ['prompt-injection'],
      },
    });
  });

  it.each([
    ['policy: {name: rbac, version: 1.0.0, enabled: true}', 'E039 1:16 policy.name'],
    ['policy: {name: promptinjection, version: 1.0.0, enabled: true}', 'E001 1:16 policy.name'],
    ['policy: {name: agent-firewall, version: 1.0.0}', 'E031 1:1 policy.enabled'],
    ['policy: {name: agent-firewall, version: 1.0, enabled: true}', 'E033 1:41 policy.version'],
    ['policy: {name: agent-firewall, version: 1.0.0, enabled: true, mode: x}', 'E032 1:63 policy.mode'],
    [
      'policy: {name: agent-firewall, version: 1.0.0, enabled: true}\ntesting: {suits: []}',
      'E032 2:11 testing.suits',
    ],
    ['policy: {name: agent-firewall, version: 1.0.0, enabled: true}\nallow: []', 'E002 2:1 allow'],
  ])('is wrong: %s', (text, finding) => {
    expect(findings(text)).toEqual([finding]);
  });
});

describe('pack', () => {
  it.each([
    ['[]', ['E033 1:7 pack']],
    ['', ['E033 1:1 pack']],
    ['{}', ['E031 1:1 pack.name', 'E031 1:1 pack.version', 'E031 1:1 pack.enabled']],
    ['{name: "", version: 1.0.0, enabled: true}', ['E034 1:14 pack.name']],
    ['{name: 7, version: 1.0.0, enabled: true}', ['E033 1:14 pack.name']],
    ['{name: a, version: 1.0, enabled: true}', ['E033 1:26 pack.version']],
    ['{name: a, version: "1.0", enabled: true}', ['E034 1:26 pack.version']],
    ['{name: a, version: v1.0.0, enabled: true}', ['E034 1:26 pack.version']],
    ['{name: a, version: 01.0.0, enabled: true}', ['E034 1:26 pack.version']],
    ['{name: a, version: 1.0.0-rc.1, enabled: true}', ['E034 1:26 pack.version']],
    ['{name: a, version: 1.0.0, enabled: yes}', ['E033 1:42 pack.enabled']],
    ['{name: a, version: 1.0.0, enabled: "true"}', ['E033 1:42 pack.enabled']],
    ['{name: a, version: 1.0.0, enabled: true, id: ""}', ['E034 1:52 pack.id']],
    ['{name: a, version: 1.0.0, enabled: true, nmae: b}', ['E032 1:48 pack.nmae']],
  ])('cannot be %s', (pack, expected) => {
    expect(findings(`pack: ${pack}\n${CHAIN}`)).toEqual(expected);
  });

  it.each([
    ['name', 200],
    ['id', 200],
    ['author', 200],
    ['description', 2000],
  ])('takes a %s of at most %i characters', (key, most) => {
    const pack = (length: number) =>
      JSON.stringify({ name: 'a', version: '1.0.0', enabled: true, [key]: 'x'.repeat(length) });
    expect(findings(`pack: ${pack(most)}\n${CHAIN}`)).toEqual([]);
    expect(onlyFinding(`pack: ${pack(most + 1)}\n${CHAIN}`)).toMatchObject({
      code: 'E034',
      path: `pack.${key}`,
    });
  });

  it('says that a number must be quoted and that YAML 1.2 knows no `yes`', () => {
    const check = checkDocument(bytes(`pack: {name: a, version: 1.0, enabled: yes}\n${CHAIN}`));
    expect(check).toMatchObject({
      findings: [
        { suggestion: 'put the value in quotes' },
        { suggestion: 'write true or false, without quotes' },
      ],
    });
  });
});

describe('the chain and its blocks', () => {
  it.each([
    ['policies:', ['E033 2:1 policies']],
    ['policies: {}', ['E031 2:1 policies.chain']],
    ['policies: {chain: []}', ['E034 2:19 policies.chain']],
    ['policies: {chain: rbac}', ['E033 2:19 policies.chain']],
    ['policies: {chain: [rbac], order: 1}\npolicy: {rbac: {}}', ['E032 2:27 policies.order']],
    ['policies: {chain: [rbac, rbac]}\npolicy: {rbac: {}}', ['E035 2:26 policies.chain[1]']],
    ['policies: {chain: [rbac, 3]}\npolicy: {rbac: {}}', ['E033 2:26 policies.chain[1]']],
    [
      'policies: {chain: [rbca, null, RBAC]}',
      ['E001 2:20 policies.chain[0]', 'E033 2:26 policies.chain[1]', 'E001 2:32 policies.chain[2]'],
    ],
    ['policies: {chain: [rbac]}\npolicy: {rbac: {}, dlp_filter: {}}', ['E001 3:20 policy.dlp_filter']],
    ['policies: {chain: [rbac]}\npolicy: {rbac: }', ['E033 3:10 policy.rbac']],
    ['policies: {chain: [rbac]}\npolicy: [rbac]', ['E033 3:9 policy']],
    ['policies: {chain: [rbac]}\npolicy: {rbac: {}, dlp-filter: {}}', ['E036 3:20 policy.dlp-filter']],
  ])('%s', (text, expected) => {
    expect(findings(`${PACK}${text}\n`)).toEqual(expected);
  });

  it('names the nearest kind', () => {
    const text = `${PACK}policies: {chain: [pii_detecter]}\n`;
    expect(onlyFinding(text)).toMatchObject({ code: 'E001', suggestion: 'did you mean `pii-detector`?' });
  });

  it('does not guess when nothing is near', () => {
    const text = `${PACK}policies: {chain: [zzzzzz]}\n`;
    expect(onlyFinding(text)?.suggestion).not.toContain('did you mean');
  });

  it('only warns of a block that never runs', () => {
    const text = `${PACK}policies: {chain: [rbac]}\npolicy: {rbac: {}, dlp-filter: {}}`;
    expect(checkDocument(bytes(text))).toMatchObject({ kind: 'valid', warnings: [{ code: 'E036' }] });
  });
});

describe('the top level', () => {
  it.each([
    ['', 'E030 1:1'],
    ['# nothing but a comment\n', 'E030 1:1'],
    ['just text', 'E030 1:1'],
    ['- a\n- b', 'E030 1:1'],
    ['42', 'E030 1:1'],
    [PACK, 'E031 1:1 policies'],
    [CHAIN, 'E031 1:1 pack'],
    [`${PACK}${CHAIN}includes: [base.yaml]`, 'E038 4:1 includes'],
    [`${PACK}${CHAIN}rate_limits: {global: {rpm: 5}}`, 'E037 4:1 rate_limits'],
    [`${PACK}${CHAIN}polices: {}`, 'E032 4:1 polices'],
    [`${PACK}${CHAIN}provider: {}`, 'E032 4:1 provider'],
    [`${PACK}${CHAIN}version: "1"`, 'E032 4:1 version'],
    [`${PACK}${CHAIN}providers: []`, 'E033 4:12 providers'],
    ['version: "1"\npolicies:\n  - {name: a, type: pii}', 'E037 1:1'],
    ['input_policies: []', 'E037 1:1'],
    [`# old\n${PACK}output_policies: []`, 'E037 2:1'],
  ])('%j', (text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });

  it('suggests the nearest valid key', () => {
    expect(onlyFinding(`${PACK}${CHAIN}polices: {}`)?.suggestion).toBe('did you mean `policies`?');
  });

  it('says which shape replaced an older one', () => {
    expect(onlyFinding('version: "1"\npolicies: []')?.suggestion).toContain('policies: {chain: [...]}');
  });
});

describe('findings', () => {
  it('come in file order, all in one run, errors and warnings together', () => {
    const text = [
      'pack:',
      '  name: 7',
      '  version: 1.0.0',
      '  enabled: true',
      'policies:',
      '  chain:',
      '    - prompt-injection',
      '    - pii-detektor',
      'extra: 1',
      'policy:',
      '  rbac: {}',
      '  audit-logger: []',
    ].join('\n');
    expect(findings(text)).toEqual([
      'E033 2:9 pack.name',
      'E003 7:7 policies.chain[0]',
      'E001 8:7 policies.chain[1]',
      'E032 9:1 extra',
      'E036 11:3 policy.rbac',
      'E036 12:3 policy.audit-logger',
      'E033 12:17 policy.audit-logger',
    ]);
    expect(checkDocument(bytes(text))).toMatchObject({ kind: 'invalid', class: 'validation' });
  });

  it('count columns as editors do, and not the byte order mark', () => {
    expect(findings(`\uFEFFpack: {name: "𝒳é", versio: 1}\n${CHAIN}`)).toContain('E032 1:21 pack.versio');
  });

  it('count lines the same with Windows line ends', () => {
    const text = `${PACK}${CHAIN}# é\nextra: 1\n`;
    expect(findings(text.replaceAll('\n', '\r\n'))).toEqual(findings(text));
  });

  it('are at most a hundred, and errors are never crowded out by warnings', () => {
    const keys = Array.from({ length: 500 }, (_, i) => `k${i}: 1\n`).join('');
    expect(findings(keys)).toHaveLength(100);
  });

  it('use codes that are in the table, with the severity it says', () => {
    const check = checkDocument(bytes('a: 1\n'));
    if (check.kind === 'valid') throw new Error('unexpected');
    for (const { code, severity } of check.findings)
      expect(CODES).toHaveProperty([code, 'severity'], severity);
  });
});
