/** The log of receipts: every receipt and what became of it, appended to, and bounded by putting the old half aside. */
import type { Files } from './files.ts';
import { errnoOf } from './files.ts';
import { idOf } from './receipts.ts';
import type { SignedReceipt } from './shapes.ts';

/** Some 2,000 receipts; and as many in the file put aside. */
const MAX_BYTES = 1024 * 1024;
const READ_BYTES = 2 * MAX_BYTES;

export type ReceiptFate =
  | { readonly outcome: 'made'; readonly receipt: SignedReceipt }
  | { readonly outcome: 'taken' }
  /** It can never be taken, the API says. */
  | { readonly outcome: 'refused'; readonly status: number; readonly code: string; readonly message: string }
  /** There was no room for it. */
  | { readonly outcome: 'dropped' };

export type ReceiptsLog = Awaited<ReturnType<typeof openReceiptsLog>>;

export async function openReceiptsLog(files: Files, path: string, now: () => Date) {
  const aside = `${path}.1`;
  const found = await readText(files, path);
  const text = found ?? '';
  const settled = new Set([...settledIn((await readText(files, aside)) ?? ''), ...settledIn(text)]);
  // What cannot be read is put aside before anything is written.
  let size = found === null ? MAX_BYTES : Buffer.byteLength(text);
  // The end of a line that was cut off must not swallow the next one.
  let start = text === '' || text.endsWith('\n') ? '' : '\n';

  let before = Promise.resolve();

  async function append(receipt: SignedReceipt, fate: ReceiptFate): Promise<void> {
    const id = idOf(receipt);
    const line = Buffer.from(`${start}${JSON.stringify({ at: now().toISOString(), id, ...fate })}\n`);
    if (size + line.length > MAX_BYTES && size > 0) {
      await files.rename(path, aside).catch(unlessGone);
      size = 0;
    }
    // Should it be cut off.
    start = '\n';
    await files.append(path, line, 0o600);
    start = '';
    size += line.length;
    if (fate.outcome !== 'made') settled.add(id);
  }

  return {
    /** Whether it is known that nothing more is to be done with it. */
    isSettled: (id: string): boolean => settled.has(id),

    /** One line at a time: they are appended to one file, which is put aside between two of them. */
    add(receipt: SignedReceipt, fate: ReceiptFate): Promise<void> {
      const written = before.then(() => append(receipt, fate));
      before = written.catch(() => {}); // whoever added it is told
      return written;
    },
  };
}

function unlessGone(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}

/** Null for what is too large to be ours, or no file: nothing depends on it but that a receipt is sent once more. */
async function readText(files: Files, path: string): Promise<string | null> {
  try {
    const bytes = await files.read(path, READ_BYTES);
    return bytes ? Buffer.from(bytes).toString('utf8') : '';
  } catch (error) {
    if (errnoOf(error) !== null) throw error;
    return null;
  }
}

function* settledIn(text: string): Generator<string> {
  for (const line of text.split('\n')) {
    const { id, outcome } = parsed(line);
    if (typeof id === 'string' && outcome !== 'made') yield id;
  }
}

/** A line may have been cut off. */
function parsed(line: string): { id?: unknown; outcome?: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
