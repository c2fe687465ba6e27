import { describe, expect, it } from 'vitest';
import { type Change, diffDocuments } from '../../lib/policy/diff/diff-documents.ts';
import { bytes, GITOPS, SAMPLE, SINGLE } from './documents.ts';

function diff(before: string, after: string) {
  return diffDocuments(bytes(before), bytes(after));
}

/** `effect path before → after`, one per change. */
function lines(before: string, after: string): string[] {
  return diff(before, after).changes.map(
    ({ effect, path, before, after }) =>
      `${effect} ${path} ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
  );
}

function only(before: string, after: string): Change {
  const { changes } = diff(before, after);
  expect(changes).toHaveLength(1);
  const [change] = changes;
  if (!change) throw new Error('no change');
  return change;
}

const PACK = 'pack: {name: a, version: 1.0.0, enabled: true}\n';
const chain = (...kinds: string[]): string => `${PACK}policies: {chain: [${kinds.join(', ')}]}\n`;
const block = (kind: string, text: string): string => `${chain(kind)}policy:\n  ${kind}: ${text}\n`;
const targets = (...list: string[]): string =>
  `${chain('rbac')}providers:\n  targets: [${list.join(', ')}]\n`;

describe('the form of a document', () => {
  it('says nothing: comments, quotes, layout, the order of keys', () => {
    const folded = SAMPLE.replace(
      'name: payments-prod, version: 1.4.0,',
      'version: "1.4.0", name: payments-prod,',
    )
      .replace('      # or {env: OPENAI_API_KEY}', '')
      .replace('pii-detector: {action: redact}', 'pii-detector:\n    action: "redact" # as ever');
    expect(folded).not.toBe(SAMPLE);
    expect(diff(SAMPLE, folded)).toEqual({ changes: [], summary: 'no semantic change' });
  });

  it('says nothing either in an empty mapping, or a key without a value', () => {
    expect(lines(chain('rbac'), block('rbac', '{}'))).toEqual([]);
    expect(lines(chain('rbac'), block('rbac', '{roles: {}, data_access:}'))).toEqual([]);
  });

  it('is neutral where a default is stated, or left out again', () => {
    const stated = only(block('pii-detector', '{}'), block('pii-detector', '{action: redact}'));
    expect(stated).toMatchObject({ effect: 'neutral', change: 'added', reason: 'states the default' });
    const left = only(block('pii-detector', '{pci_mode: true}'), block('pii-detector', '{}'));
    expect(left).toMatchObject({ effect: 'neutral', reason: 'leaves it to the default, which is the same' });
  });

  it('is neutral where another form says the same', () => {
    const short = targets('{id: a, zdr: true}');
    const long = targets('{id: a, data_policy: {zero_data_retention: true}}');
    expect(only(short, long)).toMatchObject({
      effect: 'neutral',
      path: 'providers.targets[a]',
      reason: 'says in another way that the provider of `a` may keep no prompts',
    });
  });
});

describe('lists', () => {
  it('that are sets have neither order nor repetitions', () => {
    const [one, other] = ['{blocked_terms: [a, b, c]}', '{blocked_terms: [c, a, b, a]}'];
    expect(lines(block('dlp-filter', one), block('dlp-filter', other))).toEqual([]);
  });

  it('that are sets change item by item', () => {
    const [one, other] = ['{blocked_terms: [a, b]}', '{blocked_terms: [b, c]}'];
    expect(lines(block('dlp-filter', one), block('dlp-filter', other))).toEqual([
      'tightens policy.dlp-filter.blocked_terms null → "c"',
      'loosens policy.dlp-filter.blocked_terms "a" → null',
    ]);
  });

  it('of things with an identity are matched by it, wherever they stand', () => {
    const before = targets('{id: a, model: m1}', '{id: b, model: m2}');
    const after = targets('{id: b, model: m2}', '{id: a, model: m3}');
    expect(lines(before, after)).toEqual([
      'unknown providers.targets[b] 1 → 0',
      'unknown providers.targets[a].model "m1" → "m3"',
    ]);
  });

  it('of targets have an order only where the routing looks at it', () => {
    const routed = (text: string) =>
      text.replace('providers:\n', 'providers:\n  routing: {strategy: random}\n');
    const [ab, ba] = [targets('{id: a}', '{id: b}'), targets('{id: b}', '{id: a}')];
    expect(only(ab, ba)).toMatchObject({ change: 'moved', effect: 'unknown' });
    expect(only(routed(ab), routed(ba))).toMatchObject({ change: 'moved', effect: 'neutral' });
  });

  it('of things whose identity is missing or given twice are matched in order', () => {
    const before = targets('{model: m1}', '{id: a, model: m2}', '{id: a, model: m3}');
    const after = targets('{model: m9}', '{id: a, model: m2}', '{id: a, model: m4}');
    expect(lines(before, after)).toEqual([
      'unknown providers.targets[#0].model "m1" → "m9"',
      'unknown providers.targets[a#2].model "m3" → "m4"',
    ]);
    const alike = ['{id: a}', '{id: a}', '{id: a#2, model: m1}', '{id: a}'];
    expect(lines(targets(...alike), targets(...alike).replace('m1', 'm2'))).toEqual([
      'unknown providers.targets[a#2#2].model "m1" → "m2"',
    ]);
  });

  it('of rewriting rules tell which rule moved', () => {
    const before = block('response-rewriter', '{rules: [{name: a}, {name: b}, {name: c}]}');
    const after = block('response-rewriter', '{rules: [{name: c}, {name: a}, {name: b}]}');
    expect(lines(before, after)).toEqual(['unknown policy.response-rewriter.rules[c] 2 → 0']);
  });
});

describe('the chain', () => {
  it('tightens with a kind that joins it, and loosens with one that leaves', () => {
    expect(diff(chain('rbac'), chain('rbac', 'dlp-filter')).changes).toEqual([
      {
        path: 'policies.chain[1]',
        change: 'added',
        before: null,
        after: 'dlp-filter',
        effect: 'tightens',
        reason: '`dlp-filter` now runs',
      },
    ]);
    expect(only(chain('dlp-filter', 'rbac'), chain('rbac'))).toMatchObject({
      effect: 'loosens',
      path: 'policies.chain[0]',
      reason: '`dlp-filter` no longer runs',
    });
  });

  it('does not say which way a kind goes that only reads or rewrites', () => {
    expect(only(chain('rbac'), chain('rbac', 'response-rewriter')).effect).toBe('unknown');
    expect(only(chain('rbac', 'content-extractor'), chain('rbac')).effect).toBe('unknown');
  });

  it('tells the one kind that moved, not those it passed', () => {
    const before = chain('rbac', 'dlp-filter', 'pii-detector', 'spend-limit');
    const after = chain('spend-limit', 'rbac', 'dlp-filter', 'pii-detector');
    expect(only(before, after)).toEqual({
      path: 'policies.chain[0]',
      change: 'moved',
      before: 3,
      after: 0,
      effect: 'unknown',
      reason: '`spend-limit` moved from place 4 to 1 of the chain: order decides which policy speaks first',
    });
  });

  it('brings the settings of a kind along, which are not judged a second time', () => {
    expect(
      lines(chain('rbac'), `${chain('rbac', 'spend-limit')}policy: {spend-limit: {max_daily_usd: 5}}`),
    ).toEqual([
      'tightens policies.chain[1] null → "spend-limit"',
      'neutral policy.spend-limit null → {"max_daily_usd":5}',
    ]);
  });

  it('makes a block inert whose kind it does not name', () => {
    const with_ = (usd: number): string => `${chain('rbac')}policy: {spend-limit: {max_daily_usd: ${usd}}}`;
    expect(only(with_(5), with_(500))).toMatchObject({
      effect: 'neutral',
      path: 'policy.spend-limit',
      reason: '`spend-limit` is not in the chain, so its block says nothing',
    });
  });

  it('that is no list of names is compared as it stands', () => {
    const broken = `${PACK}policies: {chain: [rbac, {a: 1}]}\n`;
    expect(only(chain('rbac'), broken)).toMatchObject({ effect: 'unknown', path: 'policies.chain' });
    const limit = (usd: number): string => `policy: {spend-limit: {max_daily_usd: ${usd}}}\n`;
    expect(lines(`${broken}${limit(5)}`, `${broken}${limit(50)}`)).toEqual([
      'loosens policy.spend-limit.max_daily_usd 5 → 50',
    ]);
    expect(lines(`${broken}${limit(5)}`, `${broken}policy: [1]\n`)).toHaveLength(1);
    expect(lines(broken, `${broken}policy: [1]\n`)).toEqual(['unknown policy null → [1]']);
  });
});

describe('what cannot be compared', () => {
  it.each([
    ['earlier', 'a: [', chain('rbac'), 'the earlier one cannot be read'],
    ['later', chain('rbac'), 'a: [', 'the later one cannot be read'],
    ['both', '"', 'a: [', 'neither can be read'],
  ])('is one unknown change when the document cannot be read: %s', (_, before, after, why) => {
    expect(only(before, after)).toEqual({
      path: '',
      change: 'changed',
      before: null,
      after: null,
      effect: 'unknown',
      reason: `the documents cannot be compared: ${why}`,
    });
  });

  it('is nothing when both are the same bytes, whatever they are', () => {
    expect(diff('a: [', 'a: [').changes).toEqual([]);
  });

  it('is the shape, when a configuration became a single policy or a list', () => {
    expect(only(SAMPLE, SINGLE)).toMatchObject({ path: '', effect: 'unknown' });
    expect(only('- a', SAMPLE)).toMatchObject({ path: '', effect: 'unknown' });
    expect(lines('[a,  b]', '- a\n- b')).toEqual([]);
  });

  it('does not keep a document that is no longer valid from being compared', () => {
    const before = `${chain('rbac', 'rbac', 'no-such-kind')}unheard: {of: 1}\npolicy: {rbac: [1], spend-limit: 7}\n`;
    expect(lines(before, chain('rbac'))).toEqual([
      'unknown unheard {"of":1} → null',
      'loosens policies.chain[1] "no-such-kind" → null',
      'unknown policy.rbac [1] → null',
      'neutral policy.spend-limit 7 → null',
    ]);
  });

  it('is unknown where a value has another type than the field', () => {
    const [number, text] = ['{max_daily_usd: 5}', '{max_daily_usd: five}'];
    expect(only(block('spend-limit', number), block('spend-limit', text)).effect).toBe('unknown');
    expect(only(chain('spend-limit'), block('spend-limit', text)).effect).toBe('unknown');
    expect(lines(targets('{id: a}'), `${chain('rbac')}providers: {targets: {id: a}}`)).toHaveLength(1);
  });
});

describe('a document of a single policy', () => {
  const single = (text: string): string =>
    `policy: {name: prompt-injection, version: 1.0.0, enabled: true}\n${text}\n`;

  it('is judged like the block of that kind', () => {
    const before = single('detection: {embedding_threshold: 0.8}\nresponse: {action: block}');
    const after = single('detection: {embedding_threshold: 0.75}\nresponse: {action: log}');
    expect(lines(before, after)).toEqual([
      'tightens detection.embedding_threshold 0.8 → 0.75',
      'loosens response.action "block" → "log"',
    ]);
  });

  it('has a kill switch of its own', () => {
    const off = single('').replace('true', 'false');
    expect(only(single(''), off)).toMatchObject({ path: 'policy.enabled', effect: 'loosens' });
  });

  it('may come to be of another kind, which cannot be compared', () => {
    const other = single('').replace('prompt-injection', 'quality-scorer');
    expect(only(single(''), other)).toMatchObject({
      path: 'policy.name',
      effect: 'unknown',
      reason: '`prompt-injection` no longer runs, `quality-scorer` does',
    });
  });
});

describe('the first version', () => {
  it('names the chain', () => {
    const { changes, summary } = diffDocuments(null, bytes(GITOPS));
    expect(summary).toBe('first version: prompt-injection → pii-detector → audit-logger');
    expect(changes).toEqual([
      {
        path: '',
        change: 'added',
        before: null,
        after: ['prompt-injection', 'pii-detector', 'audit-logger'],
        effect: 'neutral',
        reason: 'first version: there is nothing to compare it with',
      },
    ]);
    expect(diffDocuments(null, bytes('a: [')).summary).toBe('first version');
  });
});
