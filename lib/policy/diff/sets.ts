/** Stances on lists whose order does not count: what is blocked, what is allowed. */
import type { Effect, Verdict } from './change.ts';
import type { Cover } from './cover.ts';
import { named, opposite } from './ordered.ts';
import { inWords } from './shown.ts';
import type { SetMove, SetStance } from './stance.ts';

interface Sets {
  readonly fallback?: readonly string[];
  /** Whether another item makes this one superfluous. */
  readonly cover?: Cover;
  /** Why a list that is empty, or not there, cannot be compared with one that is not. */
  readonly empty?: string;
}

/** The longer, the stricter: `list` is what is blocked, looked for or demanded. */
export function blocking(list: string, options: Sets = {}): SetStance {
  return { ...base(list, 'tightens', options), whole: emptied(list, options.empty) };
}

/** The longer, the looser, and nothing on it is nothing allowed. */
export function allowing(list: string, options: Sets = {}): SetStance {
  return { ...base(list, 'loosens', options), whole: emptied(list, options.empty) };
}

/** A list that may be absent, and then allows everything. */
export function restricting(list: string, options: Sets = {}): SetStance {
  const why = 'whether an empty list allows everything or nothing is not documented';
  const doubt = emptied(list, why);
  const whole: SetStance['whole'] = (before, after, names) => {
    if (before === null && after && after.length > 0)
      return { effect: 'tightens', reason: `only ${counted(after)} in ${named(list, names)} from now on` };
    if (after === null && before && before.length > 0)
      return {
        effect: 'loosens',
        reason: `${named(list, names)} no longer limit anything: the list was removed`,
      };
    if (before === null || after === null)
      return {
        effect: 'unknown',
        reason: `${named(list, names)} became ${after ? 'an empty list' : 'no list'}: ${why}`,
      };
    return doubt(before, after, names);
  };
  return { ...base(list, 'loosens', options), whole };
}

/** Any change of it may do either. */
export function undecidedSet(
  list: string,
  why: string,
  effect: 'unknown' | 'neutral' = 'unknown',
): SetStance {
  return {
    shape: 'set',
    judge: ({ item, change, names }) => ({
      effect,
      reason: `${sentence(item, change, named(list, names))}: ${why}`,
    }),
  };
}

function base(list: string, added: Effect, { fallback, cover }: Sets): SetStance {
  const judge = ({ item, change, others, names }: SetMove): Verdict => {
    const reason = sentence(item, change, named(list, names));
    const by = typeof item === 'string' ? (cover?.(item, others) ?? null) : null;
    if (by !== null) return { effect: 'neutral', reason: `${reason}, where ${quoted(by)} covers it` };
    return { effect: change === 'added' ? added : opposite(added), reason };
  };
  return { shape: 'set', judge, ...(fallback ? { fallback } : {}) };
}

function emptied(list: string, why: string | undefined): NonNullable<SetStance['whole']> {
  return (before, after, names) => {
    const [was, is] = [before?.length ?? 0, after?.length ?? 0];
    if (why === undefined || was > 0 === is > 0) return null;
    return { effect: 'unknown', reason: `${named(list, names)} went from ${was} to ${is}: ${why}` };
  };
}

function sentence(item: unknown, change: 'added' | 'removed', list: string): string {
  const what = item === '*' ? 'a wildcard (`*`)' : quoted(item);
  return `${what} was ${change === 'added' ? 'added to' : 'removed from'} ${list}`;
}

function quoted(item: unknown): string {
  return `\`${inWords(item)}\``;
}

function counted(list: readonly unknown[]): string {
  return list.length === 1 ? 'the 1 entry' : `the ${list.length} entries`;
}
