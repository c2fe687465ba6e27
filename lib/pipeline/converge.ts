/** Converge: which gateways of a configuration run what is active, and who does not. */
import type { Configuration } from '../domain/configuration.ts';
import {
  type Goal,
  type Judgement,
  judge,
  type Standing,
  type StandingState,
} from '../domain/convergence.ts';
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

export interface Convergence {
  readonly converged: boolean;
  readonly counts: Readonly<Record<'bound' | 'unknown' | StandingState, number>>;
  readonly gateways: readonly { readonly standing: Standing; readonly judgement: Judgement }[];
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
  const gateways = listed.slice(0, query.limit);
  return {
    converged: goal.since !== null && counts.converged === counts.bound,
    counts,
    gateways,
    next: listed.length > query.limit ? (gateways.at(-1)?.standing.id ?? null) : null,
  };
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
async function goalOf(
  { id, active, sequence, announced }: Configuration,
  { announcements }: ConvergePorts,
): Promise<Goal> {
  const contentHash = active?.contentHash ?? '';
  if (announced === null || announced.manifest.sequence !== sequence)
    return { contentHash, sequence, since: null, announcedAt: null };
  const recorded = await announcements.at(id, sequence);
  const { issued_at: announcedAt } = announced.manifest;
  return { contentHash, sequence, since: recorded?.since ?? sequence, announcedAt };
}
