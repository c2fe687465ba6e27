/** Latency: when each step from a push to an applied version was done, on two clocks that are never subtracted. */
import type { Activation } from './activation.ts';
import { type Goal, type Judgement, receiptFor, type Standing } from './convergence.ts';
import type { Receipt } from './receipt.ts';

/** What was announced under one sequence, and what led to it. */
export interface AnnouncedAt {
  readonly sequence: number;
  readonly announcedAt: string;
  readonly activation: Activation | null;
}

/** Milliseconds between two steps; null unless both are known. */
type Span = number | null;

export interface Latency {
  readonly sequence: number;
  /** On the control plane's clock. */
  readonly controlPlane: {
    readonly receivedAt: string | null;
    readonly fetchedAt: string | null;
    readonly publishedAt: string | null;
    readonly activatedAt: string | null;
    readonly announcedAt: string;
    /** When we learned that it was applied: never before it was, so the total is an upper bound. */
    readonly heardAt: string | null;
    readonly receivedToFetched: Span;
    readonly fetchedToPublished: Span;
    readonly publishedToAnnounced: Span;
    readonly announcedToHeard: Span;
    readonly receivedToHeard: Span;
  };
  /** On the gateway's own clock, which may be wrong by any amount; null without a receipt. */
  readonly gateway: {
    readonly receivedAt: string;
    readonly verifiedAt: string | null;
    readonly appliedAt: string | null;
    readonly receivedToVerified: Span;
    readonly verifiedToApplied: Span;
    readonly receivedToApplied: Span;
  } | null;
}

/** The sequence under which a gateway was told what it runs, or must run. */
export function toldUnder(standing: Standing, goal: Goal): number {
  return receiptFor(standing, goal)?.statement.sequence ?? goal.sequence;
}

export function latencyOf(
  standing: Standing,
  goal: Goal,
  judgement: Judgement,
  announced: AnnouncedAt,
): Latency {
  const { announcedAt, activation } = announced;
  const receipt = receiptFor(standing, goal);
  const heardAt = heard(standing, receipt, judgement, announcedAt);
  const { receivedAt = null, fetchedAt = null, publishedAt = null } = activation ?? {};
  const activatedAt = activation?.at ?? null;
  const statement = receipt?.statement ?? null;
  return {
    sequence: announced.sequence,
    controlPlane: {
      receivedAt,
      fetchedAt,
      publishedAt,
      activatedAt,
      announcedAt,
      heardAt,
      receivedToFetched: between(receivedAt, fetchedAt),
      fetchedToPublished: between(fetchedAt, publishedAt),
      // What was there before is published for this when it is activated.
      publishedToAnnounced: between(activatedAt, announcedAt),
      announcedToHeard: between(announcedAt, heardAt),
      receivedToHeard: between(receivedAt, heardAt),
    },
    gateway: statement && {
      receivedAt: statement.received_at,
      verifiedAt: statement.verified_at,
      appliedAt: statement.applied_at,
      receivedToVerified: between(statement.received_at, statement.verified_at),
      verifiedToApplied: between(statement.verified_at, statement.applied_at),
      receivedToApplied: between(statement.received_at, statement.applied_at),
    },
  };
}

/**
 * Without a key there is no receipt: then it is when it first said that it runs these bytes. What it said before they
 * were announced was of the same bytes in an earlier version, and nobody waited for it.
 */
function heard(
  { report }: Standing,
  receipt: Receipt | null,
  { proof }: Judgement,
  announcedAt: string,
): string | null {
  if (receipt) return receipt.storedAt;
  return proof === 'heartbeat' && report && report.since >= announcedAt ? report.since : null;
}

/** Both of one clock. A clock that was set back between them makes it negative: that is shown, not hidden. */
function between(from: string | null, to: string | null): Span {
  return from === null || to === null ? null : Date.parse(to) - Date.parse(from);
}
