/** Stances on mappings: what means something only as a whole, or only together. */
import type { Effect, Verdict } from './change.ts';
import { named, opposite } from './ordered.ts';
import { inWords } from './shown.ts';
import type { Group, GroupedStance, KeyedStance, MapStance, StanceTable } from './stance.ts';
import { at, type Mapping } from './values.ts';

export const grouped: GroupedStance = { shape: 'grouped' };

/** So many per so many seconds, compared as a rate. */
export function rateLimit(what: string, max: string, unit: string): MapStance {
  const words = (limit: Mapping): string =>
    `${inWords(at(limit, max))} ${unit} per ${inWords(at(limit, 'window_seconds'))} s`;
  const judge: Group['judge'] = (before, after) => {
    const [was, is] = [rateOf(before, max), rateOf(after, max)];
    const step = `${what} went from ${words(before)} to ${words(after)}`;
    if (was === null || is === null || Object.keys(before).length < 2 || Object.keys(after).length < 2)
      return { effect: 'unknown', reason: `${step}: which is stricter cannot be said` };
    if (was === is)
      return { effect: 'unknown', reason: `${step}: the same rate, but bursts are cut off elsewhere` };
    const [effect, verb] = is > was ? (['loosens', 'raised'] as const) : (['tightens', 'lowered'] as const);
    return { effect, reason: `${what} was ${verb} from ${words(before)} to ${words(after)}` };
  };
  const whole: MapStance['whole'] = (before, after) => {
    if (before && after) return null;
    if (after) return { effect: 'tightens', reason: `${what} was set to ${words(after)}` };
    return { effect: 'loosens', reason: `${what} of ${words(before ?? {})} was removed` };
  };
  return { shape: 'map', whole, groups: [{ fields: [max, 'window_seconds'], judge }] };
}

function rateOf(limit: Mapping, max: string): number | null {
  const [count, seconds] = [at(limit, max), at(limit, 'window_seconds')];
  if (typeof count !== 'number' || typeof seconds !== 'number' || !(seconds > 0)) return null;
  return count / seconds;
}

/** How far a text may be from a term and still match it; without `fuzzy_matching` not at all. */
export function fuzzy(fallback?: number): StanceTable {
  return {
    '': { shape: 'map', groups: [fuzzyGroup(fallback)] },
    fuzzy_matching: grouped,
    max_distance: grouped,
  };
}

function fuzzyGroup(fallback: number | undefined): Group {
  const reach = (block: Mapping): unknown =>
    at(block, 'fuzzy_matching') === true ? (at(block, 'max_distance') ?? fallback) : 0;
  const judge: Group['judge'] = (before, after) => {
    const [was, is] = [reach(before), reach(after)];
    const step = `what counts as a match went from ${distance(was)} to ${distance(is)}`;
    if (was === is)
      return { effect: 'neutral', reason: `what counts as a match stays the same: ${distance(is)}` };
    if (was === 0 || is === 0) return { effect: was === 0 ? 'tightens' : 'loosens', reason: step };
    if (typeof was !== 'number' || typeof is !== 'number') return { effect: 'unknown', reason: step };
    return { effect: is > was ? 'tightens' : 'loosens', reason: step };
  };
  return { fields: ['fuzzy_matching', 'max_distance'], judge };
}

function distance(edits: unknown): string {
  if (edits === undefined) return 'the default distance';
  return edits === 0 ? 'exact matches' : `${inWords(edits)} ${edits === 1 ? 'edit' : 'edits'}`;
}

/** A section that its own `enabled` switches; off on both sides, nothing in it says anything. */
export function switched(
  what: string,
  enabled: boolean,
  on?: { readonly effect: Effect; readonly turnedOn: string; readonly turnedOff: string },
): MapStance {
  const runs = (section: Mapping | null): boolean =>
    section !== null && (at(section, 'enabled') ?? enabled) === true;
  return {
    shape: 'map',
    whole: (before, after, names) => {
      const [was, is] = [runs(before), runs(after)];
      if (!was && !is)
        return { effect: 'neutral', reason: `${named(what, names)} is not enabled, before or after` };
      if (was === is || !on) return null;
      return is
        ? { effect: on.effect, reason: on.turnedOn }
        : { effect: opposite(on.effect), reason: on.turnedOff };
    },
  };
}

/** Judged only where it is on both sides. */
export function comesAndGoes(what: string, came: Verdict['effect'], why: string): MapStance {
  return {
    shape: 'map',
    whole: (before, after, names) => {
      if (before && after) return null;
      const reason = `${named(what, names)} was ${after ? 'added' : 'removed'}${why && `: ${why}`}`;
      return { effect: after ? came : opposite(came), reason };
    },
  };
}

/** Items with an identity: what it means that one comes or goes. */
export function keyed(
  what: string,
  keys: readonly string[],
  came: Effect,
  why = '',
  moved: KeyedStance['moved'] = null,
): KeyedStance {
  return {
    shape: 'keyed',
    keys,
    moved,
    judge: ({ name, change, names }) => ({
      effect: change === 'added' ? came : opposite(came),
      reason: `${named(what, names)} \`${name}\` was ${change}${why && `: ${why}`}`,
    }),
  };
}
