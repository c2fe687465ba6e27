import { describe, expect, it } from 'vitest';
import { MAX_CHANGES, MAX_SUMMARY } from '../../lib/policy/diff/change.ts';
import { diffDocuments } from '../../lib/policy/diff/diff-documents.ts';
import { bytes } from './documents.ts';

const PACK = 'pack: {name: a, version: 1.0.0, enabled: true}\n';
const chain = (...kinds: string[]): string => `${PACK}policies: {chain: [${kinds.join(', ')}]}\n`;
const block = (kind: string, text: string): string => `${chain(kind)}policy:\n  ${kind}: ${text}\n`;
const target = (text: string): string => `${chain('rbac')}providers: {targets: [{id: a, ${text}}]}\n`;

function diff(before: string, after: string) {
  return diffDocuments(bytes(before), bytes(after));
}

describe('a secret', () => {
  const KEY = `sk-proj-${'a1B2'.repeat(8)}`;

  it.each([
    ['under a key for secrets', 'api_key: hunter2'],
    ['that looks like one, under any key', `model: ${KEY}`],
    ['in place of the name of one', 'secret_key_ref: {env: "s3cr3t/+hunter2=="}'],
    ['in place of a mapping', 'secret_key_ref: "s3cr3t/+hunter2=="'],
    ['in a URL', 'base_url: "https://me:hunter2@example.com/v1?api_key=hunter2&x=1"'],
    ['deep inside what nobody knows', 'headers: {Authorization: {value: [hunter2]}}'],
  ])('is not shown: %s', (_, text) => {
    for (const documents of [
      [target('model: m'), target(text)],
      [target(text), target('model: m')],
      [`${chain('rbac')}`, target(text)],
      [target(text), target(text.replace(/hunter2|a1B2/g, 'b3C4'))],
    ] as const) {
      const shown = JSON.stringify(diff(...documents));
      expect(shown).not.toContain('hunter2');
      expect(shown).not.toContain('a1B2');
    }
  });

  it('is shown by its length', () => {
    expect(diff(target('zdr: true'), target('zdr: true, api_key: hunter2')).changes).toMatchObject([
      {
        path: 'providers.targets[a].api_key',
        before: null,
        after: '(secret, 7 characters)',
        effect: 'neutral',
      },
    ]);
  });

  it('is told from the name of one, a limit on tokens, and a pattern that finds one', () => {
    const before = block('dlp-filter', '{detect_patterns: []}');
    const after = block('dlp-filter', `{detect_patterns: ['sk-[A-Za-z0-9]{20,}']}`);
    expect(diff(before, after).changes).toMatchObject([{ after: 'sk-[A-Za-z0-9]{20,}' }]);
    const named = diff(target('zdr: true'), target('zdr: true, secret_key_ref: {store: OPENAI_API_KEY}'));
    expect(named.changes).toMatchObject([{ after: { store: 'OPENAI_API_KEY' } }]);
    const tokens = diff(
      chain('rbac'),
      `${chain('rbac')}token_rate_limit: {max_tokens: 500000, window_seconds: 60}`,
    );
    expect(tokens.changes).toMatchObject([{ after: { max_tokens: 500_000, window_seconds: 60 } }]);
  });
});

describe('a value', () => {
  it('is clipped where it is long', () => {
    const { changes } = diff(block('spend-limit', '{}'), block('spend-limit', `{x: ${'y'.repeat(5000)}}`));
    expect(changes).toHaveLength(1);
    expect(String(changes[0]?.after)).toHaveLength(200);
  });

  it('is cut where it holds many others', () => {
    const list = Array.from({ length: 5000 }, (_, i) => `t${i}`).join(', ');
    const { changes } = diff(chain('rbac'), `${chain('rbac')}unheard: {of: [${list}]}`);
    expect(JSON.stringify(changes).length).toBeLessThan(2000);
    expect(JSON.stringify(changes)).toContain('… and 4901 more');
  });
});

describe('the summary', () => {
  it('counts, and begins with what loosens', () => {
    const before = `${chain('pii-detector', 'spend-limit')}policy: {spend-limit: {max_daily_usd: 250}}\n`;
    const after = `${chain('spend-limit', 'rbac')}policy: {spend-limit: {max_daily_usd: 500}}\n`;
    expect(diff(before, after).summary).toBe(
      '2 loosen, 1 tightens: pii-detector left the chain; spend-limit.max_daily_usd 250 → 500; rbac joined the chain',
    );
  });

  it('names items that came and went', () => {
    const before = block('dlp-filter', '{blocked_terms: [a, b]}');
    const after = block('dlp-filter', '{blocked_terms: [b, c]}');
    expect(diff(before, after).summary).toBe(
      '1 loosens, 1 tightens: dlp-filter.blocked_terms − a; dlp-filter.blocked_terms + c',
    );
  });

  it('stays on one line of bounded length, and says how many more there are', () => {
    const terms = Array.from({ length: 40 }, (_, i) => `"a long term, the\\n ${i}th \\u202e of them"`);
    const { summary } = diff(
      block('dlp-filter', `{blocked_terms: [${terms.join(', ')}]}`),
      block('dlp-filter', '{}'),
    );
    expect(summary.length).toBeLessThanOrEqual(MAX_SUMMARY);
    expect(summary).toMatch(/^40 loosen: .*; \d+ more$/);
    expect(summary).not.toMatch(/[\p{C}]/u);
  });

  it('has room for one name of any length', () => {
    const { summary } = diff(chain('rbac'), chain('rbac', 'x'.repeat(1000)));
    expect(summary.length).toBeLessThanOrEqual(MAX_SUMMARY);
    expect(summary).toMatch(/^1 tightens: x+…/);
    const kinds = Array.from({ length: 60 }, (_, i) => `kind-${i}`);
    expect(diffDocuments(null, bytes(chain(...kinds))).summary).toMatch(
      /^first version: kind-0 → .* → \d+ more$/,
    );
  });
});

describe('a diff of everything', () => {
  const many = (prefix: string): string =>
    Array.from({ length: 13_000 }, (_, i) => `${prefix}${i}`).join(', ');

  it('keeps what matters most, in order, and counts the rest', () => {
    const before = `${block('dlp-filter', `{blocked_terms: [${many('a')}]}`)}  spend-limit: {max_daily_usd: 1}\n`;
    const after = `${block('dlp-filter', `{blocked_terms: [${many('b')}]}`)}`;
    const { changes, summary } = diff(before, after);
    expect(changes).toHaveLength(MAX_CHANGES);
    expect(new Set(changes.map(({ effect }) => effect))).toEqual(new Set(['loosens']));
    expect(summary).toMatch(/^13000 loosen, 13000 tighten, 1 neutral: /);
  });

  it('looks for networks that cover others in lists of any length', () => {
    const nets = (first: number): string =>
      Array.from({ length: 13_000 }, (_, i) => `${first}.${i >> 8}.${i & 255}.0/${24 + (i % 8)}`).join(', ');
    const { summary } = diff(
      `${chain('rbac')}ip_allowlist: {cidrs: [${nets(10)}]}`,
      `${chain('rbac')}ip_allowlist: {cidrs: [${nets(11)}]}`,
    );
    expect(summary).toMatch(/^13000 loosen, 13000 tighten: /);
  });
});
