/** Sync: bring what a source's links publish up to what its branch holds now. */
import type { SyncMessage } from '../domain/message.ts';
import type { SyncOutcome } from '../domain/outcome.ts';
import { isAstray, type Lease, nextDue } from '../domain/source.ts';
import type { Log } from '../log.ts';
import type { GitHost, HostLimits, Links, Metrics, Opener, Sources, SyncQueue } from '../ports.ts';
import { resolve } from './approach.ts';
import { LostLease, type PublishPorts } from './publish.ts';
import { run, type Sight } from './run.ts';

export interface SyncPorts extends PublishPorts {
  readonly sources: Sources;
  readonly links: Links;
  readonly hostLimits: HostLimits;
  readonly syncQueue: SyncQueue;
  readonly git: GitHost;
  readonly opener: Opener;
  readonly metrics: Metrics;
  readonly log: Log;
}

const NOTHING_SEEN: Sight = { found: null, hinted: null, patient: false };

/** What a look, or a message, knows of the source it asks to run. */
interface Request {
  readonly sight: Sight;
  /** The epoch before `sight.found` was seen: it counts only if nobody else has run since. */
  readonly epoch?: number;
  readonly wanted?: number | undefined;
}

/** A look may come this much before its time: the poller plans in whole seconds. */
const EARLY_SECONDS = 5;
/** Waits before a commit that a delivery named, and the host does not show yet, is looked for again. */
const RELOOK_SECONDS = [1, 3, 10, 30] as const;

/**
 * Asks the git host where the branch is now rather than trusting the hint, so a late, repeated or forged hint
 * can cost a look-up but can never publish the wrong commit.
 *
 * A host or a document that is not as it should be is an outcome, kept on the link. Throws only when our own
 * store fails: the queue owns that retry.
 */
export async function sync(message: SyncMessage, ports: SyncPorts): Promise<SyncOutcome> {
  if (message.why === 'poll') return look(message.source, ports);
  if (message.why === 'hold') await ports.sources.hint(message.source, ports.clock.now());
  const { source, commit, attempt, wanted } = message;
  const patient = RELOOK_SECONDS[attempt] !== undefined;
  const outcome = await lead(source, { sight: { found: null, hinted: commit, patient }, wanted }, ports);
  const seen = outcome.kind === 'synced' && outcome.tip === commit;
  if (commit !== null && !seen) await lookAgain(source, commit, attempt, ports);
  return outcome;
}

/** A poll: one question to the host, and nothing written but the next due time, unless the branch moved. */
async function look(id: string, ports: SyncPorts): Promise<SyncOutcome> {
  const source = await ports.sources.find(id);
  if (!source) return { kind: 'skipped', why: 'the source is gone' };
  if (source.wanted > source.done) return lead(id, { sight: NOTHING_SEEN }, ports);
  const now = ports.clock.now();
  if (Date.parse(source.dueAt) > now.getTime() + EARLY_SECONDS * 1000 && !isAstray(source, now))
    return { kind: 'skipped', why: 'not due' };
  const found = await resolve(source, ports);
  if (typeof found === 'string' && found === source.tip && source.failures === 0) {
    const at = ports.clock.now();
    await ports.sources.looked(source, { at, dueAt: nextDue(source.dueAt, source.intervalSeconds, at) });
    return { kind: 'unchanged', tip: found };
  }
  if (!(await ports.sources.hint(id, now))) return { kind: 'skipped', why: 'the source is gone' };
  return lead(id, { sight: { found, hinted: null, patient: false }, epoch: source.epoch }, ports);
}

/**
 * Takes the lease and makes one run. A hint that came meanwhile is answered by one more, through the queue, and so
 * is what a run had no time for.
 */
async function lead(
  id: string,
  { sight, epoch, wanted: asked }: Request,
  ports: SyncPorts,
): Promise<SyncOutcome> {
  const started = ports.clock.now();
  const lease = await ports.sources.lease(id, started, asked);
  if (typeof lease === 'string') return { kind: 'skipped', why: SKIPPED[lease] };
  const overtaken = epoch !== undefined && lease.epoch !== epoch + 1;
  try {
    const { outcome, wanted, again } = await run(lease, overtaken ? NOTHING_SEEN : sight, ports);
    if (again) await askAgain({ source: id, why: 'hint', commit: null, attempt: 0, wanted }, 0, ports);
    const took = ports.clock.now().getTime() - started.getTime();
    await ports.metrics.observe('sync_duration', Math.max(0, took) / 1000);
    return outcome;
  } catch (error) {
    if (error instanceof LostLease) return { kind: 'lost' };
    throw error;
  }
}

const SKIPPED = {
  gone: 'the source is gone',
  settled: 'an earlier run answered it',
  held: 'another run has the source',
} as const satisfies Record<Exclude<Awaited<ReturnType<Sources['lease']>>, Lease>, string>;

/**
 * Some hosts announce a push before their git endpoint shows it. A commit that is neither the tip nor a tip we
 * saw lately is looked for again a few times; after that the poller has it.
 */
async function lookAgain(id: string, commit: string, attempt: number, ports: SyncPorts): Promise<void> {
  const source = await ports.sources.find(id);
  const wait = RELOOK_SECONDS[attempt];
  if (!source || wait === undefined || source.recentTips.includes(commit)) return;
  if (source.failures > 0) return;
  // The run that did not find it left a hint, unless another has answered that since.
  const asked = source.wanted > source.done ? source : await ports.sources.hint(id, ports.clock.now());
  const message = { source: id, why: 'hint' as const, commit, attempt: attempt + 1, wanted: asked?.wanted };
  await askAgain(message, wait, ports);
}

async function askAgain(message: SyncMessage, delaySeconds: number, { syncQueue }: SyncPorts): Promise<void> {
  await syncQueue.send([{ message, delaySeconds }]);
}
