/** Metrics in the text format of Prometheus (0.0.4). */
import { DRIFT_KINDS } from '../domain/drift.ts';
import { holdStands } from '../domain/hold.ts';
import type { LinkStatus } from '../domain/link.ts';
import { lastSyncOf, linkStatus } from '../domain/source.ts';
import { BUCKETS, type Histogram, type HistogramState } from '../ports.ts';
import type { Session } from './auth.ts';
import type { ApiPorts } from './ports.ts';

const STATUSES: readonly LinkStatus[] = ['synced', 'pending', 'error'];

/** A Lambda function answers with at most 6 MB; beyond this many links, count by `GET /v1/git-repos?status=error`. */
const MOST_LINKS = 5000;

const HISTOGRAM_NAMES = {
  sync_duration: ['keeptrusts_git_sync_duration_seconds', 'How long runs of a source took.'],
  push_to_announced: [
    'keeptrusts_push_to_announced_seconds',
    'From the receipt of a push, or of a call, until every bound gateway was told.',
  ],
} as const satisfies Record<Histogram, readonly [string, string]>;

/** A team sees its own links and holds; how long things take is the organisation's. */
export async function metricsText(session: Session, ports: ApiPorts): Promise<string> {
  const team = session.token?.team ?? null;
  const [links, held, drifted, histograms] = await Promise.all([
    linkLines(team, ports),
    heldLines(team, ports),
    driftLines(team, ports),
    team === null ? ports.metrics.read() : null,
  ]);
  return [...links, ...held, ...drifted, ...(histograms ? histogramLines(histograms) : []), ''].join('\n');
}

async function linkLines(team: string | null, { links }: ApiPorts): Promise<string[]> {
  const statuses: string[] = [];
  const times: string[] = [];
  let after: string | null = null;
  let count = 0;
  do {
    const page: Awaited<ReturnType<typeof links.list>> = await links.list(team, after);
    for (const { link, source } of page.items) {
      // Two teams may link the same path: without the team there would be two series of one name.
      const about = { repo_url: link.repoUrl, branch: link.branch, path: link.path, team: link.team };
      const now = linkStatus(link, source);
      for (const status of STATUSES)
        statuses.push(
          `keeptrusts_git_sync_status${labelText({ ...about, status })} ${status === now ? 1 : 0}`,
        );
      const last = lastSyncOf(link, source);
      if (last !== null)
        times.push(
          `keeptrusts_git_last_sync_timestamp_seconds${labelText(about)} ${Date.parse(last) / 1000}`,
        );
    }
    count += page.items.length;
    after = page.next;
  } while (after !== null && count < MOST_LINKS);
  return [
    ...header('keeptrusts_git_sync_status', 'gauge', '1 for the status a link is in, 0 for the others.'),
    ...statuses,
    ...header('keeptrusts_git_last_sync_timestamp_seconds', 'gauge', 'When a link was last synced well.'),
    ...times,
    ...header('keeptrusts_git_links_left_out', 'gauge', '1 when there are more links than are shown here.'),
    `keeptrusts_git_links_left_out ${after === null ? 0 : 1}`,
  ];
}

/** Far enough for every hold. */
const FOREVER = new Date('9999-12-31T23:59:59.999Z');

async function heldLines(team: string | null, { configurations, clock }: ApiPorts): Promise<string[]> {
  const now = clock.now();
  let held = 0;
  for await (const ids of configurations.holdsEnding(FOREVER)) {
    for (const { team: of, hold } of (await configurations.findAll(ids)).values()) {
      if (hold && holdStands(hold, now) && (team === null || of === team)) held++;
    }
  }
  const name = 'keeptrusts_configurations_held';
  return [...header(name, 'gauge', 'Configurations that a hold keeps against git.'), `${name} ${held}`];
}

/** Of rows in an index that only gateways that drift are in. */
async function driftLines(team: string | null, { reports }: ApiPorts): Promise<string[]> {
  const drifting = await reports.drifting(team);
  const sum = (some: typeof drifting) => some.reduce((total, { count }) => total + count, 0);
  const name = 'keeptrusts_gateways_drifted';
  const persisting = 'keeptrusts_gateways_drift_persisting';
  return [
    ...header(name, 'gauge', 'Gateways that say they run something else than what they were told.'),
    ...DRIFT_KINDS.map(
      (kind) => `${name}${labelText({ kind })} ${sum(drifting.filter((one) => one.kind === kind))}`,
    ),
    ...header(persisting, 'gauge', 'Those of them to which reloads were sent in vain.'),
    `${persisting} ${sum(drifting.filter(({ persists }) => persists))}`,
  ];
}

function histogramLines(states: Readonly<Record<Histogram, HistogramState>>): string[] {
  return Object.entries(HISTOGRAM_NAMES).flatMap(([histogram, [name, help]]) => {
    const { counts, sum } = states[histogram as Histogram];
    let total = 0;
    const buckets = [...BUCKETS, '+Inf'].map((bound, index) => {
      total += counts[index] ?? 0;
      return `${name}_bucket${labelText({ le: String(bound) })} ${total}`;
    });
    return [...header(name, 'histogram', help), ...buckets, `${name}_sum ${sum}`, `${name}_count ${total}`];
  });
}

const header = (name: string, type: 'gauge' | 'histogram', help: string) => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
