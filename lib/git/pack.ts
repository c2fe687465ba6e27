/** Pack: puts the objects of a pack together, and names each by what its bytes hash to. */
import type { Bounds } from './bounds.ts';
import { applyDelta, deltaSizes } from './delta.ts';
import { type GitObject, type ObjectStore, type ObjectType, objectId } from './git-object.ts';
import { type InflateBudget, packEntries } from './pack-entries.ts';
import { damaged, OverLimit } from './trouble.ts';

export type PackBounds = Pick<Bounds, 'objectBytes' | 'deltaDepth'>;

/** An offset in the pack, or an object id: what a delta may name as its base. */
type Key = number | string;

interface Base {
  readonly depth: number;
  /** Null for an object too large to keep. */
  readonly object: GitObject | null;
}

interface Waiting {
  readonly offset: number;
  readonly data: Buffer;
}

interface Assembly {
  readonly store: ObjectStore;
  readonly bounds: PackBounds;
  readonly budget: InflateBudget;
  readonly bases: Map<Key, Base>;
  readonly waiting: Map<Key, Waiting[]>;
}

/**
 * Adds the objects of a pack to the store. Deltas whose base is neither in the pack nor in the store (a thin pack) are
 * left out: whoever needs such an object finds it missing and asks for it by id.
 */
export function unpack(pack: Buffer, store: ObjectStore, bounds: PackBounds, budget: InflateBudget): void {
  const assembly: Assembly = { store, bounds, budget, bases: new Map(), waiting: new Map() };
  for (const entry of packEntries(pack, budget)) {
    if (entry.kind === 'object') settle(assembly, keep(assembly, entry.offset, 0, entry.type, entry.data));
    else postpone(assembly, entry.base, entry);
  }
  for (const key of [...assembly.waiting.keys()]) {
    const object = typeof key === 'string' ? store.objects.get(key) : undefined;
    if (!object) continue;
    assembly.bases.set(key, { depth: 0, object });
    settle(assembly, [key]);
  }
  // Unlike an id, which may be of an object that did not come, an offset is of an entry of this very pack.
  const loose = [...assembly.waiting.keys()].some((key) => typeof key === 'number');
  if (loose) throw damaged('a delta starts from what is not in its pack');
}

function postpone(assembly: Assembly, base: Key, delta: Waiting): void {
  const waiting = assembly.waiting.get(base);
  if (waiting) waiting.push(delta);
  else assembly.waiting.set(base, [delta]);
  if (assembly.bases.has(base)) settle(assembly, [base]);
}

/** Makes what waited for these keys, then what waited for that, and so on; a list, so that depth costs no stack. */
function settle(assembly: Assembly, keys: Key[]): void {
  for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
    const base = assembly.bases.get(key);
    const deltas = assembly.waiting.get(key);
    if (!base || !deltas) continue;
    assembly.waiting.delete(key);
    for (const delta of deltas) keys.push(...make(assembly, base, delta));
  }
}

function make(assembly: Assembly, base: Base, delta: Waiting): Key[] {
  const { bounds, budget } = assembly;
  const depth = base.depth + 1;
  if (depth > bounds.deltaDepth)
    throw new OverLimit(`a pack holds more than ${bounds.deltaDepth} deltas in a row`);
  const { result } = deltaSizes(delta.data);
  // Its id stays unknown. Asked for by id, its size is what the server declares then.
  if (!base.object || result > bounds.objectBytes) {
    assembly.bases.set(delta.offset, { depth, object: null });
    return [delta.offset];
  }
  budget.spend(result);
  return keep(assembly, delta.offset, depth, base.object.type, applyDelta(base.object.data, delta.data));
}

function keep(assembly: Assembly, offset: number, depth: number, type: ObjectType, data: Buffer): Key[] {
  const { store, bounds, bases, budget } = assembly;
  if (type === 'tree' && data.length <= bounds.objectBytes) budget.unfold(data.length);
  const id = objectId(type, data);
  const object = data.length <= bounds.objectBytes ? { type, data } : null;
  if (object) store.objects.set(id, object);
  else store.oversized.set(id, data.length);
  bases.set(offset, { depth, object });
  bases.set(id, { depth, object });
  return [offset, id];
}
