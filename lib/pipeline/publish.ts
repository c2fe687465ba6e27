/** Publish: make one file at one commit the head of its configuration, and active if nothing holds it. */
import {
  CONFIGURATION_ID,
  type Configuration,
  type CourseChange,
  configurationIdFrom,
  followGit,
  isSettled,
  newConfiguration,
} from '../domain/configuration.ts';
import { type Event, newEvent } from '../domain/event.ts';
import type { FaultClass } from '../domain/fault.ts';
import type { Commit } from '../domain/git.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { FileError, Link, TrackedFile } from '../domain/link.ts';
import type { Lease } from '../domain/source.ts';
import { refOf, type Version, versionId } from '../domain/version.ts';
import { type CheckedDocument, checkDocument } from '../policy/check-document.ts';
import type { Clock, Configurations, FanOutQueue, Links, Versions } from '../ports.ts';
import { announce } from './announce.ts';
import { summarize } from './summarize.ts';

export interface PublishPorts {
  readonly configurations: Configurations;
  readonly versions: Versions;
  readonly links: Pick<Links, 'find'>;
  readonly fanOutQueue: FanOutQueue;
  readonly clock: Clock;
}

/** A file as git has it now. */
export interface Candidate {
  readonly link: Link;
  readonly lease: Lease;
  readonly path: string;
  /** The paths that the link found at this commit. */
  readonly beside: { has(path: string): boolean };
  readonly blob: string;
  readonly commit: Commit;
  readonly bytes: Uint8Array;
  /** When it had been read from git; null for what was stored already. */
  readonly fetchedAt: string | null;
  /** As the run began: the first attempt builds on these, and what moved since makes it a conflict. */
  readonly configurations: ReadonlyMap<string, Configuration>;
}

export interface Published {
  readonly file: TrackedFile;
  readonly configuration: Configuration | null;
  readonly published: boolean;
  readonly activated: boolean;
}

/** The run's lease went to another run: nothing it does counts any more. */
export class LostLease extends Error {
  override readonly name = 'LostLease';
}

const CONFLICT_RETRIES = 5;

const BY_GIT = { actor: 'sync', requestId: null, reason: null, heldUntil: null } as const;

/** Never throws for what a document holds: an invalid one is an outcome, and what is active stays. */
export async function publish(
  candidate: Candidate,
  known: TrackedFile | null,
  ports: PublishPorts,
): Promise<Published> {
  const { path, blob, bytes, link } = candidate;
  const refuse = (error: FileError): Published => ({
    file: { path, blob, configurationId: known?.configurationId ?? null, contentHash: null, error },
    configuration: null,
    published: false,
    activated: false,
  });
  const check = checkDocument(bytes);
  if (check.kind === 'invalid') {
    const first = check.findings.find(({ severity }) => severity === 'error');
    const where = first
      ? `${path}:${first.line}:${first.column}: ${first.message} (${first.path || 'document'})`
      : path;
    return refuse({ class: check.class, message: where, findings: check.findings });
  }
  const target = targetOf(link, path, check.document, known);
  if ('error' in target) return refuse(target.error);
  for (let attempt = 0; attempt < CONFLICT_RETRIES; attempt++) {
    const seen = attempt === 0 ? candidate.configurations.get(target.id) : undefined;
    const before = seen ?? (await ports.configurations.find(target.id));
    const clash = await clashOf(before, target.id, candidate, ports);
    if (clash) return refuse(clash);
    const moved = await move(candidate, known, target.id, before, check.document, attempt === 0, ports);
    if (moved) return moved;
  }
  throw new Error(`configuration ${target.id} kept changing while it was published`);
}

/** Which configuration a file feeds. Once it feeds one it stays with it: a new id in the file is not a rename. */
function targetOf(
  link: Link,
  path: string,
  { pack }: CheckedDocument,
  known: TrackedFile | null,
): { id: string } | { error: FileError } {
  if (link.configurationId !== null) return { id: link.configurationId };
  const fed = known?.configurationId ?? null;
  if (fed !== null && pack.id !== null && pack.id !== fed) {
    return refusal(
      'validation',
      `${path}: pack.id is now "${pack.id}", but the file feeds configuration "${fed}"; link the new id anew`,
    );
  }
  const id = fed ?? pack.id ?? configurationIdFrom(pack.name) ?? configurationIdFrom(path);
  if (id !== null && CONFIGURATION_ID.test(id)) return { id };
  const shape = 'letters, digits, "-", "_" and ".", starting with a letter or digit, at most 200';
  return refusal('validation', `${path}: no configuration id can be made of it; set pack.id (${shape})`);
}

async function clashOf(
  before: Configuration | null,
  id: string,
  { link, path, beside }: Candidate,
  { links }: PublishPorts,
): Promise<FileError | null> {
  if (before === null) {
    return link.autoCreateConfiguration ? null : missing(id);
  }
  if (before.deletedAt !== null && !link.autoCreateConfiguration) return missing(id);
  if (before.team !== link.team)
    return refusal('validation', `${path}: configuration id "${id}" is taken`).error;
  const { origin } = before;
  if (origin === null) return fedByPeople(before) && link.configurationId !== id ? theirs(id, path) : null;
  if (origin.linkId === link.id && origin.path === path) return null;
  // It was renamed: what it fed goes with it.
  if (origin.linkId === link.id && !beside.has(origin.path)) return null;
  // Removed while it was being fed: nobody is left to let go of it.
  if (origin.linkId !== link.id && !(await links.find(origin.linkId))) return null;
  return refusal(
    'validation',
    `${path} and ${origin.path} (link ${origin.linkId}) both feed configuration "${id}"; give one of them its own pack.id`,
  ).error;
}

/** Nobody let git into it: its content came through the API, and a deleted one has none that counts. */
const fedByPeople = ({ head, deletedAt }: Configuration) =>
  head !== null && head.commit === null && deletedAt === null;

const theirs = (id: string, path: string) =>
  refusal(
    'validation',
    `${path} would take configuration "${id}" over from the API; give it its own pack.id, or link the file with configuration_id "${id}"`,
  ).error;

const missing = (id: string) =>
  refusal(
    'not_found',
    `configuration "${id}" does not exist; create it, or set auto_create_configuration to true`,
  ).error;

function refusal(faultClass: FaultClass, message: string): { error: FileError } {
  return { error: { class: faultClass, message, findings: [] } };
}

/** One attempt. Null when the configuration changed meanwhile, or the version was not new after all. */
async function move(
  candidate: Candidate,
  known: TrackedFile | null,
  id: string,
  before: Configuration | null,
  document: CheckedDocument,
  assumeNew: boolean,
  ports: PublishPorts,
): Promise<Published | null> {
  const now = ports.clock.now();
  const base = { ...(before ?? fresh(candidate, id, document, now)), deletedAt: null };
  const version = await versionFor(candidate, base, document, assumeNew, now, ports);
  const change = followGit(base, refOf(version.row), now);
  const created = before === null || before.deletedAt !== null;
  const events = eventsOf(candidate, base, version, change, created, now);
  const origin = { linkId: candidate.link.id, path: candidate.path };
  const file: TrackedFile = {
    path: candidate.path,
    blob: candidate.blob,
    configurationId: id,
    contentHash: version.row.contentHash,
    error: null,
  };
  const claimed = before?.origin?.linkId === origin.linkId && before.origin.path === origin.path;
  if (events.length === 0 && claimed && base.head?.id === change.course.head?.id) {
    return { file, configuration: base, published: false, activated: false };
  }
  const after: Configuration = { ...base, ...change.course, origin, updatedAt: now.toISOString() };
  const result = await ports.configurations.move({
    before,
    after,
    change,
    publish: version.isNew ? { version: version.row, content: candidate.bytes } : null,
    // Of no blob yet: the next run judges it anew, or finds that it went.
    claim:
      known?.configurationId === id
        ? null
        : { link: candidate.link, file: { ...file, blob: '', contentHash: null } },
    lease: candidate.lease,
    unsettle: null,
    events,
    activation: change.activated
      ? {
          ...BY_GIT,
          receivedAt: candidate.lease.source.hintedAt,
          fetchedAt: candidate.fetchedAt,
          publishedAt: version.isNew ? now.toISOString() : null,
          at: now.toISOString(),
        }
      : null,
  });
  if (result === 'lost') throw new LostLease('another run has the source');
  if (result === 'conflict') return null;
  if (change.activated) await announce(after.id, after.sequence, ports);
  return { file, configuration: after, published: version.isNew, activated: change.activated };
}

/**
 * Puts Head in force again when a hold has ended, or Active was moved by hand, and git has nothing newer that
 * could be published. Returns whether Active moved.
 */
export async function reassert(
  configuration: Configuration,
  { link, lease }: Pick<Candidate, 'link' | 'lease'>,
  ports: PublishPorts,
): Promise<boolean> {
  let before: Configuration | null = configuration;
  for (let attempt = 0; attempt < CONFLICT_RETRIES; attempt++) {
    const now = ports.clock.now();
    if (!before?.head || before.origin?.linkId !== link.id || isSettled(before, now)) return false;
    const change = followGit(before, before.head, now);
    const after: Configuration = { ...before, ...change.course, updatedAt: now.toISOString() };
    const result = await ports.configurations.move({
      before,
      after,
      change,
      publish: null,
      lease,
      unsettle: null,
      events: courseEvents(link, before, change, now),
      activation: {
        ...BY_GIT,
        receivedAt: null,
        fetchedAt: null,
        publishedAt: null,
        at: now.toISOString(),
      },
    });
    if (result === 'lost') throw new LostLease('another run has the source');
    if (result === 'moved') {
      if (change.activated) await announce(after.id, after.sequence, ports);
      return change.activated;
    }
    before = await ports.configurations.find(before.id);
  }
  throw new Error(`configuration ${configuration.id} kept changing while it was handed back to git`);
}

/**
 * The version that this content at this commit is: head's while the content stays, an old one, or a new one. The
 * transaction insists that a new one is new, so the first attempt need not ask: only a branch that went back has
 * old ones.
 */
async function versionFor(
  { commit, bytes, blob }: Candidate,
  base: Configuration,
  document: CheckedDocument,
  assumeNew: boolean,
  now: Date,
  { versions }: PublishPorts,
): Promise<{ row: Version; isNew: boolean }> {
  const contentHash = sha256Hex(bytes);
  const unchanged = base.head?.contentHash === contentHash ? base.head : null;
  const id = unchanged?.id ?? versionId(base.id, contentHash, commit.id);
  const isNew = base.versions === 0 || (assumeNew && !unchanged);
  const known = isNew ? null : await versions.find(base.id, id);
  if (known) return { row: known, isNew: false };
  const row: Version = {
    id,
    configurationId: base.id,
    number: base.versions + 1,
    contentHash,
    source: 'git',
    commit: commit.id,
    blob,
    author: `${commit.author.name} <${commit.author.email}>`,
    message: commit.message,
    packVersion: document.pack.version,
    createdAt: now.toISOString(),
    summary: await summarize(bytes, base.head ?? base.active, versions),
  };
  return { row, isNew: true };
}

function fresh({ link }: Candidate, id: string, { pack }: CheckedDocument, now: Date): Configuration {
  const settings = { name: pack.name, description: pack.description, labels: {} };
  return newConfiguration(id, link.team, settings, now.toISOString());
}

function eventsOf(
  { link, path }: Candidate,
  base: Configuration,
  version: { row: Version; isNew: boolean },
  change: CourseChange,
  created: boolean,
  now: Date,
): Event[] {
  const about = { actor: 'sync', team: link.team, configurationId: base.id, linkId: link.id };
  const { row } = version;
  return [
    ...(created ? [newEvent(now, { ...about, type: 'configuration.created', detail: { path } })] : []),
    ...(version.isNew
      ? [
          newEvent(now, {
            ...about,
            type: 'version.published',
            versionId: row.id,
            detail: {
              number: row.number,
              commit: row.commit,
              content_hash: row.contentHash,
              author: row.author,
            },
          }),
        ]
      : []),
    ...courseEvents(link, base, change, now),
  ];
}

function courseEvents(link: Link, { id, active }: Configuration, change: CourseChange, now: Date): Event[] {
  const about = { actor: 'sync', team: link.team, configurationId: id, linkId: link.id };
  const moved = change.activated ? change.course.active : null;
  return [
    ...(change.holdReleased
      ? [newEvent(now, { ...about, type: 'hold.released', detail: { why: change.holdReleased } })]
      : []),
    ...(moved
      ? [
          newEvent(now, {
            ...about,
            type: 'version.activated',
            versionId: moved.id,
            detail: { before: active?.id ?? null, sequence: change.course.sequence, reload: change.reload },
          }),
        ]
      : []),
  ];
}
