/** The listener: waits for messages in the gateway's queue, and deletes those that are dealt with. */
import type { Log } from '../../lib/log.ts';
import { ApiTrouble, type GatewayApi } from './api.ts';
import type { Clock } from './clock.ts';
import type { Conditions } from './conditions.ts';
import { judge } from './decide.ts';
import type { Enforcement } from './enforcement.ts';
import type { Keyring } from './keyring.ts';
import { borrowedFor } from './lifetime.ts';
import { backOff, pause } from './pause.ts';
import { type OpenQueue, type Queue, type QueueMessage, QueueTrouble } from './queue.ts';
import type { Reconciler } from './reconciler.ts';
import { MESSAGE } from './shapes.ts';
import { whyOf } from './why.ts';

/** What asks to be looked at more closely comes no more often than this. */
const DOUBT_PAUSE_MS = 1000;
/** The API may see a version a moment later than the queue. */
const CATCH_UP_MS = [100, 300, 900];
const LEAST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;
const MAX_BODY = 64 * 1024;

interface ListenerOptions {
  readonly api: Pick<GatewayApi, 'queueCredentials'>;
  readonly openQueue: OpenQueue;
  readonly keyring: Keyring;
  readonly enforcement: Pick<Enforcement, 'known'>;
  readonly reconciler: Pick<Reconciler, 'hear' | 'doubt'>;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The reconciler is to run soon. */
  wake(): void;
}

interface Doubts {
  lastAt: number;
  /** When it was last looked at what runs, or will be. */
  lookAt: number;
}

interface Open {
  readonly queue: Queue;
  /** By the clock that cannot be set. */
  readonly renewAt: number;
}

/** Ends when the signal is given, and not before: without a queue the timer of the reconciler is what there is. */
export async function listen(options: ListenerOptions): Promise<void> {
  const { api, openQueue, conditions, clock, random, signal } = options;
  let open: Open | null = null;
  const doubts: Doubts = { lastAt: Number.NEGATIVE_INFINITY, lookAt: Number.NEGATIVE_INFINITY };

  async function opened(): Promise<Queue> {
    if (open && clock.uptimeMs() < open.renewAt) return open.queue;
    // The lifetime counts from before it was asked for.
    const askedAt = clock.uptimeMs();
    const lent = await api.queueCredentials();
    const queue = await openQueue(lent);
    open?.queue.close();
    open = { queue, renewAt: askedAt + borrowedFor(lent.lifetimeMs) };
    return queue;
  }

  function drop(): void {
    open?.queue.close();
    open = null;
  }

  for (let failures = 0; !signal.aborted; ) {
    try {
      const queue = await opened();
      const askedAt = clock.uptimeMs();
      const messages = await queue.receive(signal);
      // One that does not wait must not be asked all the time.
      if (messages.length === 0) await pause(askedAt + LEAST_WAIT_MS - clock.uptimeMs(), signal);
      await deal(messages, queue, options, doubts);
      failures = 0;
      conditions.set('queue', null);
    } catch (error) {
      if (signal.aborted) break;
      failures++;
      const { reason, others, leastMs } = troubleOf(error);
      conditions.set('queue', reason);
      if (others) drop();
      // Credentials that were refused may just have run out: new ones are asked for at once.
      if (!(others && failures === 1))
        await pause(Math.max(leastMs, backOff(failures, random, LONGEST_WAIT_MS)), signal);
    }
  }
  drop();
}

function troubleOf(error: unknown): { reason: string; others: boolean; leastMs: number } {
  if (error instanceof QueueTrouble)
    return { reason: error.message, others: error.kind !== 'other', leastMs: 0 };
  if (error instanceof ApiTrouble)
    return { reason: `no credentials: ${error.message}`, others: false, leastMs: error.retryAfterMs ?? 0 };
  return { reason: whyOf(error), others: false, leastMs: 0 };
}

async function deal(
  messages: readonly QueueMessage[],
  queue: Queue,
  options: ListenerOptions,
  doubts: Doubts,
): Promise<void> {
  for (const message of messages) {
    if (await isDealtWith(message, options, doubts)) await queue.remove(message.handle);
  }
}

/** A message that could not be followed yet stays, and comes again. */
async function isDealtWith(
  { body }: QueueMessage,
  options: ListenerOptions,
  doubts: Doubts,
): Promise<boolean> {
  const { enforcement, keyring, reconciler, log, signal, wake } = options;
  const message = parsed(body);
  if (!message) return doubted('it is not a reload', options, doubts);
  const known = () => ({ ...enforcement.known(), keys: keyring.keys() });
  let judgement = judge(message, known());
  if (judgement.kind === 'unknown key') {
    await keyring.refresh();
    judgement = judge(message, known());
  }
  const { sequence } = message.manifest;
  switch (judgement.kind) {
    case 'applied already':
      // Sent again, perhaps since the gateway seems to run something else: it is looked at.
      lookSoon(options, doubts);
      return true;
    case 'older':
      log.fact('reload.ignored', { why: judgement.why });
      return true;
    case 'forged':
    case 'unknown key':
      return doubted(judgement.why, options, doubts);
    case 'news':
      log.fact('reload.received', { sequence, configuration: message.manifest.configuration_id });
      for (const ms of [0, ...CATCH_UP_MS]) {
        await pause(ms, signal);
        if (await reconciler.hear(message.manifest)) return true;
      }
      // It comes again after a while; until then the reconciler tries.
      wake();
      return false;
  }
}

/** Who can write into the queue can make the gateway ask what it must run, now and then, and no more. */
async function doubted(
  why: string,
  { reconciler, log, signal, clock, wake }: ListenerOptions,
  doubts: Doubts,
): Promise<true> {
  log.fact('reload.ignored', { why });
  await pause(doubts.lastAt + DOUBT_PAUSE_MS - clock.uptimeMs(), signal);
  doubts.lastAt = clock.uptimeMs();
  reconciler.doubt();
  wake();
  return true;
}

/** Anybody can send it again, signed as it is: one look is for all of a while, and no message waits for it. */
function lookSoon({ clock, signal, wake }: ListenerOptions, doubts: Doubts): void {
  const now = clock.uptimeMs();
  if (doubts.lookAt > now) return;
  doubts.lookAt = Math.max(now, doubts.lookAt + DOUBT_PAUSE_MS);
  void pause(doubts.lookAt - now, signal).then(wake);
}

function parsed(body: string) {
  if (body.length > MAX_BODY) return null;
  try {
    return MESSAGE.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
}
