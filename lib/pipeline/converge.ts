/** Converge: which gateways of a configuration run what is active, and who does not. */
import type { Configuration } from '../domain/configuration.ts';
import {
  type Goal,
  type Judgement,
  judge,
  type Standing,
  type StandingState,
} from '../domain/convergence.ts';
import { type AnnouncedAt, type Latency, latencyOf, toldUnder } from '../domain/latency.ts';
import type { Announcements, Clock, Gateways, Page } from '../ports.ts';

export interface ConvergePorts {
  readonly announcements: Pick<Announcements, 'at'>;
  readonly gateways: Pick<Gateways, 'bound' | 'standings'>;
  readonly clock: Clock;
}

/** Gateways looked at for one answer. The rest are counted as unknown, and what is unknown has not converged. */
const MOST_GATEWAYS = 20_000;

export interface ConvergenceQuery {
  /** Gateways listed; all are counted. */
  readonly limit: number;
  /** Only those in this state; null for all. */
  readonly state: StandingState | null;
  /** A gateway's id: the list goes on behind it. */
  readonly after: string | null;
}

export interface Listed {
  readonly standing: Standing;
  readonly judgement: Judgement;
  /** Null when nothing is announced, or what led to it was not looked up. */
  readonly latency: Latency | null;
}

export interface Convergence {
  readonly converged: boolean;
  readonly counts: Readonly<Record<'bound' | 'unknown' | StandingState, number>>;
  readonly gateways: readonly Listed[];
  readonly next: string | null;
}

export async function converge(
  configuration: Configuration,
  query: ConvergenceQuery,
  ports: ConvergePorts,
): Promise<Convergence> {
  const goal = await goalOf(configuration, ports);
  const counts = { bound: 0, unknown: 0, converged: 0, refused: 0, lagging: 0, offline: 0 };
  const listed: { standing: Standing; judgement: Judgement }[] = [];
  const now = ports.clock.now();
  let after: string | null = null;
  do {
    const page: Page<Standing> = await ports.gateways.standings(configuration.id, after);
    for (const standing of page.items) {
      const judgement = judge(standing, goal, now);
      counts[judgement.state]++;
      const wanted = query.state === null || query.state === judgement.state;
      // One more than is shown says that there is more.
      if (wanted && standing.id > (query.after ?? '') && listed.length <= query.limit)
        listed.push({ standing, judgement });
    }
    counts.bound += page.items.length;
    after = page.next;
  } while (after !== null && counts.bound < MOST_GATEWAYS);
  counts.unknown = await countFrom(configuration.id, after, ports);
  counts.bound += counts.unknown;
  const gateways = await withLatency(configuration.id, listed.slice(0, query.limit), goal, ports);
  return {
    converged: goal.since !== null && counts.converged === counts.bound,
    counts,
    gateways,
    next: listed.length > query.limit ? (gateways.at(-1)?.standing.id ?? null) : null,
  };
}

/** A fleet was told under one sequence, or few: of gateways told under others, how long it took is left out. */
const MOST_SEQUENCES = 20;

async function withLatency(
  configurationId: string,
  listed: readonly Omit<Listed, 'latency'>[],
  goal: Goal,
  { announcements }: ConvergePorts,
): Promise<readonly Listed[]> {
  if (goal.since === null) return listed.map((one) => ({ ...one, latency: null }));
  const sequences = [...new Set(listed.map(({ standing }) => toldUnder(standing, goal)))];
  const rows = sequences
    .slice(0, MOST_SEQUENCES)
    .map(async (sequence) => [sequence, await announcements.at(configurationId, sequence)] as const);
  const announced = new Map<number, AnnouncedAt>();
  for (const [sequence, row] of await Promise.all(rows)) {
    const announcedAt = row?.announcement.manifest.issued_at;
    if (announcedAt) announced.set(sequence, { sequence, announcedAt, activation: row.activation });
  }
  return listed.map((one) => {
    const { standing, judgement } = one;
    const of = announced.get(toldUnder(standing, goal));
    return { ...one, latency: of ? latencyOf(standing, goal, judgement, of) : null };
  });
}

async function countFrom(
  configurationId: string,
  from: string | null,
  { gateways }: ConvergePorts,
): Promise<number> {
  let count = 0;
  for (let after = from; after !== null; ) {
    const page: Page<unknown> = await gateways.bound(configurationId, after);
    count += page.items.length;
    after = page.next;
  }
  return count;
}

/** What is active. Until it is announced nobody was told of it, and nobody has converged. */
export async function goalOf(
  { id, active, sequence, announced }: Configuration,
  { announcements }: Pick<ConvergePorts, 'announcements'>,
): Promise<Goal> {
  const contentHash = active?.contentHash ?? '';
  if (announced === null || announced.manifest.sequence !== sequence)
    return { contentHash, sequence, since: null, announcedAt: null };
  const recorded = await announcements.at(id, sequence);
  const { issued_at: announcedAt } = announced.manifest;
  return { contentHash, sequence, since: recorded?.since ?? sequence, announcedAt };
}
