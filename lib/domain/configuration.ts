/** A configuration: a named policy document with an active version; and how git moves it. */
import type { Hold } from './hold.ts';
import { holdStands } from './hold.ts';
import type { Announcement } from './reload.ts';
import type { VersionRef } from './version.ts';

export interface Configuration {
  readonly id: string;
  readonly team: string;
  readonly name: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The link and file that feed it; null when it is fed through the API. */
  readonly origin: Origin | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** A deleted one keeps its row: its versions are the record, and its sequence must never start again. */
  readonly deletedAt: string | null;
  /** Raised by every write: a writer states the one it read. */
  readonly revision: number;
  /** How many versions there are: the next one's number is one more. */
  readonly versions: number;
  readonly head: VersionRef | null;
  readonly active: VersionRef | null;
  /** Raised whenever Active moves; gateways apply only a higher one. */
  readonly sequence: number;
  readonly hold: Hold | null;
  /** What gateways were last told, signed; trails Active until it is announced. */
  readonly announced: Announcement | null;
}

export interface Origin {
  readonly linkId: string;
  readonly path: string;
}

export function newConfiguration(
  id: string,
  team: string,
  settings: Pick<Configuration, 'name' | 'description' | 'labels'>,
  at: string,
): Configuration {
  return {
    id,
    team,
    ...settings,
    origin: null,
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    revision: 0,
    versions: 0,
    head: null,
    active: null,
    sequence: 0,
    hold: null,
    announced: null,
  };
}

/** The part of a configuration that publishing and activating move, together or not at all. */
export type Course = Pick<Configuration, 'head' | 'active' | 'sequence' | 'hold'>;

export interface CourseChange {
  readonly course: Course;
  /** Active moved to another version. */
  readonly activated: boolean;
  /** Gateways must be told: the bytes they should run are other bytes. */
  readonly reload: boolean;
  readonly holdReleased: 'expired' | 'git caught up' | null;
}

/**
 * What git asks for, given that the branch tip holds `tip`: Head follows git; Active follows Head unless a
 * Hold stands. A Hold ends when it expires, or when git moves to the very content that is held (a revert):
 * then nothing needs to reload.
 */
export function followGit(course: Course, tip: VersionRef, now: Date): CourseChange {
  const moved = course.head?.contentHash !== tip.contentHash;
  const head = moved || !course.head ? tip : course.head;
  const caughtUp = moved && head.contentHash === course.active?.contentHash;
  const held = course.hold !== null && holdStands(course.hold, now);
  const holdReleased = course.hold === null ? null : !held ? 'expired' : caughtUp ? 'git caught up' : null;
  const hold = holdReleased === null ? course.hold : null;
  const activated = hold === null && course.active?.id !== head.id;
  return {
    course: activated
      ? { head, active: head, sequence: course.sequence + 1, hold }
      : { head, active: course.active, sequence: course.sequence, hold },
    activated,
    reload: activated && course.active?.contentHash !== head.contentHash,
    holdReleased,
  };
}

/** Whether git and Active agree, or a Hold lets them differ: nothing to do until one of them moves. */
export function isSettled({ head, active, hold }: Course, now: Date): boolean {
  return hold === null ? active?.id === head?.id : holdStands(hold, now);
}

/** An operator puts `version` in force, and may hold it against git. */
export function activateByHand(course: Course, version: VersionRef, hold: Hold | null): CourseChange {
  const activated = course.active?.id !== version.id;
  return {
    course: { ...course, active: version, sequence: course.sequence + (activated ? 1 : 0), hold },
    activated,
    reload: activated && course.active?.contentHash !== version.contentHash,
    holdReleased: null,
  };
}

/** Ids go into URLs, keys and queue names as they are. */
export const CONFIGURATION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Lower-case letters, digits, `-`, `_`, `.`: an id made from a pack's name or a file's path; null when nothing is left of it. */
export function configurationIdFrom(text: string): string | null {
  const slug = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
    .slice(0, 200);
  return CONFIGURATION_ID.test(slug) ? slug : null;
}
