/** Drift: a gateway says that it runs something else than what it was told, and what is done about that. */
import type { Gateway } from './gateway.ts';
import type { Receipt } from './receipt.ts';
import { HEARTBEAT_SECONDS, type Report } from './report.ts';

/**
 * `tampered`: it signed that it applied what it must run, and runs other bytes; or it runs bytes that nobody ever
 * announced to it. `failed`: it said why it cannot run it, or had applied it and runs nothing. `missed`: it runs what
 * was announced earlier, or nothing yet.
 */
export const DRIFT_KINDS = ['tampered', 'missed', 'failed'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/**
 * What is new is no drift yet: a gateway that missed the message asks by itself within 30 seconds, and says in its
 * next heartbeat, within 30 more, what it runs. Measured on our clock alone, from the announcement, the binding, the
 * receipt or the end of the last episode, whichever was last; and, of one that runs nothing, from when it first said so.
 */
const GRACE_SECONDS = 2 * HEARTBEAT_SECONDS;

/** Reloads sent in vain before a person is asked to look. */
const RESENDS_BEFORE_ALARM = 3;

const FIRST_PAUSE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 3600;

/** What it said during an episode: the first and the latest of it are kept. */
const MOST_SAID = 20;

export interface Said {
  /** Null: that it runs nothing. */
  readonly contentHash: string | null;
  readonly from: string;
  readonly to: string;
}

/** An episode: from the first heartbeat that raised it to the one that runs what it must. */
export interface Drift {
  readonly kind: DriftKind;
  readonly configurationId: string;
  readonly since: string;
  /** What it must run, and under which sequence it was told. */
  readonly expected: string;
  readonly sequence: number;
  readonly said: readonly [Said, ...Said[]];
  readonly resends: number;
  /** Until then its heartbeats change nothing. */
  readonly resendAt: string;
  /** Since when a person has been asked to look; null before that. */
  readonly persistsSince: string | null;
  /** Raised by every step, so that of two heartbeats at once one is heeded. */
  readonly turn: number;
}

/** As it is kept for good. */
export interface Episode extends Drift {
  readonly gatewayId: string;
  readonly until: string | null;
  readonly ended: DriftEnd | null;
}

export const DRIFT_ENDS = ['runs what it must', 'must run something else', 'must run nothing'] as const;
export type DriftEnd = (typeof DRIFT_ENDS)[number];

/** What a gateway must run. */
export interface Duty {
  readonly configurationId: string;
  readonly contentHash: string;
  readonly sequence: number;
  readonly announcedAt: string;
}

export const runningOf = ({ said }: Drift): string | null => (said.at(-1) ?? said[0]).contentHash;

/** Whether something is so new that what the gateway says may be of before it. */
export function inGrace(
  gateway: Gateway,
  { drift, driftClearedAt, contentHash, since }: Report,
  { announcedAt }: Duty,
  receipt: Receipt | null,
  now: Date,
): boolean {
  // A process that is restarted runs nothing for a moment.
  const nothingSince = contentHash === null ? since : null;
  const news = drift
    ? [announcedAt]
    : [announcedAt, gateway.boundAt ?? gateway.createdAt, driftClearedAt, receipt?.storedAt, nothingSince];
  return news.some((at) => at != null && now.getTime() - Date.parse(at) < GRACE_SECONDS * 1000);
}

/** Whether a reload is due, or it must run something else by now: then its kind is judged anew. */
export function isDue(drift: Drift, duty: Duty, now: Date): boolean {
  return duty.sequence !== drift.sequence || now.getTime() >= Date.parse(drift.resendAt);
}

export interface Evidence {
  readonly duty: Duty;
  readonly running: string | null;
  /** What it said before this heartbeat; undefined when that is not known. */
  readonly ran: string | null | undefined;
  /** Its latest one, if it is for what it must run. */
  readonly receipt: Receipt | null;
  /** What it runs was announced to it at some time, or it ran it before it was bound. */
  readonly known: boolean;
}

export function kindOf({ duty, running, ran, receipt, known }: Evidence): DriftKind {
  const ranIt = receipt?.statement.state === 'applied' || ran === duty.contentHash;
  if (running !== null && (ranIt || !known)) return 'tampered';
  return receipt || ranIt ? 'failed' : 'missed';
}

export function newDrift({ duty, running }: Evidence, kind: DriftKind, now: Date): Drift {
  const at = now.toISOString();
  return {
    kind,
    configurationId: duty.configurationId,
    since: at,
    expected: duty.contentHash,
    sequence: duty.sequence,
    said: [{ contentHash: running, from: at, to: at }],
    resends: 1,
    resendAt: after(now, FIRST_PAUSE_SECONDS),
    persistsSince: null,
    turn: 1,
  };
}

/** Between two resends what it says is kept, and nothing is read or sent for it. */
export function listened(before: Drift, running: string | null, now: Date): Drift {
  const at = now.toISOString();
  return { ...before, said: hear(before.said, running, at), turn: before.turn + 1 };
}

/** The next step of an episode: when the time has come it is sent once more. */
export function nextDrift(before: Drift, { duty, running }: Evidence, kind: DriftKind, now: Date): Drift {
  const due = now.getTime() >= Date.parse(before.resendAt);
  const resends = before.resends + (due ? 1 : 0);
  const inVain = due && before.resends >= RESENDS_BEFORE_ALARM;
  const same = before.kind === 'tampered' && before.sequence === duty.sequence;
  return {
    ...before,
    // What was known of the moment at which it began is not known any more.
    kind: same && running === runningOf(before) ? 'tampered' : kind,
    expected: duty.contentHash,
    sequence: duty.sequence,
    said: hear(before.said, running, now.toISOString()),
    resends,
    resendAt: due ? after(now, pauseAfter(resends)) : before.resendAt,
    persistsSince: before.persistsSince ?? (inVain ? now.toISOString() : null),
    turn: before.turn + 1,
  };
}

/** A minute, then twice as long each time, up to an hour. */
function pauseAfter(resends: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(resends - 1, 10));
}

const after = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();

function hear(said: Drift['said'], running: string | null, at: string): Drift['said'] {
  const [first, ...rest] = said;
  const last = rest.at(-1) ?? first;
  if (last.contentHash === running) {
    const longer = { ...last, to: at };
    return rest.length === 0 ? [longer] : [first, ...rest.slice(0, -1), longer];
  }
  const more = [...rest, { contentHash: running, from: at, to: at }];
  return [first, ...more.slice(-(MOST_SAID - 1))];
}
