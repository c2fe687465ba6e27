/** Export: events from the API into a file, page by page; the file appears when it is whole. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { EVENTS, type Event } from './answers.ts';
import type { Api, Query } from './api-client.ts';
import { csvRow } from './csv.ts';
import type { Window } from './export-window.ts';
import { usage } from './failure.ts';

export interface ExportWish extends Window {
  readonly query: Query;
  readonly format: 'json' | 'csv';
}

const PAGE = 500;

/** Returns how many events were written. `-` is standard output. */
export async function exportEvents(api: Api, wish: ExportWish, output: string): Promise<number> {
  if (output === '-') return write(api, wish, process.stdout);
  // Beside its place, so that it can be moved there in one step.
  const partial = `${output}.${randomBytes(4).toString('hex')}.part`;
  const file = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
    const count = await write(api, wish, file);
    file.end();
    await once(file, 'close');
    await rename(partial, output);
    return count;
  } catch (error) {
    file.destroy();
    await rm(partial, { force: true });
    const code = error instanceof Error && 'syscall' in error && 'code' in error ? error.code : null;
    throw code === null ? error : usage(`--output: ${output} cannot be written (${code})`);
  }
}

async function write(api: Api, wish: ExportWish, to: Writable): Promise<number> {
  const { format } = wish;
  let count = 0;
  await put(to, format === 'csv' ? csvRow(COLUMNS) : '[');
  for await (const { event, raw } of eventsIn(api, wish)) {
    const json = () => `${count === 0 ? '\n' : ',\n'}${JSON.stringify(raw)}`;
    await put(to, format === 'csv' ? csvRow(cellsOf(event)) : json());
    count += 1;
  }
  if (format === 'json') await put(to, count === 0 ? ']\n' : '\n]\n');
  return count;
}

/** Waits while whoever reads is slower than the API. */
async function put(to: Writable, text: string): Promise<void> {
  if (!to.write(text)) await once(to, 'drain');
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
