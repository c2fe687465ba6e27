/** The chain side by side: which kinds run, in which order, and what that makes of their blocks. */
import type { Change, Verdict } from './change.ts';
import { movedOf } from './moved.ts';
import type { Rule } from './rules.ts';
import { inWords, shown } from './shown.ts';
import { at, type Mapping, same } from './values.ts';
import { changeAt, child, type Place, ROOT, walk } from './walk.ts';

type Chain = readonly string[];

export function diffChain(before: Chain, after: Chain, out: Change[]): void {
  const [old, now] = [
    new Map(before.map((kind, i) => [kind, i])),
    new Map(after.map((kind, i) => [kind, i])),
  ];
  const moved = movedOf(before, after);
  after.forEach((kind, to) => {
    const path = `policies.chain[${to}]`;
    const name = inWords(kind);
    if (!old.has(kind))
      out.push({ path, change: 'added', before: null, after: shown(kind), ...joined(kind, name) });
    const places = moved.get(kind);
    if (!places) return;
    const reason = `\`${name}\` moved from place ${places[0] + 1} to ${places[1] + 1} of the chain: order decides which policy speaks first`;
    out.push({ path, change: 'moved', before: places[0], after: places[1], effect: 'unknown', reason });
  });
  before.forEach((kind, from) => {
    if (now.has(kind)) return;
    const path = `policies.chain[${from}]`;
    out.push({ path, change: 'removed', before: shown(kind), after: null, ...left(kind, inWords(kind)) });
  });
}

/** What these do to a request is not to hold it back. */
const NOT_A_CHECK: Readonly<Record<string, string>> = {
  'response-rewriter': 'what it rewrites decides what that does',
  'content-extractor': 'it reads what other policies then judge',
};

function joined(kind: string, name: string): Verdict {
  const why = at(NOT_A_CHECK, kind);
  if (why) return { effect: 'unknown', reason: `\`${name}\` now runs: ${why}` };
  return { effect: 'tightens', reason: `\`${name}\` now runs` };
}

function left(kind: string, name: string): Verdict {
  const why = at(NOT_A_CHECK, kind);
  if (why) return { effect: 'unknown', reason: `\`${name}\` no longer runs: ${why}` };
  return { effect: 'loosens', reason: `\`${name}\` no longer runs` };
}

/** A block says something only while its kind is in the chain: judged field by field where it is on both sides. */
export function diffBlocks(
  rule: Rule | null,
  before: Mapping,
  after: Mapping,
  old: Chain,
  now: Chain,
  out: Change[],
): void {
  const [was, is] = [new Set(old), new Set(now)];
  const place = child(ROOT, 'policy');
  for (const kind of new Set([...Object.keys(after), ...Object.keys(before)])) {
    const block = child(place, kind);
    if (was.has(kind) && is.has(kind))
      walk(rule?.fields.get(kind) ?? null, block, at(before, kind), at(after, kind), out);
    else
      diffWhole(
        block,
        at(before, kind),
        at(after, kind),
        aside(inWords(kind), was.has(kind), is.has(kind)),
        out,
      );
  }
}

function diffWhole(place: Place, before: unknown, after: unknown, verdict: Verdict, out: Change[]): void {
  if (!same(before ?? null, after ?? null))
    out.push(changeAt(place, before ?? undefined, after ?? undefined, verdict));
}

function aside(name: string, was: boolean, is: boolean): Verdict {
  if (is) return { effect: 'neutral', reason: `settings of \`${name}\`, which joined the chain` };
  if (was) return { effect: 'neutral', reason: `settings of \`${name}\`, which left the chain` };
  return { effect: 'neutral', reason: `\`${name}\` is not in the chain, so its block says nothing` };
}
