/** Strategies: the ways to open a read, cheapest first. */
import type { ReadRequest, ReadResult } from '../domain/git.ts';
import type { Bounds } from './bounds.ts';
import type { Fetched, FetchRequest } from './fetch.ts';
import { baseOf } from './snapshot.ts';
import { OverLimit, saysNoSuchObject } from './trouble.ts';

export type How = ReadResult['how'];
export type Filter = 'tree:0' | 'blob:none' | 'blob:limit';

export interface Opening {
  readonly request: ReadRequest;
  readonly bounds: Bounds;
  /** Whether the server offers filters, and has not refused this one. */
  mayFilter(filter: Filter): boolean;
  fetch(request: FetchRequest): Promise<Fetched>;
}

export interface Strategy {
  readonly how: How;
  readonly applies: (opening: Opening) => boolean;
  readonly open: (opening: Opening) => Promise<Fetched>;
}

/**
 * Each puts at least the commit into the store. What the tracked paths need beyond that is asked for by id, which
 * hosts may refuse; the later strategies need less of it.
 */
export const STRATEGIES: readonly Strategy[] = [
  {
    how: 'delta',
    applies: ({ request }) => baseOf(request) !== null,
    open: delta,
  },
  {
    how: 'walk',
    applies: ({ mayFilter }) => mayFilter('tree:0'),
    open: (opening) => shallow(opening, 'tree:0', opening.bounds.deltaBytes),
  },
  {
    how: 'blob-filter',
    applies: ({ mayFilter }) => mayFilter('blob:none'),
    open: (opening) => shallow(opening, 'blob:none', opening.bounds.receivedBytes),
  },
  {
    how: 'shallow',
    applies: () => true,
    open: (opening) => shallow(opening, null, opening.bounds.receivedBytes),
  },
];

/**
 * What changed since the known commit. Hosts that ban `blob:limit`, and pushes too large even so, get `blob:none`;
 * hosts that hang up on any filter get none.
 */
async function delta(opening: Opening): Promise<Fetched> {
  const offered = (['blob:limit', 'blob:none'] as const).filter((filter) => opening.mayFilter(filter));
  let outcome: Fetched = { kind: 'unknown base' };
  for (const filter of [...offered, null]) {
    // Without a filter there is only more of what was too much.
    const tooMuch = outcome.kind === 'failed' && outcome.fault instanceof OverLimit;
    if (filter === null && tooMuch) break;
    outcome = await deltaWith(opening, filter);
    if (outcome.kind !== 'failed' || saysNoSuchObject(outcome.fault)) break;
  }
  return outcome;
}

/**
 * Without `done`, so that a server which does not know the base sends nothing rather than all history. Without
 * `deepen`, which would send the whole snapshot again.
 */
async function deltaWith({ request, bounds, fetch }: Opening, filter: Filter | null): Promise<Fetched> {
  const have = baseOf(request)?.commit;
  if (!have) return { kind: 'unknown base' };
  const ask = { wants: [request.commit], have, filter: spelled(filter, bounds), limit: bounds.deltaBytes };
  const first = await fetch({ ...ask, done: false });
  // It knows the base, but the branch was rewritten since: what differs is still small.
  return first.kind === 'unrelated base' ? fetch({ ...ask, done: true }) : first;
}

/** No larger than a file we would read: `blob:limit` leaves out blobs of at least its size. */
function spelled(filter: Filter | null, bounds: Bounds): string | null {
  return filter === 'blob:limit' ? `blob:limit=${bounds.fileBytes + 1}` : filter;
}

function shallow({ request, fetch }: Opening, filter: Filter | null, limit: number): Promise<Fetched> {
  return fetch({ wants: [request.commit], shallow: true, filter, done: true, limit });
}
