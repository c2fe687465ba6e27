/** A stance: how a change of one field is judged. Tables of them cover every field of a policy document. */
import type { Verdict } from './change.ts';
import type { Mapping } from './values.ts';

export type Stance = ValueStance | SetStance | KeyedStance | MapStance | GroupedStance | OpenStance;

/** The two values of a field, with what the gateway assumes where nothing is written, if that is known. */
export interface Sides {
  readonly before: unknown;
  readonly after: unknown;
  /** What both are called in a sentence. */
  readonly was: string;
  readonly is: string;
  /** The names of roles, targets … on the way here, outermost first. */
  readonly names: readonly string[];
}

/** One value, whatever stands in it. */
export interface ValueStance {
  readonly shape: 'value';
  readonly fallback?: unknown;
  /** The field beside it that counts where this one is not written. */
  readonly sibling?: string;
  readonly judge: (sides: Sides) => Verdict;
}

/** A list whose order and repetitions do not count: judged item by item, unless `whole` has a verdict. */
export interface SetStance {
  readonly shape: 'set';
  readonly fallback?: readonly unknown[];
  readonly whole?: (
    before: readonly unknown[] | null,
    after: readonly unknown[] | null,
    names: readonly string[],
  ) => Verdict | null;
  readonly judge: (move: SetMove) => Verdict;
}

export interface SetMove {
  readonly item: unknown;
  readonly change: 'added' | 'removed';
  /** The items of the side that does not hold it. */
  readonly others: ItemIndex;
  readonly names: readonly string[];
}

/** Text items, to be asked whether one of them already covers another. */
export type ItemIndex = ReadonlySet<unknown>;

/** A list of mappings with an identity, judged field by field; `judge` has the last word on whole items. */
export interface KeyedStance {
  readonly shape: 'keyed';
  /** The first of these that an item has is its identity. */
  readonly keys: readonly string[];
  /** Null where order says nothing. */
  readonly moved: ((name: string, around: Around) => Verdict) | null;
  readonly judge: (item: KeyedItem) => Verdict;
}

export interface KeyedItem {
  readonly name: string;
  readonly change: 'added' | 'removed';
  readonly item: unknown;
  /** The items on the side that does not hold it. */
  readonly others: readonly unknown[];
  readonly names: readonly string[];
}

/** A mapping that means something as a whole. */
export interface MapStance {
  readonly shape: 'map';
  /** A verdict makes it one change; null has its fields judged one by one. Null where there is no mapping. */
  readonly whole?: (
    before: Mapping | null,
    after: Mapping | null,
    names: readonly string[],
  ) => Verdict | null;
  readonly groups?: readonly Group[];
}

/** Fields that mean something only together. Each has a `GroupedStance` of its own. */
export interface Group {
  /** Relative to the mapping; may be dotted. */
  readonly fields: readonly string[];
  readonly judge: (before: Mapping, after: Mapping, names: readonly string[]) => Verdict;
}

/** Judged by the group of a mapping around it. */
export interface GroupedStance {
  readonly shape: 'grouped';
}

/** A value without known fields: every difference in it gets the same verdict. */
export interface OpenStance {
  readonly shape: 'open';
  readonly verdict: Verdict;
}

/** The mappings that a field stands in. */
export interface Around {
  readonly before: Mapping;
  readonly after: Mapping;
}

/** By field, as in `tools.roles.*.allowed` and `targets[].model`. */
export type StanceTable = Readonly<Record<string, Stance>>;
