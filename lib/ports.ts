/** The outside world on one page: what the pipeline and the API ask for, in our words. */
import type { Activation } from './domain/activation.ts';
import type { Configuration, CourseChange } from './domain/configuration.ts';
import type { Standing } from './domain/convergence.ts';
import type { DecisionEvent } from './domain/decision.ts';
import type { Drift, DriftEnd, DriftKind, Episode } from './domain/drift.ts';
import type { Event } from './domain/event.ts';
import type { Gateway } from './domain/gateway.ts';
import type { ReadRequest, ReadResult, Repository } from './domain/git.ts';
import type { Hook, HookSecret } from './domain/hook.ts';
import type { PublicJwk } from './domain/jwk.ts';
import type { Link, LinkError, TrackedFile } from './domain/link.ts';
import type { FanOutMessage, SyncMessage } from './domain/message.ts';
import type { Receipt } from './domain/receipt.ts';
import type { Announcement, ReloadMessage, Signature } from './domain/reload.ts';
import type { Heartbeat, Report } from './domain/report.ts';
import type { SealContext, Sealed } from './domain/sealed.ts';
import type { Lease, Source, SourceMemory } from './domain/source.ts';
import type { Token } from './domain/token.ts';
import type { Version } from './domain/version.ts';

export interface Clock {
  now(): Date;
}

/** A page of a listing; `next` goes into the next call, null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface GitHost {
  /** The commit the branch names now; null when the repository has no such branch. */
  resolve(repository: Repository, branch: string): Promise<string | null>;
  read(request: ReadRequest): Promise<ReadResult>;
}

export interface Hooks {
  find(id: string): Promise<Hook | null>;
  /** Ids of the sources that read this branch (short name) of the hook's repository. */
  sourcesOf(id: string, branch: string): Promise<readonly string[]>;
  /** Remembers the provider's id of the repository, unless one is known; returns the one that is known. */
  learnRepository(id: string, repositoryId: string): Promise<string | null>;
  /** Replaces the secrets and forgets the repository’s id: the one made anew at the same URL is another. False when the hook changed meanwhile. */
  replaceSecrets(hook: Hook, secrets: readonly HookSecret[], event: Event): Promise<boolean>;
}

export interface Sources {
  find(id: string): Promise<Source | null>;
  /** Raises `wanted`, so that a run must follow this moment. Null when the source is gone. */
  hint(id: string, at: Date): Promise<Source | null>;
  /**
   * Takes the source for one run, if there is anything to answer and nobody has it. `asked`, the `wanted` of one
   * hint, asks whether that one was answered.
   */
  lease(id: string, now: Date, asked?: number): Promise<Lease | 'settled' | 'held' | 'gone'>;
  /** Everything a run needs, read in one go. */
  contents(id: string): Promise<SourceContents>;
  /** A look found nothing new: the next one is due at `dueAt`. False when the source changed meanwhile. */
  looked(source: Source, looked: { at: Date; dueAt: string }): Promise<boolean>;
  /** Ends a run: writes what it found, all or nothing per part. `lost` when another run has the source. */
  finish(lease: Lease, result: RunResult): Promise<{ wanted: number } | 'lost'>;
  /** Removes what these links, which are gone, left behind; and the source, if no link reads it: then true. */
  tidy(source: Source, gone: readonly string[]): Promise<boolean>;
  /** Ids and due times of sources due before `until`; `outstanding` ones have a hint nobody answered. */
  due(until: Date): AsyncIterable<readonly DueSource[]>;
  /** Some of those that are due last: a wrong clock puts its own there. */
  dueLast(): AsyncIterable<readonly DueSource[]>;
}

export interface SourceContents {
  readonly links: readonly Link[];
  /** By link id. */
  readonly files: ReadonlyMap<string, readonly TrackedFile[]>;
  readonly memory: SourceMemory | null;
  /** Rows that could not be read, by key: they must not keep the others from being served. */
  readonly unreadable: readonly string[];
}

export interface DueSource {
  readonly id: string;
  readonly dueAt: string;
  readonly intervalSeconds: number;
  readonly failures: number;
  readonly outstanding: boolean;
}

export interface RunResult {
  /** False leaves the hints that the run began with unanswered: it ran out of time, and another must go on. */
  readonly answered: boolean;
  /** The host did not show what a delivery announced: the run leaves a hint of its own. */
  readonly awaits: boolean;
  readonly tip: string | null;
  readonly recentTips: readonly string[];
  readonly failures: number;
  readonly dueAt: string;
  readonly checkedAt: string | null;
  readonly intervalSeconds: number;
  readonly credentialLink: string | null;
  /**
   * Null leaves what is remembered; it is only an economy. It is forgotten when files are written that are of
   * another commit than it: a directory of that commit says nothing of them.
   */
  readonly memory: SourceMemory | 'forget' | null;
  /** Only links about which something changed. */
  readonly links: readonly LinkOutcome[];
}

export interface LinkOutcome {
  readonly link: Link;
  readonly lastSync: string | null;
  readonly currentVersion: string | null;
  readonly configurationIds: readonly string[];
  readonly error: LinkError | null;
  /** Files whose row changed. */
  readonly files: readonly TrackedFile[];
  /** Paths that nothing is to be remembered of any more. */
  readonly forgotten: readonly string[];
  readonly events: readonly Event[];
}

export interface Links {
  find(id: string): Promise<Link | null>;
  /** The link together with its source. */
  findWithSource(id: string): Promise<{ link: Link; source: Source | null } | null>;
  /** All links with their sources, of one team or of all (null). */
  list(team: string | null, after: string | null): Promise<Page<{ link: Link; source: Source | null }>>;
  /** Stores the link, its source and its hook as one; a source that is there already is joined. */
  create(entry: NewLink): Promise<'created' | 'link exists' | 'hook changed'>;
  /** Rewrites the settings of a link, and moves it to another source if its credential changed. */
  update(before: Link, entry: LinkUpdate): Promise<boolean>;
  remove(link: Link, event: Event): Promise<boolean>;
  /** What became of one file of a link, as its last run left it. */
  tracked(link: Link, path: string): Promise<TrackedFile | null>;
  /** The sealed access token or deploy key of a link of that source; null when it has none. */
  credential(sourceId: string, linkId: string): Promise<SealedCredential | null>;
  /** How many links are in error. */
  countErrors(): Promise<number>;
}

/** The generation is the link's, and no part of what is sealed: a ciphertext that is put back does not bring its own. */
export interface SealedCredential {
  readonly sealed: Sealed;
  readonly generation: number;
}

export interface LinkUpdate {
  readonly link: Link;
  /** As it would be if it were new; of one that is there only the interval is taken. */
  readonly source: Source;
  /** Undefined leaves a stored token as it is; null removes it. */
  readonly credential: Sealed | null | undefined;
  readonly event: Event;
}

export interface NewLink extends LinkUpdate {
  /** Null joins the hook that is there (`link.hookId`), if any. */
  readonly newHook: Hook | null;
}

export interface Configurations {
  /** Deleted ones too: their ids stay theirs. */
  find(id: string): Promise<Configuration | null>;
  /** Those that are there and can be read. */
  findAll(ids: readonly string[]): Promise<ReadonlyMap<string, Configuration>>;
  list(team: string | null, after: string | null): Promise<Page<Configuration>>;
  /** False when the id is taken. */
  create(configuration: Configuration, event: Event): Promise<boolean>;
  /** Everything but head, active, sequence and versions. False when it changed since it was read. */
  update(before: Configuration, after: Configuration, event: Event): Promise<boolean>;
  /** Moves head, active and hold, and stores the version if it is new: one conditional transaction. */
  move(step: Step): Promise<'moved' | 'conflict' | 'lost'>;
  /** Configurations whose hold ends before `until`. */
  holdsEnding(until: Date): AsyncIterable<readonly string[]>;
}

export interface Step {
  /** As read; null to create it. Its `revision` is what the transaction insists on. */
  readonly before: Configuration | null;
  /** Everything but head, active, sequence and hold, which come from `change`. */
  readonly after: Configuration;
  readonly change: CourseChange;
  /** Stored with its content when new; null when the version is there already. */
  readonly publish: { readonly version: Version; readonly content: Uint8Array } | null;
  /** A file that begins to feed it: a run that dies before its end leaves behind that it did. */
  readonly claim?: { readonly link: Link; readonly file: TrackedFile } | null;
  /** The run that may write this; null for a person. */
  readonly lease: Lease | null;
  /** The source a person's change unsettles, so that its next cycle looks again. */
  readonly unsettle: string | null;
  readonly events: readonly Event[];
  /** Null when Active does not move. */
  readonly activation: Activation | null;
}

export interface Versions {
  /** By number (`3`) or by id. */
  find(configurationId: string, numberOrId: string): Promise<Version | null>;
  /** Newest first. */
  list(configurationId: string, limit: number, after: string | null): Promise<Page<Version>>;
  /** The exact bytes; null when no version has that hash. */
  content(contentHash: string): Promise<Uint8Array | null>;
}

/** The marks that say "active moved, not announced yet". */
export interface Announcements {
  find(configurationId: string): Promise<Mark | null>;
  /** `unreadable`: the keys of rows that could not be read. */
  pending(): AsyncIterable<{ readonly marks: readonly Mark[]; readonly unreadable: readonly string[] }>;
  /** Stores what gateways are about to be told. False when something newer is stored already. */
  record(configurationId: string, announced: Announced): Promise<boolean>;
  /** What was announced under a sequence; null when nothing was. */
  at(configurationId: string, sequence: number): Promise<Announced | null>;
  /** Whether these bytes are among the last thousand announcements. */
  has(configurationId: string, contentHash: string): Promise<boolean>;
  /** Removes the mark, unless Active moved on; writes the event with it. */
  done(mark: Mark, event: Event): Promise<void>;
}

export interface Announced {
  readonly announcement: Announcement;
  /** The sequence since which the same bytes were announced without a break; its own for new ones. */
  readonly since: number;
  /** What led to it; null for what was announced before that was kept. */
  readonly activation: Activation | null;
}

export interface Mark {
  readonly configurationId: string;
  readonly sequence: number;
  readonly at: string;
  /** When the push, or the call, that led here was received. */
  readonly receivedAt: string | null;
  /** False when the bytes in force did not change: what is announced is replaced, and nobody needs a message. */
  readonly reload: boolean;
  /** Of the sequence; null in marks from before it was kept. */
  readonly activation: Activation | null;
}

export interface Gateways {
  find(id: string): Promise<Gateway | null>;
  list(team: string | null, after: string | null): Promise<Page<Gateway>>;
  /** Those bound to a configuration, in pages, by id. */
  bound(configurationId: string, after: string | null): Promise<Page<BoundGateway>>;
  /** The same, each with the last that was heard of it. */
  standings(configurationId: string, after: string | null): Promise<Page<Standing>>;
  /** Stores the gateway, its binding and its token as one. False when the id is taken. */
  create(gateway: Gateway, token: Token, event: Event): Promise<boolean>;
  update(before: Gateway, after: Gateway, event: Event): Promise<boolean>;
  /** Removes the gateway, its binding and its token. False when it is gone, or changed since it was read. */
  remove(gateway: Gateway, event: Event): Promise<boolean>;
}

export interface BoundGateway {
  readonly id: string;
  readonly queueName: string;
}

/** What gateways say of themselves, unsigned. */
export interface Reports {
  /** By gateway id; of those that ever said anything. */
  findAll(gatewayIds: readonly string[]): Promise<ReadonlyMap<string, Report>>;
  /**
   * Replaces what was said before: what arrives later counts. With the hash that was said before; undefined when
   * nothing was.
   */
  heartbeat(
    gatewayId: string,
    heartbeat: Heartbeat,
    at: Date,
  ): Promise<{ readonly report: Report; readonly ran: string | null | undefined }>;
  /** Moves an episode on, and writes the events with it. False when it is not as it was read. */
  step(step: DriftStep): Promise<boolean>;
  /** How many gateways drift, of one team or of all (null). */
  drifting(team: string | null): Promise<readonly Drifting[]>;
  /** Episodes that began before `before`, newest first. */
  episodes(gatewayId: string, before: Date, limit: number): Promise<readonly Episode[]>;
}

export interface DriftStep {
  readonly gateway: Gateway;
  /** What it said when this was judged: if it says something else by now, nothing is written. */
  readonly running: string | null;
  readonly before: Drift | null;
  /** Null ends it. */
  readonly after: Drift | null;
  readonly ended: DriftEnd | null;
  readonly at: Date;
  readonly events: readonly Event[];
}

export interface Drifting {
  readonly kind: DriftKind;
  /** Resends were in vain. */
  readonly persists: boolean;
  readonly count: number;
}

export interface Receipts {
  /**
   * Stores it once, and returns it as it is stored: one that comes again changes nothing. The event is written
   * with it if it becomes the gateway's latest of that configuration: the one of the highest sequence; of one
   * sequence, what was applied stays applied.
   */
  add(receipt: Receipt, event: Event): Promise<Receipt>;
  /** The one of the highest sequence of that configuration. */
  latest(gatewayId: string, configurationId: string): Promise<Receipt | null>;
  /** Those stored from `since` until before `until`, newest first unless it is asked otherwise. */
  ofGateway(query: ReceiptQuery): Promise<Page<Receipt>>;
  /** Of all gateways, in no order that means anything. */
  ofVersion(versionId: string, limit: number, after: string | null): Promise<Page<Receipt>>;
}

export interface ReceiptQuery {
  readonly gatewayId: string;
  readonly since: Date;
  readonly until: Date;
  readonly limit: number;
  readonly after: string | null;
  readonly oldestFirst?: boolean;
}

export interface Tokens {
  find(id: string): Promise<Token | null>;
  /** Of one team, or of all and of the organisation (null). A page has something in it, unless there is no more. */
  list(team: string | null, after: string | null): Promise<Page<Token>>;
  create(token: Token, event: Event): Promise<void>;
  remove(token: Token, event: Event): Promise<boolean>;
}

export interface Events {
  /** One that tells of what no row does: everything else is written with what it tells of. */
  record(event: Event): Promise<void>;
  /** Oldest first within the page; those before `since` are left out. */
  list(query: EventQuery): Promise<Page<Event>>;
}

/** What gateways decided: kept for a while, and listed with the events. */
export interface Decisions {
  /**
   * Stores each once, by its gateway and the gateway's own id of it, and returns how many were new. When it throws,
   * some are stored and some are not: all of them may be sent again.
   */
  add(decisions: readonly DecisionEvent[]): Promise<number>;
}

export interface EventQuery {
  readonly since: Date;
  /** Decisions are of a gateway, and of no configuration. */
  readonly configurationId: string | null;
  readonly team: string | null;
  /** `audit` is everything but decisions. */
  readonly type: string | null;
  readonly gatewayId: string | null;
  /** Only decisions have one. */
  readonly verdict: string | null;
  readonly limit: number;
  readonly after: string | null;
}

/** Hosts that asked to be left alone for a while. */
export interface HostLimits {
  /** When the host may be asked again; null when it may be asked now. */
  until(host: string, now: Date): Promise<Date | null>;
  /** Never earlier than what was set before. */
  set(host: string, until: Date): Promise<void>;
}

/** Counters and histograms kept outside the process, since functions come and go. */
export interface Metrics {
  observe(histogram: Histogram, seconds: number): Promise<void>;
  read(): Promise<Readonly<Record<Histogram, HistogramState>>>;
}

export const HISTOGRAMS = ['sync_duration', 'push_to_announced'] as const;
export type Histogram = (typeof HISTOGRAMS)[number];

/** Upper bounds in seconds; the last bucket is everything above. */
export const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

export interface HistogramState {
  /** One count per bound of `BUCKETS`, then one for everything above; not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface SyncQueue {
  /** Delays are whole seconds, 0 to 900. Sends them all or throws. */
  send(messages: readonly { message: SyncMessage; delaySeconds: number }[]): Promise<void>;
}

export interface FanOutQueue {
  send(messages: readonly FanOutMessage[]): Promise<void>;
}

/** The queues of the gateways. */
export interface ReloadQueues {
  /** `gone` when the queue does not exist. */
  send(queueName: string, message: ReloadMessage): Promise<'sent' | 'gone'>;
  urlOf(queueName: string): string;
}

export interface QueueKeeper {
  /** Idempotent; returns the queue's URL. */
  create(queueName: string): Promise<string>;
  /** Idempotent. */
  remove(queueName: string): Promise<void>;
}

/** Credentials for a gateway to receive from its own queue with. */
export interface QueueAccess {
  /** Good for this queue and nothing else, for a while; `holder` is who they are given to, as the cloud's own log names it. */
  lend(queueName: string, holder: string): Promise<QueueLoan>;
}

export interface QueueLoan {
  readonly region: string;
  /** Null where the queue is reached at the cloud's own address. */
  readonly endpoint: string | null;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: string;
}

export interface Sealer {
  seal(context: SealContext, secret: string): Promise<Sealed>;
}

export interface Opener {
  /** Throws `Unopenable` when the ciphertext was sealed for anything else, or altered; anything else may pass. */
  open(context: SealContext, sealed: Sealed): Promise<string>;
}

export interface Signer {
  sign(bytes: Uint8Array): Promise<Signature>;
}

/** Public keys, as JWK (RFC 7517): those that gateways verify with, or those of proofs. */
export interface SigningKeys {
  list(): Promise<readonly PublicJwk[]>;
}
