/** Run converge: ask, wait if told to, and say of every gateway where it stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../../lib/domain/ids.ts';
import type { Call } from '../action.ts';
import type { Api } from '../api-client.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { progressOn } from '../progress.ts';
import { CONVERGENCE, type Convergence } from '../publish/answers.ts';
import { readFileAsked } from '../publish/run-push.ts';
import { convergencePath } from '../publish/standings.ts';
import { TIMED_CONVERGENCE, type Timed, type TimedConvergence } from './answers.ts';

export interface ConvergeOptions {
  readonly wait: number;
  readonly file?: string;
  readonly json: boolean;
}

/** The API waits no longer in one request; what is left is asked for again. */
const LONGEST_POLL_SECONDS = 20;
/** Of the time of a request, for the answer to come. */
const SPARE_SECONDS = 5;
/** Between two looks for another version. */
const PAUSE_MS = 250;

export async function runConverge({
  args,
  options,
  output,
  ...call
}: Call<ConvergeOptions>): Promise<ExitCode> {
  const [configuration = ''] = args;
  const wanted = options.file === undefined ? null : sha256Hex(await readFileAsked(options.file));
  const api = await call.api();
  const atMost = Math.max(1, Math.min(LONGEST_POLL_SECONDS, options.requestTimeout - SPARE_SECONDS));
  if (options.wait > 0) await waitFor(api, { configuration, wanted }, options.wait, atMost);
  const { value, raw } = await readAll(api, configuration);
  if (options.json) output.json(raw);
  else show(value, output);
  if (!isInForce(value, wanted)) output.note(`${options.file} is not in force.`);
  return value.converged && value.version_id !== null && isInForce(value, wanted) ? EXIT.ok : EXIT.no;
}

/** Until all of them run it, or the time is over, or only those are left that refused: they wait for another version. */
async function waitFor(
  api: Api,
  { configuration, wanted }: { readonly configuration: string; readonly wanted: string | null },
  seconds: number,
  atMost: number,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  const progress = progressOn(process.stderr);
  try {
    for (let left = seconds; left > 0; left = Math.ceil((end - Date.now()) / 1000)) {
      const search = `?limit=1&wait=${Math.min(left, atMost)}`;
      const { value } = await api.call('GET', convergencePath(configuration) + search, CONVERGENCE);
      const inForce = isInForce(value, wanted);
      progress.show(value.counts.converged, value.counts.bound, inForce ? 'converged' : 'of another version');
      if (inForce && (value.converged || onlyRefused(value))) return;
      // The API waits for convergence, and has it: of what was in force before.
      if (!inForce) await sleep(PAUSE_MS);
    }
  } finally {
    progress.end();
  }
}

const isInForce = (value: Pick<Convergence, 'content_hash'>, wanted: string | null) =>
  wanted === null || value.content_hash === wanted;

const onlyRefused = ({ counts }: Convergence) => counts.refused > 0 && counts.lagging + counts.offline === 0;

/** Every page. They may be of different moments: the last word is the last page's. */
async function readAll(
  api: Api,
  configuration: string,
): Promise<{ value: TimedConvergence; raw: Readonly<Record<string, unknown>> }> {
  const gateways: Timed[] = [];
  const rawGateways: unknown[] = [];
  let last: { value: TimedConvergence; raw: Readonly<Record<string, unknown>> } | null = null;
  for await (const page of api.pages(convergencePath(configuration), { limit: 1000 }, TIMED_CONVERGENCE)) {
    // What parses as a convergence is an object that has this list.
    const raw = page.raw as Readonly<Record<string, unknown>> & { readonly gateways: readonly unknown[] };
    gateways.push(...page.value.gateways);
    rawGateways.push(...raw.gateways);
    last = { value: page.value, raw };
  }
  if (!last) throw new Error('a listing has at least one page');
  const { next: _last, ...raw } = last.raw;
  return { value: { ...last.value, gateways }, raw: { ...raw, gateways: rawGateways } };
}

function show(convergence: TimedConvergence, output: Output): void {
  const { gateways, counts, number, sequence, configuration_id: id } = convergence;
  if (number === null) {
    output.line(`nothing is in force in ${clean(id)}`);
    return;
  }
  if (gateways.length > 0) output.table(HEADINGS, gateways.map(rowOf));
  const others = (['refused', 'lagging', 'offline'] as const).filter((state) => counts[state] > 0);
  const left = others.map((state) => `${counts[state]} ${state}`).join(', ');
  output.line(
    `version ${number} of ${clean(id)} (sequence ${sequence}): ${counts.converged} of ${counts.bound} gateways run it${left ? `; ${left}` : ''}`,
  );
  if (counts.bound === 0) output.note('No gateway is bound to it.');
  else
    output.note(
      'FETCHED to HEARD: milliseconds since the step before, by the control plane’s clock. VERIFIED, APPLIED: by the gateway’s own.',
    );
}

const HEADINGS = [
  'GATEWAY',
  'NAME',
  'STATE',
  'SINCE',
  'RECEIVED',
  'FETCHED',
  'PUBLISHED',
  'ANNOUNCED',
  'HEARD',
  'VERIFIED',
  'APPLIED',
  'DRIFT',
  'REASON',
] as const;

function rowOf({ id, name, state, since, last_heartbeat, latency, drift, reason }: Timed) {
  const plane = latency?.control_plane;
  const own = latency?.gateway;
  return [
    id,
    name,
    { text: state, style: state === 'converged' ? ('green' as const) : ('red' as const) },
    since ?? last_heartbeat,
    plane?.received_at ?? plane?.announced_at,
    milliseconds(plane?.received_to_fetched_ms),
    milliseconds(plane?.fetched_to_published_ms),
    milliseconds(plane?.published_to_announced_ms),
    milliseconds(plane?.announced_to_heard_ms),
    milliseconds(own?.received_to_verified_ms),
    milliseconds(own?.verified_to_applied_ms),
    drift ? { text: drift.kind, style: 'red' as const } : null,
    reason,
  ];
}

const milliseconds = (span: number | null | undefined) => (span == null ? null : `${span}`);
