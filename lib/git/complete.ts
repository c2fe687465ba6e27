/** Complete: asks by id for what a read still misses, until its answer is whole. */
import type { ReadResult } from '../domain/git.ts';
import type { Fetched } from './fetch.ts';
import type { InflateBudget } from './pack-entries.ts';
import { next, type Snapshot } from './snapshot.ts';
import type { Opening } from './strategies.ts';
import { OverLimit, Refusal } from './trouble.ts';

export interface Reading extends Opening {
  readonly snapshot: Snapshot;
  readonly budget: InflateBudget;
}

type Failed = Extract<Fetched, { kind: 'failed' }>;

export type Completed =
  | { readonly kind: 'complete'; readonly result: Omit<ReadResult, 'how'> }
  | { readonly kind: 'nothing' }
  | Failed;

/** Level by level: all trees that all paths still miss in one request, then all blobs in one. */
export async function complete(reading: Reading): Promise<Completed> {
  for (;;) {
    const step = next(reading.snapshot);
    if (step.kind === 'complete') return step;
    if (step.kind === 'commit') return { kind: 'nothing' };
    const failed =
      step.kind === 'trees' ? await getTrees(step.ids, reading) : await getBlobs(step.ids, reading);
    if (failed) return failed;
  }
}

/** Where filters are not offered, a tree comes with all that is below it; the byte bound holds. */
async function getTrees(ids: readonly string[], reading: Reading): Promise<Failed | null> {
  const filter = reading.mayFilter('tree:0') ? 'tree:0' : null;
  return arrived(
    ids,
    await reading.fetch({ wants: ids, filter, done: true, limit: reading.bounds.receivedBytes }),
    reading,
  );
}

/** A blob deflates to at most a little more than itself. */
const BLOB_OVERHEAD = 1_024;
const ANSWER_OVERHEAD = 65_536;

/**
 * No more bytes than the files may have. An answer over that holds a file over its limit: halves are asked for, down
 * to the one that is too large, so that its neighbours are still read.
 */
async function getBlobs(ids: readonly string[], reading: Reading): Promise<Failed | null> {
  const { bounds, budget, snapshot } = reading;
  const most = ids.length * (bounds.fileBytes + BLOB_OVERHEAD) + ANSWER_OVERHEAD;
  const limit = Math.min(most, bounds.receivedBytes);
  const fetched = await reading.fetch({ wants: ids, done: true, limit });
  const tooMuch = fetched.kind === 'failed' && fetched.fault instanceof OverLimit;
  if (!tooMuch || budget.left < bounds.fileBytes) return arrived(ids, fetched, reading);
  const [only] = ids;
  if (ids.length === 1 && only) {
    snapshot.tooLarge.add(only);
    return null;
  }
  const half = Math.ceil(ids.length / 2);
  return (await getBlobs(ids.slice(0, half), reading)) ?? (await getBlobs(ids.slice(half), reading));
}

/** An answer without what was asked for would have us ask again for ever. */
function arrived(ids: readonly string[], fetched: Fetched, { snapshot, request }: Reading): Failed | null {
  if (fetched.kind === 'failed') return fetched;
  const { objects, oversized } = snapshot.store;
  if (ids.every((id) => objects.has(id) || oversized.has(id))) return null;
  const { host } = new URL(request.repository.url);
  return { kind: 'failed', fault: new Refusal(host, 'it did not send the objects it was asked for') };
}
