/** The outbox: receipts that the API has not taken yet. They are on disk before they are sent, and sent in order. */
import { basename } from 'node:path';
import type { ReceiptAnswer } from './api.ts';
import { bell } from './bell.ts';
import type { Conditions } from './conditions.ts';
import { removeFile, replaceFile } from './durable.ts';
import { errnoOf, type Files } from './files.ts';
import { backOff, pause } from './pause.ts';
import { idOf } from './receipts.ts';
import type { ReceiptFate, ReceiptsLog } from './receipts-log.ts';
import { RECEIPT, type SignedReceipt } from './shapes.ts';
import { whyOf } from './why.ts';

/** Nothing new is decided while the API is away, so there are few. */
const MOST = 1000;
const MAX_BYTES = 64 * 1024;
/** What a person has to mend: a gateway without a key, or bound to nothing. */
const SLOW_MS = 5 * 60_000;

/** The others of a fleet still fetch what this gateway runs already: that comes first, at the API too. */
const SPREAD_MS = 150;

interface OutboxOptions {
  readonly files: Files;
  readonly folder: string;
  readonly receiptsLog: ReceiptsLog;
  readonly conditions: Conditions;
  readonly random: () => number;
  readonly signal: AbortSignal;
  post(receipt: SignedReceipt): Promise<ReceiptAnswer>;
}

interface Entry {
  readonly id: string;
  readonly path: string;
  readonly receipt: SignedReceipt;
  readonly logged: Promise<void>;
}

export type Outbox = Awaited<ReturnType<typeof openOutbox>>;

export async function openOutbox(options: OutboxOptions) {
  const { files, folder, receiptsLog, conditions, random, signal } = options;
  const waiting: Entry[] = await load(files, folder);
  let next = 1 + Math.max(0, ...waiting.map(({ path }) => Number.parseInt(basename(path), 10)));
  const news = bell();

  async function record(receipt: SignedReceipt, fate: ReceiptFate): Promise<void> {
    try {
      await receiptsLog.add(receipt, fate);
    } catch (error) {
      conditions.set('receipts', `the log of receipts cannot be written: ${whyOf(error)}`);
    }
  }

  async function settle(entry: Entry, fate: ReceiptFate): Promise<void> {
    await entry.logged;
    await record(entry.receipt, fate);
    const at = waiting.indexOf(entry);
    if (at < 0) return; // dropped, while it was being sent
    waiting.splice(at, 1);
    // One that stays is sent once more after a restart, and is then the same receipt.
    await removeFile(files, entry.path).catch((error: unknown) =>
      conditions.set('receipts', `a receipt cannot be removed: ${whyOf(error)}`),
    );
  }

  /** Milliseconds to wait before the next try; null when it is done with. */
  async function deliver(entry: Entry, failures: number): Promise<number | null> {
    const answer = await options.post(entry.receipt);
    if (answer.kind === 'taken') {
      conditions.set('receipts', null);
      await settle(entry, { outcome: 'taken' });
      return null;
    }
    if (answer.kind === 'never') {
      const { status, code, message } = answer;
      conditions.set('receipts', `the API refuses a receipt (${status} ${code}): ${message}`);
      await settle(entry, { outcome: 'refused', status, code, message });
      return null;
    }
    if (answer.kind === 'mend') {
      conditions.set('receipts', answer.message);
      return SLOW_MS * (0.5 + 0.5 * random());
    }
    return Math.max(answer.retryAfterMs ?? 0, backOff(failures + 1, random));
  }

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      if (failures === 0 && waiting.length > 0) await pause(SPREAD_MS * random(), signal);
      const [entry] = waiting;
      const wait = entry && !signal.aborted ? await deliver(entry, failures) : null;
      failures = wait === null ? 0 : failures + 1;
      if (wait !== null) await news.wait(wait, signal);
      else if (waiting.length === 0) await news.wait(SLOW_MS, signal);
    }
  }

  return {
    size: () => waiting.length,

    /** Twice is once. When the disk cannot take it, it is sent all the same, and it is said. */
    async add(receipt: SignedReceipt): Promise<void> {
      const id = idOf(receipt);
      if (receiptsLog.isSettled(id) || waiting.some((entry) => entry.id === id)) return;
      const path = `${folder}/${String(next++).padStart(12, '0')}-${id}.json`;
      try {
        await files.makeFolder(folder);
        await replaceFile(files, path, Buffer.from(JSON.stringify(receipt)));
      } catch (error) {
        conditions.set('receipts', `a receipt cannot be stored: ${whyOf(error)}`);
      }
      const [oldest] = waiting;
      if (waiting.length >= MOST && oldest) await settle(oldest, { outcome: 'dropped' });
      // It need not be in the log to be sent.
      waiting.push({ id, path, receipt, logged: record(receipt, { outcome: 'made', receipt }) });
      news.ring();
    },

    run,
  };
}

/** In the order they were made. One that is damaged was never whole: it is left for a person. */
async function load(files: Files, folder: string): Promise<Entry[]> {
  const names = (await files.list(folder))
    .filter((name) => /^\d{12}-rct_[0-9a-z]+\.json$/.test(name))
    .toSorted();
  const entries: Entry[] = [];
  for (const name of names.slice(0, MOST)) {
    const path = `${folder}/${name}`;
    const bytes = await files.read(path, MAX_BYTES).catch(unlessDisk);
    const parsed = bytes && RECEIPT.safeParse(jsonOf(bytes));
    if (parsed?.success)
      entries.push({ id: idOf(parsed.data), path, receipt: parsed.data, logged: Promise.resolve() });
  }
  return entries;
}

/** Too large to be ours, or no file, is damaged too. */
function unlessDisk(error: unknown): null {
  if (errnoOf(error) !== null) throw error;
  return null;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
