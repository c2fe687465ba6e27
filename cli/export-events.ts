/** Export: events from the API into a file, page by page; the file appears when it is whole. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EVENTS, type Event } from './answers.ts';
import type { Api, Query } from './api-client.ts';
import { csvRow } from './csv.ts';
import type { Window } from './export-window.ts';
import { usage } from './failure.ts';
import { isErrnoException } from './lint/errno.ts';
import { reasonOf } from './lint/read-bounded.ts';

interface ExportWish extends Window {
  readonly query: Query;
  readonly format: 'json' | 'csv';
}

const PAGE = 500;

/** Returns how many events were written. `-` is standard output. */
export async function exportEvents(api: Api, wish: ExportWish, output: string): Promise<number> {
  const written = { count: 0 };
  const text = Readable.from(textOf(api, wish, written));
  if (output === '-') await pipeline(text, process.stdout, { end: false });
  else await writeWhole(text, output);
  return written.count;
}

async function writeWhole(text: Readable, output: string): Promise<void> {
  // Beside its place, so that it can be moved there in one step.
  const partial = `${output}.${randomBytes(4).toString('hex')}.part`;
  try {
    await pipeline(text, createWriteStream(partial, { flags: 'wx', mode: 0o600 }));
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    if (!isErrnoException(error)) throw error;
    const why = error.code === 'ENOENT' ? 'there is no such directory' : reasonOf(error);
    throw usage(`--output: ${output} cannot be written: ${why}`);
  }
}

async function* textOf(api: Api, wish: ExportWish, written: { count: number }): AsyncGenerator<string> {
  const isCsv = wish.format === 'csv';
  yield isCsv ? csvRow(COLUMNS) : '[';
  for await (const { event, raw } of eventsIn(api, wish)) {
    const before = written.count === 0 ? '\n' : ',\n';
    yield isCsv ? csvRow(cellsOf(event)) : before + JSON.stringify(raw);
    written.count += 1;
  }
  if (!isCsv) yield written.count === 0 ? ']\n' : '\n]\n';
}

/** The API answers in order of time, so the first that is too late is the end. */
async function* eventsIn(api: Api, { since, before, query }: ExportWish) {
  const pages = api.pages('/v1/events', { ...query, since, limit: PAGE }, EVENTS);
  for await (const { value, raw } of pages) {
    const rows = (raw as { data: unknown[] }).data;
    for (const [i, event] of value.data.entries()) {
      if (before && Date.parse(event.at) >= before.getTime()) return;
      yield { event, raw: rows[i] };
    }
  }
}

const IDS = ['configuration_id', 'version_id', 'link_id', 'gateway_id', 'request_id'] as const;
const COLUMNS = ['id', 'type', 'at', 'actor', ...IDS, 'detail'];

const cellsOf = (event: Event): string[] => [
  event.id,
  event.type,
  event.at,
  event.actor,
  ...IDS.map((name) => event[name] ?? ''),
  JSON.stringify(event.detail),
];
