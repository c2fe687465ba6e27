/** Stances on values that have an order of strictness: numbers, switches, actions. */
import type { Effect, Verdict } from './change.ts';
import type { Sides, ValueStance } from './stance.ts';

/** `what` in a sentence; each `*` in it stands for a name that the document chose. */
export function named(what: string, names: readonly string[]): string {
  let i = 0;
  return what.replace(/\*/g, () => names[i++] ?? '');
}

export function opposite(effect: Effect): Effect {
  if (effect === 'tightens') return 'loosens';
  return effect === 'loosens' ? 'tightens' : effect;
}

export function neutral(reason: string, fallback?: unknown): ValueStance {
  return {
    shape: 'value',
    fallback,
    judge: ({ names }) => ({ effect: 'neutral', reason: named(reason, names) }),
  };
}

/** For what may tighten as well as loosen; `reason` says on what that depends. */
export function undecided(reason: string, fallback?: unknown): ValueStance {
  return {
    shape: 'value',
    fallback,
    judge: ({ names }) => ({ effect: 'unknown', reason: named(reason, names) }),
  };
}

interface Numbers {
  readonly unit?: string;
  readonly fallback?: number;
  readonly sibling?: string;
  /** Instead of `raised` and `lowered`. */
  readonly verbs?: readonly [up: string, down: string];
  /** What the direction follows from, where it is not plain. */
  readonly why?: string;
}

/** At most this much; nothing written is no limit. */
export function ceiling(what: string, options: Numbers = {}): ValueStance {
  return numeric(what, 'loosens', 'tightens', options);
}

/** At least this much; nothing written demands nothing. */
export function floor(what: string, options: Numbers = {}): ValueStance {
  return numeric(what, 'tightens', 'tightens', options);
}

/** Where nothing is written something applies that nobody knows. */
export function threshold(what: string, higher: Effect, options: Numbers = {}): ValueStance {
  return numeric(what, higher, 'unknown', options);
}

function numeric(what: string, higher: Effect, set: Effect, options: Numbers): ValueStance {
  const { fallback, sibling, unit = '', why = '', verbs: [up, down] = ['raised', 'lowered'] } = options;
  const [end, because] = [unit && ` ${unit}`, why && `: ${why}`];
  const judge = ({ before, after, was, is, names }: Sides): Verdict => {
    const name = named(what, names);
    if (before === undefined) {
      const doubt = set === 'unknown' ? '; what applied before is not documented' : '';
      return { effect: isNumber(after) ? set : 'unknown', reason: `${name} was set to ${is}${end}${doubt}` };
    }
    if (after === undefined) {
      const doubt = set === 'unknown' ? '; what applies now is not documented' : '';
      return {
        effect: isNumber(before) ? opposite(set) : 'unknown',
        reason: `${name} of ${was}${end} was removed${doubt}`,
      };
    }
    const step = `from ${was} to ${is}${end}`;
    if (!isNumber(before) || !isNumber(after)) return notComparable(name, step);
    const rises = after > before;
    return {
      effect: rises ? higher : opposite(higher),
      reason: `${name} was ${rises ? up : down} ${step}${because}`,
    };
  };
  return {
    shape: 'value',
    judge,
    ...(fallback === undefined ? {} : { fallback }),
    ...(sibling ? { sibling } : {}),
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

function notComparable(name: string, step: string): Verdict {
  return { effect: 'unknown', reason: `${name} went ${step}: which is stricter cannot be said` };
}

/**
 * Strictest first; of values in one tier none is stricter. Where the default is not known, what came to be written can
 * still not be looser than before if it is the strictest, nor stricter if it is the weakest.
 */
export function ranked(what: string, tiers: readonly (readonly string[])[], fallback?: string): ValueStance {
  const rank = (value: unknown): number => tiers.findIndex((tier) => tier.some((name) => name === value));
  const judge = ({ before, after, was, is, names }: Sides): Verdict => {
    const name = named(what, names);
    const [old, now] = [rank(before), rank(after)];
    if (before === undefined)
      return unwritten(name, `set to ${is}; the default is not documented`, now, tiers.length);
    if (after === undefined) {
      const verdict = unwritten(
        name,
        `left to a default that is not documented, from ${was}`,
        old,
        tiers.length,
      );
      return { ...verdict, effect: opposite(verdict.effect) };
    }
    if (old === -1 || now === -1 || old === now) return notComparable(name, `from ${was} to ${is}`);
    if (now < old) return { effect: 'tightens', reason: `${name} was strengthened from ${was} to ${is}` };
    return { effect: 'loosens', reason: `${name} was weakened from ${was} to ${is}` };
  };
  return { shape: 'value', judge, ...(fallback === undefined ? {} : { fallback }) };
}

function unwritten(name: string, how: string, rank: number, tiers: number): Verdict {
  const effect = rank === 0 ? 'tightens' : rank === tiers - 1 ? 'loosens' : 'unknown';
  return { effect, reason: `${name} was ${how}` };
}

/** What protects when it is true. */
export function guard(what: string, fallback?: boolean): ValueStance {
  return toggle(what, 'tightens', fallback);
}

/** What opens something when it is true. */
export function opening(what: string, fallback?: boolean): ValueStance {
  return toggle(what, 'loosens', fallback);
}

function toggle(what: string, on: Effect, fallback?: boolean): ValueStance {
  const judge = ({ before, after, was, is, names }: Sides): Verdict => {
    const name = named(what, names);
    if (typeof (after ?? before) !== 'boolean' || typeof (before ?? after) !== 'boolean')
      return notComparable(name, `from ${was} to ${is}`);
    const effect = (after ?? !before) ? on : opposite(on);
    if (after === undefined)
      return {
        effect,
        reason: `${name} was left to a default that is not documented, from ${before ? 'on' : 'off'}`,
      };
    const doubt = before === undefined ? '; the default is not documented' : '';
    return { effect, reason: `${name} was turned ${after ? 'on' : 'off'}${doubt}` };
  };
  return { shape: 'value', judge, ...(fallback === undefined ? {} : { fallback }) };
}

/** What protects by being there; another value of it cannot be judged. */
export function presence(what: string): ValueStance {
  const judge = ({ before, after, was, is, names }: Sides): Verdict => {
    const name = named(what, names);
    if (before === undefined) return { effect: 'tightens', reason: `${name} was added: ${is}` };
    if (after === undefined) return { effect: 'loosens', reason: `${name} was removed: ${was}` };
    return notComparable(name, `from ${was} to ${is}`);
  };
  return { shape: 'value', judge };
}
