/** Lists side by side: as sets, or item by item where items have an identity. */
import type { Change } from './change.ts';
import { movedOf } from './moved.ts';
import type { Rule } from './rules.ts';
import { inWords } from './shown.ts';
import type { KeyedStance, SetStance } from './stance.ts';
import { at, canonical } from './values.ts';
import { changeAt, itemOf, type Place, restated, walk } from './walk.ts';

type List = readonly unknown[];

/** Undefined is a list that is not there. */
export function diffSet(
  stance: SetStance,
  place: Place,
  before: List | undefined,
  after: List | undefined,
  out: Change[],
): void {
  const [was, is] = [before ?? stance.fallback, after ?? stance.fallback];
  const [old, now] = [indexOf(was ?? []), indexOf(is ?? [])];
  const removed = [...old].filter(([id]) => !now.has(id));
  const added = [...now].filter(([id]) => !old.has(id));
  const appeared = (before === undefined) !== (after === undefined);
  if (removed.length + added.length === 0) {
    if (!appeared) return;
    if (stance.fallback) {
      out.push(changeAt(place, before, after, restated(before)));
      return;
    }
  }
  const whole = stance.whole?.(was ?? null, is ?? null, place.names);
  if (whole) {
    out.push(changeAt(place, before, after, whole));
    return;
  }
  const { names } = place;
  const [oldItems, newItems] = [new Set(old.values()), new Set(now.values())];
  for (const [, item] of added)
    out.push(
      changeAt(place, undefined, item, stance.judge({ item, change: 'added', others: oldItems, names })),
    );
  for (const [, item] of removed)
    out.push(
      changeAt(place, item, undefined, stance.judge({ item, change: 'removed', others: newItems, names })),
    );
}

/** By what makes an item the same item; the first of equal ones. */
function indexOf(list: List): ReadonlyMap<string, unknown> {
  const index = new Map<string, unknown>();
  for (const item of list) {
    const id = canonical(item);
    if (!index.has(id)) index.set(id, item);
  }
  return index;
}

export function diffKeyed(
  stance: KeyedStance,
  each: Rule | null,
  place: Place,
  before: List | undefined,
  after: List | undefined,
  out: Change[],
): void {
  const [old, now] = [byIdentity(before ?? [], stance.keys), byIdentity(after ?? [], stance.keys)];
  const moved = stance.moved
    ? movedOf([...old.keys()], [...now.keys()])
    : new Map<string, [number, number]>();
  for (const [name, item] of now) {
    const inside = itemOf(place, name);
    const { names } = place;
    if (old.has(name)) walk(each, inside, old.get(name), item, out);
    else {
      const verdict = stance.judge({ name, change: 'added', item, others: before ?? [], names });
      out.push(changeAt(inside, undefined, item, verdict));
    }
    const places = moved.get(name);
    if (places && stance.moved) {
      const [from, to] = places;
      out.push({
        path: inside.path,
        change: 'moved',
        before: from,
        after: to,
        ...stance.moved(name, place.around),
      });
    }
  }
  for (const [name, item] of old) {
    if (now.has(name)) continue;
    const verdict = stance.judge({ name, change: 'removed', item, others: after ?? [], names: place.names });
    out.push(changeAt(itemOf(place, name), item, undefined, verdict));
  }
}

/** Items without an identity are told apart by their place, and equal ones by how many came before. */
function byIdentity(list: List, keys: readonly string[]): ReadonlyMap<string, unknown> {
  const items = new Map<string, unknown>();
  const seen = new Map<string, number>();
  list.forEach((item, i) => {
    const id = keys.map((key) => at(item, key)).find((value) => typeof value === 'string');
    const name = id === undefined ? `#${i}` : inWords(id, keys[0]);
    let count = (seen.get(name) ?? 0) + 1;
    const unique = (): string => (count === 1 ? name : `${name}#${count}`);
    while (items.has(unique())) count++;
    seen.set(name, count);
    items.set(unique(), item);
  });
  return items;
}
