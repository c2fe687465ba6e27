/** Run history: the answer to one moment, or the list of what was applied and refused. */
import { type Call, idAsked } from '../action.ts';
import { type Api, searchOf } from '../api-client.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { type Entry, HISTORY, type History } from './answers.ts';
import { momentOf } from './moment.ts';

export interface HistoryOptions {
  readonly id?: string;
  readonly at?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly json: boolean;
}

export async function runHistory({
  args,
  options,
  output,
  ...call
}: Call<HistoryOptions>): Promise<ExitCode> {
  const id = idAsked('gateway', args[0], options.id);
  const now = new Date();
  const iso = (text: string | undefined, name: string) =>
    text === undefined ? undefined : momentOf(text, name, now).toISOString();
  const [at, since, until] = [
    iso(options.at, '--at'),
    iso(options.since, '--since'),
    iso(options.until, '--until'),
  ];
  const api = await call.api();
  const path = `/v1/gateways/${encodeURIComponent(id)}/history`;
  if (at !== undefined) {
    const { value, raw } = await api.call('GET', path + searchOf({ at }), HISTORY);
    if (options.json) output.json(raw);
    else showAnswer(value, output);
    return value.answer?.basis == null ? EXIT.unknown : EXIT.ok;
  }
  const found = await readAll(api, path, { since, until }, options.limit);
  if (options.json) output.json(found.raw);
  else showList(found.value, output);
  return EXIT.ok;
}

async function readAll(
  api: Api,
  path: string,
  range: { readonly since: string | undefined; readonly until: string | undefined },
  limit: number,
): Promise<{ value: History; raw: object }> {
  const data: Entry[] = [];
  const rawData: unknown[] = [];
  let first: { value: History; raw: object } | null = null;
  for await (const page of api.pages(path, { ...range, limit: Math.min(limit, 100) }, HISTORY)) {
    // What parses as a history is an object that has this list.
    const raw = page.raw as { readonly data: readonly unknown[] };
    first ??= { value: page.value, raw };
    data.push(...page.value.data);
    rawData.push(...raw.data);
    if (data.length >= limit) break;
  }
  if (!first) throw new Error('a listing has at least one page');
  const { next: _more, ...raw } = first.raw as { readonly next?: unknown };
  return {
    value: { ...first.value, data: data.slice(0, limit) },
    raw: { ...raw, data: rawData.slice(0, limit) },
  };
}

function showAnswer({ answer, heard, gateway_id }: History, output: Output): void {
  if (!answer) throw new Error('what was asked was not answered');
  const { at, enforced, basis, unknown, last_known: lastKnown, doubts } = answer;
  if (enforced) showEntry(at, enforced, output);
  else if (basis === 'heartbeat')
    output.line(
      `${at}: ${clean(gateway_id)} said that it ran ${clean(heard?.content_hash ?? 'nothing')}, since ${heard?.since}; it has signed nothing`,
    );
  else output.line(`${at}: not known: ${clean(unknown ?? 'the API does not say why')}`);
  if (lastKnown) {
    output.note('What it enforced when it was last heard:');
    showEntry(lastKnown.from ?? at, lastKnown, output);
  }
  for (const doubt of doubts) output.warn(clean(doubt));
}

function showEntry(at: string, entry: Entry, output: Output): void {
  const { activated } = entry;
  output.record([
    ['at', at],
    ['version', `${entry.number ?? entry.version_id} of ${entry.configuration_id}`],
    ['sequence', entry.sequence],
    ['content hash', entry.content_hash],
    ['applied', entry.from && `${entry.from} (the gateway’s clock)`],
    ['until', entry.until && `${entry.until} (the gateway’s clock)`],
    ['reported', `${entry.stored_at} (our clock)`],
    ['source', entry.source],
    ['commit', entry.commit],
    ['author', entry.author],
    ['message', entry.message],
    ['put there by', activated ? whoOf(activated) : 'not recorded'],
    ['activated', activated?.at],
    ['reason', activated?.reason],
    ['held until', activated?.held_until],
  ]);
}

const whoOf = ({ by }: NonNullable<Entry['activated']>) => (by === 'sync' ? 'git (sync)' : by);

function showList({ data, contradictions, heard }: History, output: Output): void {
  if (data.length === 0) output.note('It has signed nothing in that time.');
  else
    output.table(
      [
        'FROM',
        'UNTIL',
        'STATE',
        'CONFIGURATION',
        'VERSION',
        'SEQUENCE',
        'COMMIT',
        'AUTHOR',
        'PUT THERE BY',
        'REASON',
        'REPORTED',
      ],
      data.map((entry) => [
        entry.from,
        entry.until,
        { text: entry.state, style: entry.state === 'applied' ? 'green' : 'red' },
        entry.configuration_id,
        entry.number ?? entry.version_id,
        entry.sequence,
        entry.commit?.slice(0, 12),
        entry.author,
        entry.activated && whoOf(entry.activated),
        entry.reason ?? entry.activated?.reason,
        entry.stored_at,
      ]),
    );
  for (const { doubt, sequence } of data) if (doubt) output.warn(`sequence ${sequence}: ${clean(doubt)}`);
  for (const { kind, said } of contradictions)
    for (const { content_hash, from, to } of said)
      output.warn(`heartbeats from ${from} to ${to} said that it ran ${content_hash ?? 'nothing'} (${kind})`);
  if (heard) output.note(`Last heard at ${heard.at}, when it ran ${heard.content_hash ?? 'nothing'}.`);
}
