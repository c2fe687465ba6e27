/** Walk two values side by side, and have each difference judged by the stance of its field. */
import type { Change, Verdict } from './change.ts';
import { diffKeyed, diffSet } from './lists.ts';
import type { Rule } from './rules.ts';
import { inWords, shown } from './shown.ts';
import type { Around, Group, MapStance, ValueStance } from './stance.ts';
import { at, below, isMapping, type Mapping, same } from './values.ts';

/** Where the walk is. */
export interface Place {
  /** As it is shown: `providers.targets[primary].model`. */
  readonly path: string;
  /** The last key on the way: it may say that the value is a secret. */
  readonly key: string;
  /** The names that a document chose on the way, outermost first. */
  readonly names: readonly string[];
  readonly around: Around;
}

export const ROOT: Place = { path: '', key: '', names: [], around: { before: {}, after: {} } };

/** `undefined` is nothing, and so is the null of a key without a value. */
export function walk(rule: Rule | null, place: Place, was: unknown, is: unknown, out: Change[]): void {
  const [before, after] = [was ?? undefined, is ?? undefined];
  if (before === undefined && after === undefined) return;
  const stance = rule?.stance ?? null;
  if (stance?.shape === 'grouped') return;
  if (stance?.shape === 'value') judgeValue(stance, place, before, after, out);
  else if (stance?.shape === 'open') walkOpen(stance.verdict, place, before, after, out);
  else if (stance?.shape === 'set' && isList(before) && isList(after))
    diffSet(stance, place, before, after, out);
  else if (stance?.shape === 'keyed' && isList(before) && isList(after))
    diffKeyed(stance, rule?.each ?? null, place, before, after, out);
  else if (rule && hasFields(rule) && isMap(before) && isMap(after)) walkMap(rule, place, before, after, out);
  else if (isMapping(before) && isMapping(after)) walkFields(rule, place, before, after, out);
  else if (!same(before, after)) out.push(changeAt(place, before, after, UNJUDGED));
}

/** Without known fields a mapping that comes or goes is one change. */
function hasFields({ fields, each, stance }: Rule): boolean {
  return fields.size > 0 || each !== null || stance?.shape === 'map';
}

function walkOpen(verdict: Verdict, place: Place, before: unknown, after: unknown, out: Change[]): void {
  if (isMapping(before) && isMapping(after))
    for (const key of keysOf(before, after))
      walkOpen(verdict, child(place, key), at(before, key), at(after, key), out);
  else if (!same(before ?? null, after ?? null)) out.push(changeAt(place, before, after, verdict));
}

const UNJUDGED: Verdict = { effect: 'unknown', reason: 'what this decides is not known here' };

function judgeValue(stance: ValueStance, place: Place, before: unknown, after: unknown, out: Change[]): void {
  if (same(before, after)) return;
  const { around } = place;
  const was = before ?? at(around.before, stance.sibling ?? '') ?? stance.fallback;
  const is = after ?? at(around.after, stance.sibling ?? '') ?? stance.fallback;
  const words = { was: worded(was, before, place.key), is: worded(is, after, place.key) };
  const verdict = same(was, is)
    ? restated(before)
    : stance.judge({ before: was, after: is, ...words, names: place.names });
  out.push(changeAt(place, before, after, verdict));
}

function worded(value: unknown, written: unknown, key: string): string {
  return `${inWords(value, key)}${written === undefined && value !== undefined ? ' (the default)' : ''}`;
}

/** What was assumed is now written, or the other way round. */
export function restated(before: unknown): Verdict {
  return {
    effect: 'neutral',
    reason: before === undefined ? 'states the default' : 'leaves it to the default, which is the same',
  };
}

function walkMap(
  rule: Rule,
  place: Place,
  before: Mapping | undefined,
  after: Mapping | undefined,
  out: Change[],
): void {
  const stance = rule.stance?.shape === 'map' ? rule.stance : null;
  const verdict = stance && wholeVerdict(stance, place, before, after);
  if (verdict) {
    out.push(changeAt(place, before, after, verdict));
    return;
  }
  for (const group of stance?.groups ?? []) judgeGroup(group, place, before ?? {}, after ?? {}, out);
  walkFields(rule, place, before ?? {}, after ?? {}, out);
}

function wholeVerdict(
  stance: MapStance,
  place: Place,
  before: Mapping | undefined,
  after: Mapping | undefined,
): Verdict | null {
  if (!stance.whole || same(before, after)) return null;
  return stance.whole(before ?? null, after ?? null, place.names);
}

function walkFields(rule: Rule | null, inside: Place, before: Mapping, after: Mapping, out: Change[]): void {
  for (const key of keysOf(before, after)) {
    const known = rule?.fields.get(key) ?? null;
    const next = known ?? rule?.each ?? null;
    const place = { ...child(inside, key, !known && next !== null), around: { before, after } };
    walk(next, place, at(before, key), at(after, key), out);
  }
}

/** As the later one has them, then those that only the earlier one had. */
function keysOf(before: Mapping, after: Mapping): ReadonlySet<string> {
  return new Set([...Object.keys(after), ...Object.keys(before)]);
}

/** One change for fields that mean something together: of the field, when only one of them differs. */
function judgeGroup(
  { fields, judge }: Group,
  place: Place,
  before: Mapping,
  after: Mapping,
  out: Change[],
): void {
  const [was, is] = [pick(before, fields), pick(after, fields)];
  const [field, ...others] = fields.filter((name) => !same(was[name], is[name]));
  if (field === undefined) return;
  const verdict = judge(was, is, place.names);
  if (others.length > 0) {
    out.push(changeAt(place, orNothing(was), orNothing(is), verdict));
    return;
  }
  const key = field.slice(field.lastIndexOf('.') + 1);
  out.push(changeAt({ ...child(place, field), key }, was[field], is[field], verdict));
}

function pick(map: Mapping, fields: readonly string[]): Mapping {
  const found = fields.map((field) => [field, below(map, field) ?? undefined] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function orNothing(map: Mapping): Mapping | undefined {
  return Object.keys(map).length > 0 ? map : undefined;
}

export function child(place: Place, key: string, isName = false): Place {
  const step = inWords(key);
  const path = place.path === '' ? step : `${place.path}.${step}`;
  return { ...place, path, key, names: isName ? [...place.names, step] : place.names };
}

export function itemOf(place: Place, name: string): Place {
  return { ...place, path: `${place.path}[${name}]`, names: [...place.names, name] };
}

export function changeAt(place: Place, before: unknown, after: unknown, verdict: Verdict): Change {
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return {
    path: place.path,
    change,
    before: shown(before, place.key),
    after: shown(after, place.key),
    ...verdict,
  };
}

function isList(value: unknown): value is readonly unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function isMap(value: unknown): value is Mapping | undefined {
  return value === undefined || isMapping(value);
}
