/**
 * The spool: decisions on disk until they are taken, in segments of which each is one batch. What is written survives
 * the end of the process at once, and that of the machine once it is synced: when a segment is sealed, and every second.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Decision } from '../../lib/domain/decision.ts';
import type { Log } from '../../lib/log.ts';

/** As the API takes them at once. */
const MAX_SEGMENT_EVENTS = 500;
const MAX_SEGMENT_BYTES = 512 * 1024;
const SYNC_EVERY_MS = 1000;
const SEGMENT = /^(\d{12})\.jsonl$/;

export interface SpoolOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly log: Log;
  readonly elapsed: () => number;
}

interface Segment {
  readonly number: number;
  bytes: number;
  events: number;
}

interface Open extends Segment {
  readonly file: FileHandle;
}

export class Spool {
  readonly #options: SpoolOptions;
  /** Sealed, oldest first. */
  readonly #sealed: Segment[];
  #open: Open | null = null;
  #next: number;
  #syncedAt: number;
  /** Decisions that were given up because the spool was full. */
  dropped = 0;

  private constructor(options: SpoolOptions, sealed: Segment[]) {
    this.#options = options;
    this.#sealed = sealed;
    this.#next = (sealed.at(-1)?.number ?? 0) + 1;
    this.#syncedAt = options.elapsed();
  }

  /** Finds what an earlier process has left. */
  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const sealed: Segment[] = [];
    for (const name of (await readdir(options.folder)).toSorted()) {
      const number = Number(SEGMENT.exec(name)?.[1] ?? Number.NaN);
      if (Number.isNaN(number)) continue;
      const { size } = await stat(join(options.folder, name));
      sealed.push({ number, bytes: size, events: MAX_SEGMENT_EVENTS });
    }
    return new Spool(options, sealed);
  }

  get bytes(): number {
    return this.#sealed.reduce((sum, { bytes }) => sum + bytes, this.#open?.bytes ?? 0);
  }

  get isEmpty(): boolean {
    return this.#sealed.length === 0 && this.#open === null;
  }

  /** One call at a time. Throws when the disk does not take it; nothing is said to be written then. */
  async append(decisions: readonly Decision[]): Promise<void> {
    for (let at = 0; at < decisions.length; ) {
      const segment = this.#open ?? (await this.#begin());
      const batch = batchOf(
        decisions,
        at,
        MAX_SEGMENT_EVENTS - segment.events,
        MAX_SEGMENT_BYTES - segment.bytes,
      );
      try {
        await segment.file.appendFile(batch.text);
      } catch (error) {
        // Half a line may be in it: nothing is written behind that.
        await this.seal().catch(() => {});
        throw error;
      }
      segment.bytes += Buffer.byteLength(batch.text);
      segment.events += batch.count;
      at += batch.count;
      if (batch.isFull || segment.events >= MAX_SEGMENT_EVENTS) await this.seal();
    }
    const now = this.#options.elapsed();
    if (this.#open && now - this.#syncedAt >= SYNC_EVERY_MS) {
      this.#syncedAt = now;
      await this.#open.file.datasync();
    }
    await this.#makeRoom();
  }

  /** What is written so far can be sent. */
  async seal(): Promise<void> {
    if (!this.#open) return;
    const { file, number, bytes, events } = this.#open;
    this.#open = null;
    this.#sealed.push({ number, bytes, events });
    await file.datasync().finally(() => file.close());
  }

  /**
   * The oldest batch that can be read; null when there is none. A line that was being written when the process ended
   * is left out. Throws when there are some and none can be read: those that cannot hold up no others.
   */
  async oldest(): Promise<{ readonly number: number; readonly decisions: readonly unknown[] } | null> {
    let failure: unknown = null;
    for (const { number } of this.#sealed) {
      try {
        const text = await readFile(this.#path(number), 'utf8').catch(missingIsEmpty);
        return { number, decisions: text.split('\n').flatMap(parsed) };
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
    return null;
  }

  async remove(number: number): Promise<void> {
    await rm(this.#path(number), { force: true });
    const at = this.#sealed.findIndex((segment) => segment.number === number);
    if (at !== -1) this.#sealed.splice(at, 1);
  }

  async #begin(): Promise<Open> {
    const number = this.#next++;
    // Not an older one: its last line may be half of one.
    const file = await open(this.#path(number), 'wx', 0o600);
    this.#open = { number, bytes: 0, events: 0, file };
    return this.#open;
  }

  async #makeRoom(): Promise<void> {
    while (this.bytes > this.#options.maxBytes && this.#sealed.length > 0) {
      const [oldest] = this.#sealed;
      if (!oldest) return;
      await this.remove(oldest.number);
      this.dropped += oldest.events;
      this.#options.log.fact('decisions.dropped', { why: 'the spool is full', at_most: oldest.events });
    }
  }

  #path(number: number): string {
    return join(this.#options.folder, `${String(number).padStart(12, '0')}.jsonl`);
  }
}

/** At least one, however long it is. */
function batchOf(decisions: readonly Decision[], from: number, maxEvents: number, maxBytes: number) {
  let [text, count, bytes] = ['', 0, 0];
  for (const decision of decisions.slice(from, from + Math.max(1, maxEvents))) {
    const line = `${JSON.stringify({ ...decision, event_type: 'decision' })}\n`;
    const size = Buffer.byteLength(line);
    if (count > 0 && bytes + size > maxBytes) return { text, count, isFull: true };
    text += line;
    bytes += size;
    count++;
  }
  return { text, count, isFull: bytes >= maxBytes };
}

function parsed(line: string): readonly unknown[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

function missingIsEmpty(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
  throw error;
}
