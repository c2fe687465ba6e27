/** Diff two policy documents by what they mean: what changed, and does that tighten or loosen what is enforced? */
import { diffBlocks, diffChain } from './chain-changes.ts';
import { type Change, type DocumentDiff, type Effect, MAX_CHANGES } from './change.ts';
import { type Configuration, type Reading, readDocument, type Single } from './reading.ts';
import { inWords } from './shown.ts';
import { DOCUMENT_RULES, SINGLE_RULES } from './stances/all.ts';
import { fitted, summaryOf } from './summary.ts';
import { isMapping, type Mapping, same } from './values.ts';
import { changeAt, child, ROOT, walk } from './walk.ts';

export type { Change, DocumentDiff } from './change.ts';

/** `before` is null for a first version. Never throws, whatever the bytes. */
export function diffDocuments(before: Uint8Array | null, after: Uint8Array): DocumentDiff {
  if (before === null) return first(readDocument(after));
  if (Buffer.compare(before, after) === 0) return { changes: [], summary: summaryOf([]) };
  const changes = compare(readDocument(before), readDocument(after));
  return { changes: foremost(changes), summary: summaryOf(changes) };
}

function first(document: Reading): DocumentDiff {
  const chain = chainOf(document);
  const reason = 'first version: there is nothing to compare it with';
  const changes = [changeAt(ROOT, undefined, chain ?? undefined, { effect: 'neutral', reason })];
  const say = (kind: string): string => inWords(kind);
  const summary = chain ? fitted('first version: ', chain, say, ' → ') : 'first version';
  return { changes: changes.map((change) => ({ ...change, change: 'added' })), summary };
}

function chainOf(document: Reading): readonly string[] | null {
  if (document.form === 'single') return [document.kind];
  return document.form === 'configuration' ? document.chain : null;
}

function compare(before: Reading, after: Reading): readonly Change[] {
  if (after.form === 'unreadable')
    return [
      incomparable(before.form === 'unreadable' ? 'neither can be read' : 'the later one cannot be read'),
    ];
  if (before.form === 'unreadable') return [incomparable('the earlier one cannot be read')];
  if (before.form === 'configuration' && after.form === 'configuration') return configurations(before, after);
  if (before.form === 'single' && after.form === 'single') return singles(before, after);
  if (before.form === 'other' && after.form === 'other' && same(before.value, after.value)) return [];
  return [incomparable('they are of different shapes')];
}

function incomparable(why: string): Change {
  const reason = `the documents cannot be compared: ${why}`;
  return { path: '', change: 'changed', before: null, after: null, effect: 'unknown', reason };
}

function configurations(before: Configuration, after: Configuration): readonly Change[] {
  const changes: Change[] = [];
  const { policy: was, policies: old, ...restBefore } = before.root;
  const { policy: is, policies: now, ...restAfter } = after.root;
  walk(DOCUMENT_RULES, ROOT, restBefore, restAfter, changes);
  const policies = child(ROOT, 'policies');
  if (before.chain && after.chain) {
    diffChain(before.chain, after.chain, changes);
    walk(null, policies, withoutChain(old), withoutChain(now), changes);
  } else walk(DOCUMENT_RULES.fields.get('policies') ?? null, policies, old, now, changes);
  const rules = DOCUMENT_RULES.fields.get('policy') ?? null;
  if (isMapping(was ?? {}) && isMapping(is ?? {})) {
    const [olds, news] = [mappingOf(was), mappingOf(is)];
    // Where a chain cannot be read, blocks are judged as if they ran.
    const whole = [...Object.keys(olds), ...Object.keys(news)];
    const [ran, runs] = [before.chain ?? after.chain ?? whole, after.chain ?? before.chain ?? whole];
    diffBlocks(rules, olds, news, ran, runs, changes);
  } else walk(null, child(ROOT, 'policy'), was, is, changes);
  return changes;
}

function withoutChain(policies: unknown): Mapping {
  const { chain: _, ...rest } = mappingOf(policies);
  return rest;
}

function mappingOf(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

function singles(before: Single, after: Single): readonly Change[] {
  if (before.kind !== after.kind) {
    const reason = `\`${inWords(before.kind)}\` no longer runs, \`${inWords(after.kind)}\` does`;
    return [
      changeAt(child(child(ROOT, 'policy'), 'name'), before.kind, after.kind, { effect: 'unknown', reason }),
    ];
  }
  const changes: Change[] = [];
  const rules = SINGLE_RULES.get(after.kind) ?? null;
  walk(rules, ROOT, before.root, after.root, changes);
  return changes;
}

const WEIGHT: Readonly<Record<Effect, number>> = { loosens: 0, tightens: 1, unknown: 2, neutral: 3 };

/** Those that matter most when there are too many, in their order. */
function foremost(changes: readonly Change[]): readonly Change[] {
  if (changes.length <= MAX_CHANGES) return changes;
  const byWeight = changes.toSorted((a, b) => WEIGHT[a.effect] - WEIGHT[b.effect]).slice(0, MAX_CHANGES);
  const kept = new Set(byWeight);
  return changes.filter((change) => kept.has(change));
}
