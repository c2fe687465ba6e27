/** Convergence: whether a gateway runs what is active, and how we know. */
import type { Gateway } from './gateway.ts';
import type { Receipt } from './receipt.ts';
import { OFFLINE_SECONDS, type Report } from './report.ts';

/** What gateways must run, as far as they were told. */
export interface Goal {
  readonly contentHash: string;
  /** Of Active. */
  readonly sequence: number;
  /** The sequence since which these bytes are announced without a break; null while Active is not announced. */
  readonly since: number | null;
  readonly announcedAt: string | null;
}

/** A bound gateway, and the last that was heard of it. */
export interface Standing {
  readonly id: string;
  /** Null when its row cannot be read. */
  readonly gateway: Gateway | null;
  readonly report: Report | null;
  /** The one of the highest sequence of its configuration. */
  readonly receipt: Receipt | null;
}

export const STANDINGS = ['converged', 'refused', 'lagging', 'offline'] as const;
export type StandingState = (typeof STANDINGS)[number];

export interface Judgement {
  readonly state: StandingState;
  readonly since: string | null;
  readonly reason: string | null;
  /** What the state rests on; null for what is not known. */
  readonly proof: 'receipt' | 'heartbeat' | null;
}

/** Silence comes first: of a gateway that nobody hears, nobody knows what it runs. */
export function judge(standing: Standing, goal: Goal, now: Date): Judgement {
  const { gateway, report } = standing;
  const heard = lastHeard(standing);
  if (!gateway) return { state: 'offline', since: heard, reason: 'its row cannot be read', proof: null };
  if (heard === null || Date.parse(heard) < now.getTime() - OFFLINE_SECONDS * 1000)
    return { state: 'offline', since: heard, reason: null, proof: null };

  const forGoal = receiptFor(standing, goal);
  if (forGoal?.statement.state === 'refused') {
    const { reason } = forGoal.statement;
    return { state: 'refused', since: forGoal.storedAt, reason, proof: 'receipt' };
  }
  // Whoever has a key proves by signing; what runs now wins over what was signed.
  const said = sinceBound(gateway, report);
  const runs = said?.contentHash === goal.contentHash && goal.since !== null;
  if (runs && gateway.publicKey === null)
    return { state: 'converged', since: said.since, reason: said.reason, proof: 'heartbeat' };
  if (runs && forGoal)
    return { state: 'converged', since: forGoal.storedAt, reason: said.reason, proof: 'receipt' };
  return { state: 'lagging', since: laggingSince(goal, report), reason: report?.reason ?? null, proof: null };
}

/** What it said before it was bound says nothing of now: it may have been told to run something else in between. */
export function sinceBound(gateway: Gateway | null, report: Report | null): Report | null {
  const { boundAt = null } = gateway ?? {};
  return report !== null && boundAt !== null && report.at < boundAt ? null : report;
}

/** An activation of the same bytes asks nobody to reload: a receipt for the sequence before it still holds. */
export function receiptFor(
  { receipt }: Pick<Standing, 'receipt'>,
  { contentHash, sequence, since }: Pick<Goal, 'contentHash' | 'sequence' | 'since'>,
): Receipt | null {
  if (receipt === null || since === null) return null;
  const { statement } = receipt;
  const isFor =
    statement.content_hash === contentHash && statement.sequence >= since && statement.sequence <= sequence;
  return isFor ? receipt : null;
}

function laggingSince({ contentHash, announcedAt }: Goal, report: Report | null): string | null {
  if (announcedAt === null || report === null || report.contentHash === contentHash) return announcedAt;
  return report.since > announcedAt ? report.since : announcedAt;
}

function lastHeard({ report, receipt }: Standing): string | null {
  const times = [report?.at, receipt?.storedAt].flatMap((at) => at ?? []);
  return times.sort().at(-1) ?? null;
}
