/** The recorder: takes decisions as they are made, has them on disk a moment later, and sends them in batches. */
import type { Decision } from '../../lib/domain/decision.ts';
import type { Log } from '../../lib/log.ts';
import { backOff, pause } from '../agent/pause.ts';
import type { Post } from './post-events.ts';
import type { Spool } from './spool.ts';

/** Decisions in memory while the disk takes none. */
const MAX_QUEUED = 20_000;

export interface RecorderOptions {
  readonly spool: Spool;
  readonly post: Post;
  /** How long decisions are collected before they are sent. */
  readonly batchMs: number;
  readonly random: () => number;
  readonly log: Log;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #stopping = new AbortController();
  readonly #deadline = new AbortController();
  #queue: Decision[] = [];
  #writing: Promise<void> | null = null;
  readonly #sending: Promise<void>;
  #failures = 0;
  /** What the disk did not take, and what the API would not. */
  #lost = 0;
  sent = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#sending = this.#send();
  }

  /** Never waits and never throws: a request does not hang on its record. */
  add(decision: Decision): void {
    if (this.#queue.length >= MAX_QUEUED) {
      this.#queue.shift();
      this.#lose(1, 'the disk is behind');
    }
    this.#queue.push(decision);
    this.#writing ??= this.#write();
  }

  get dropped(): number {
    return this.#lost + this.#options.spool.dropped;
  }

  /** Decisions that are not on disk yet. */
  get waiting(): number {
    return this.#queue.length + (this.#writing ? 1 : 0);
  }

  get spooledBytes(): number {
    return this.#options.spool.bytes;
  }

  /** Everything is on disk when it returns; what the API takes within `ms` is sent. */
  async stop(ms: number): Promise<void> {
    const timer = setTimeout(() => this.#deadline.abort(), ms);
    this.#stopping.abort();
    await this.#writing;
    await this.#sending;
    await this.#exclusively(() => this.#options.spool.seal());
    // An API that was away a moment ago is not waited for: what is on disk is sent by the next process.
    if (this.#failures === 0) await this.#sendAll();
    clearTimeout(timer);
  }

  /** As long as there is something: what came in meanwhile goes with the next turn, in one piece. */
  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#exclusively(() => this.#options.spool.append(batch));
      } catch (error) {
        // A disk that is full may be emptied: later decisions are tried anew, these are not.
        this.#lose(batch.length, error instanceof Error && 'code' in error ? String(error.code) : 'unknown');
      }
    }
    this.#writing = null;
  }

  #lock: Promise<unknown> = Promise.resolve();

  /** Writing and sealing touch the same file. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#lock.then(work);
    this.#lock = done.catch(() => {});
    return done;
  }

  async #send(): Promise<void> {
    const { spool, batchMs, random, log } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      if (signal.aborted) return;
      let waitMs = batchMs;
      try {
        await this.#exclusively(() => spool.seal());
        waitMs = (await this.#sendAll()) ?? batchMs;
      } catch (error) {
        // The disk: nothing else here throws.
        this.#failures++;
        waitMs = backOff(this.#failures, random);
        log.fact('decisions.unreadable', {
          why: error instanceof Error && 'code' in error ? error.code : 'unknown',
        });
      }
      await pause(waitMs, signal);
    }
  }

  /** How long to wait, when the API takes nothing now; null when all is sent. */
  async #sendAll(): Promise<number | null> {
    const { spool, random, log } = this.#options;
    for (let batch = await spool.oldest(); batch; batch = await spool.oldest()) {
      if (this.#deadline.signal.aborted) return null;
      const outcome = await this.#post(batch.decisions);
      if (outcome !== 'done') {
        this.#failures++;
        // Once for each time that it is away.
        if (this.#failures === 1) log.fact('decisions.waiting', { why: outcome.why });
        return outcome.retryAfterMs ?? backOff(this.#failures, random);
      }
      if (this.#failures > 0) log.fact('decisions.taken_again', {});
      this.#failures = 0;
      await this.#exclusively(() => spool.remove(batch.number));
    }
    return null;
  }

  /** A batch that is refused is halved until what is wrong in it stands alone. */
  async #post(
    events: readonly unknown[],
  ): Promise<'done' | { readonly why: string; readonly retryAfterMs: number | null }> {
    if (events.length === 0) return 'done';
    const outcome = await this.#options.post(events, this.#deadline.signal);
    if (outcome.kind === 'later') return outcome;
    if (outcome.kind === 'taken') {
      this.sent += events.length;
      return 'done';
    }
    if (events.length === 1) {
      this.#lose(1, outcome.why);
      return 'done';
    }
    const half = Math.ceil(events.length / 2);
    const first = await this.#post(events.slice(0, half));
    return first === 'done' ? this.#post(events.slice(half)) : first;
  }

  #lose(count: number, why: string): void {
    this.#lost += count;
    this.#options.log.fact('decisions.lost', { count, why });
  }
}
