/** Stage: the whole control plane on which a history is played, and what must be true of it. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Configuration } from '../../lib/domain/configuration.ts';
import type { Gateway } from '../../lib/domain/gateway.ts';
import type { Link } from '../../lib/domain/link.ts';
import type { FanOutMessage, SyncMessage } from '../../lib/domain/message.ts';
import type { Manifest } from '../../lib/domain/reload.ts';
import { isAstray, linkStatus } from '../../lib/domain/source.ts';
import { fanOut } from '../../lib/pipeline/fan-out.ts';
import { createLink } from '../../lib/pipeline/manage/links.ts';
import { poll } from '../../lib/pipeline/poll.ts';
import { sync } from '../../lib/pipeline/sync.ts';
import type { Below } from '../support/ports-over.ts';
import { CALLER, type WorldOver } from '../support/world-of.ts';
import { type ModelGit, modelGit } from './git.ts';
import { type Fate, type Gate, live, portsThrough, type Sleeper } from './process.ts';
import { type Files, hashOf, type LinkModel, Reference, textOf } from './reference.ts';
import { type Runner, type Watch, watchFor } from './watch.ts';

export const REPOSITORY = 'http://git.example/policies.git';
export const CONFIGURATIONS = ['payments', 'alpha', 'beta'] as const;
export const FIRST_FILES: Files = {
  'policy-config.yaml': { kind: 'policy', name: 'payments', limit: 1 },
  'team/alpha.yaml': { kind: 'policy', name: 'alpha', limit: 1 },
  'team/beta.yaml': { kind: 'policy', name: 'beta', limit: 1 },
};

export type Role = 'sync' | 'fan-out' | 'poll' | 'webhook' | 'api';
export type Ports = ReturnType<typeof portsThrough>;

/** A gateway as it would be: it runs the highest sequence it was told of, of the configuration it is bound to. */
export interface GatewayModel {
  gateway: Gateway;
  /** What it read from the API when it was started or bound anew. */
  read: Manifest | null;
  /** Some of its messages were lost on the way: it must ask, as it does on a timer. */
  lost: boolean;
}

export class Stage {
  readonly model = new Reference();
  readonly git: ModelGit;
  readonly watch: Watch;
  readonly gateways: GatewayModel[] = [];
  readonly sleepers: Sleeper[] = [];
  readonly links = new Map<string, Link>();
  /** Signed deliveries that were sent once: anybody who saw them may send them again. */
  readonly deliveries: (() => Promise<void>)[] = [];
  readonly secrets: string[] = [];
  hookId: string | null = null;
  readonly skewHours: Partial<Record<Role, number>> = {};
  /** Clocks have been wrong: what they wrote may lie ahead. */
  skewed = false;
  /** The next sends to gateways' queues fail. */
  failingSends = 0;
  readonly counts = { died: 0, slept: 0, processes: 0, commands: 0 };
  readonly here: WorldOver;
  readonly #below: Below;

  constructor(here: WorldOver) {
    this.here = here;
    this.git = modelGit(here.time);
    this.watch = watchFor(this.model, (id, hash) => this.#untold(id, hash));
    this.#below = { ...here.below, git: this.git };
    // Whoever uses the world itself is watched like the rest.
    Object.assign(
      here.ports,
      this.portsOf('api', () => {}),
    );
  }

  async begin(): Promise<void> {
    this.push(FIRST_FILES);
    await this.link('policy-config.yaml');
    const gateway = await this.here.gateway('payments');
    this.gateways.push({ gateway, read: null, lost: false });
    await this.deliverAll();
  }

  push(files: Files): void {
    this.model.committed(this.git.commit(files), files);
  }

  moveBranch(commit: string | null): void {
    this.git.setTip(commit);
    this.model.moved(commit);
  }

  async link(path: string): Promise<void> {
    const wish = { ...LINK, path };
    const outcome = await createLink(wish, CALLER, this.here.ports);
    if (outcome.kind !== 'linked') return;
    this.links.set(path, outcome.link);
    this.model.links.set(outcome.link.id, { id: outcome.link.id, path });
    this.hookId = outcome.hook?.id ?? this.hookId;
    if (outcome.secret !== null) this.secrets.splice(0, Infinity, outcome.secret);
  }

  clockOf(role: Role) {
    return { now: () => new Date(this.here.time.at + (this.skewHours[role] ?? 0) * 3_600_000) };
  }

  portsOf(role: Role, gate: Gate, runner: Runner = this.#runner(role)): Ports {
    const below = { ...this.#below, table: { ...this.#below.table, client: this.#watched(runner) } };
    const ports = portsThrough(below, this.clockOf(role), this.here.facts, gate);
    const { reloads, git } = ports;
    const send: typeof reloads.send = (queue, message) => {
      if (this.failingSends === 0) return reloads.send(queue, message);
      this.failingSends--;
      return Promise.reject(new Error('SQS did not take it'));
    };
    // One that slept may have looked whether it may ask before that changed.
    const asks = () => void (runner.slept || this.git.asks());
    const asking: typeof git = {
      resolve(...of) {
        asks();
        return git.resolve(...of);
      },
      read(...of) {
        asks();
        return git.read(...of);
      },
    };
    return { ...ports, git: asking, reloads: { ...reloads, send } };
  }

  #runner(role: Role): Runner {
    return { lease: null, slept: false, now: this.clockOf(role).now };
  }

  #watched(runner: Runner): DynamoDBClient {
    const { client } = this.#below.table;
    const send = async (command: object) => {
      const answer: unknown = await (client.send as (of: object) => Promise<unknown>)(command);
      this.watch.saw(runner, command, answer);
      return answer;
    };
    return Object.assign(Object.create(client), { send });
  }

  /** One run of a function. */
  async process(role: Role, fate: Fate | null, work: (ports: Ports) => Promise<unknown>) {
    this.counts.processes++;
    const { leaveAloneUntil } = this.git;
    const runner = this.#runner(role);
    const lived = await live(fate, (gate) => work(this.portsOf(role, gate, runner)));
    if (lived.ending !== 'done') {
      this.counts[lived.ending === 'died' ? 'died' : 'slept']++;
      runner.slept = true;
      // What it heard of the host it took with it.
      this.git.forget(leaveAloneUntil);
    }
    if (lived.sleeper) this.sleepers.push(lived.sleeper);
    return lived;
  }

  /** Takes the message at `index` of what is due; it stays in the queue when its run did not end well. */
  async work(index: number, fate: Fate | null): Promise<boolean> {
    const due = this.here.hints.filter((hint) => hint.due <= this.here.time.at);
    const announcements = this.here.announcements;
    if (due.length + announcements.length === 0) return false;
    const at = index % (due.length + announcements.length);
    const hint = due[at];
    if (hint) {
      this.here.hints.splice(this.here.hints.indexOf(hint), 1);
      await this.runSync(hint.message, fate);
    } else {
      const [message] = announcements.splice(at - due.length, 1);
      if (message) await this.runFanOut(message, fate);
    }
    return true;
  }

  /** Our own store never fails here, so neither does a sync: a host that fails is an outcome. */
  async runSync(message: SyncMessage, fate: Fate | null): Promise<void> {
    const { ending, error } = await this.process('sync', fate, (ports) => sync(message, ports));
    if (error) this.watch.complaints.push(`a sync threw: ${String(error)}`);
    const due = this.here.time.at + VISIBILITY_SECONDS * 1000;
    if (ending !== 'done') this.here.hints.push({ message, due });
  }

  /** One that throws ends in the dead-letter queue: the mark must bring it back. */
  async runFanOut(message: FanOutMessage, fate: Fate | null): Promise<void> {
    const { ending } = await this.process('fan-out', fate, (ports) => fanOut(message, ports));
    if (ending !== 'done') this.here.announcements.push(message);
  }

  async deliverAll(): Promise<void> {
    while (await this.work(0, null)) {
      // Until nothing is due.
    }
  }

  async advance(seconds: number): Promise<void> {
    await this.deliverAll();
    for (let second = 0; second < seconds; second++) {
      this.here.time.at += 1000;
      await this.deliverAll();
    }
  }

  async tick(): Promise<void> {
    await this.process('poll', null, (ports) => poll(ports));
    await this.advance(60);
  }

  async configurations(): Promise<Configuration[]> {
    return [...(await this.here.ports.configurations.findAll([...CONFIGURATIONS])).values()];
  }

  /** True at every moment: a link that says it is synced shows what is at the commit it was last seen at. */
  async checkNow(): Promise<void> {
    const configurations = await this.configurations();
    for (const { id, path } of this.model.links.values()) {
      const found = await this.here.ports.links.findWithSource(id);
      if (!found?.source?.tip || linkStatus(found.link, found.source) !== 'synced') continue;
      const { tip } = found.source;
      for (const [name, content] of this.model.tracked({ id, path }, tip)) {
        const feeds = configurations.find(({ origin }) => origin?.linkId === id && origin.path === name);
        const hash = hashOf(textOf(content));
        if (feeds?.head?.contentHash !== hash)
          this.watch.complaints.push(`synced at ${tip}, and ${name} is not its head`);
      }
    }
    if (this.git.asked.tooEarly > 0 && !this.skewed)
      this.watch.complaints.push('the host was asked before it wanted to be');
    if (this.watch.complaints.length > 0) throw new Error(this.watch.complaints.join('; '));
  }

  /** Nothing goes wrong any more: sleepers wake, clocks are right, queues are emptied, and each source gets its look. */
  async quiesce(): Promise<void> {
    for (const sleeper of this.sleepers.splice(0)) await sleeper.wake();
    this.git.recover();
    this.failingSends = 0;
    for (const role of Object.keys(this.skewHours) as Role[]) this.skewHours[role] = 0;
    await this.deliverAll();
    await this.untilDue();
    for (let minute = 0; minute < SETTLING_MINUTES; minute++) await this.tick();
  }

  /** Until no hold can stand any more: then git is followed everywhere. */
  async outlastHolds(): Promise<void> {
    const ends = (await this.configurations()).flatMap(({ hold }) => (hold ? [Date.parse(hold.until)] : []));
    if (ends.length === 0) return;
    this.here.time.at = Math.max(this.here.time.at, ...ends);
    for (let minute = 0; minute < SETTLING_MINUTES; minute++) await this.tick();
    await this.checkEnd();
  }

  async hintAll(): Promise<void> {
    for (const { sourceId } of this.links.values()) {
      const wanted = (await this.here.ports.sources.hint(sourceId, this.here.ports.clock.now()))?.wanted;
      this.here.hints.push({
        message: { source: sourceId, why: 'hint', commit: null, attempt: 0, wanted },
        due: 0,
      });
    }
    await this.deliverAll();
  }

  /** A source that failed is tried again within the hour, or when its host said. */
  async untilDue(): Promise<void> {
    // What a run that died was at work on comes back as well.
    let due = Math.max(this.here.time.at, ...this.here.hints.map((hint) => hint.due));
    for (const { sourceId } of this.links.values()) {
      const source = await this.here.ports.sources.find(sourceId);
      // One that a wrong clock put far ahead is for the poller to find; only a host's own wish may be as long.
      if (source && (source.failures > 0 || !isAstray(source, this.here.ports.clock.now())))
        due = Math.max(due, Date.parse(source.dueAt));
    }
    const most = Math.max(this.here.time.at, this.git.wishedUntil) + 3_700_000;
    if (due > most + VISIBILITY_SECONDS * 1000 && !this.skewed)
      throw new Error(`a source is not looked at before ${new Date(due).toISOString()}`);
    this.here.time.at = due;
  }

  /** When nothing is under way any more. */
  async checkEnd(): Promise<void> {
    await this.checkNow();
    const configurations = await this.configurations();
    const complaints = [...this.watch.complaints];
    for (const link of this.model.links.values())
      complaints.push(...(await this.#linkComplaints(link, configurations)));
    for (const configuration of configurations) complaints.push(...(await this.#told(configuration)));
    for (const gateway of this.gateways) complaints.push(...this.#runs(gateway, configurations));
    if (complaints.length > 0) throw new Error(complaints.join('; '));
  }

  async #linkComplaints(link: LinkModel, configurations: readonly Configuration[]): Promise<string[]> {
    const { error, status, source } = await this.here.linkNow(link.id);
    const pending = status === 'pending' ? [`${link.path} is still pending`] : [];
    // Until its host may be asked, a link says what its host said.
    const asked = this.here.time.at - PLANNED_MS;
    if (error?.class === 'rate_limited' && source && Date.parse(source.dueAt) > asked) return pending;
    return [...pending, ...this.model.complaints(link, error, configurations, this.here.time.at)];
  }

  async #told({ id, sequence, active, announced, versions: count }: Configuration): Promise<string[]> {
    if (!active) return [];
    const complaints: string[] = [];
    if (await this.here.ports.announcements.find(id)) complaints.push(`the mark of ${id} is still there`);
    if (announced?.manifest.sequence !== sequence || announced.manifest.version_id !== active.id)
      complaints.push(`${id}: announced ${announced?.manifest.sequence}, active ${sequence}`);
    const { items } = await this.here.ports.versions.list(id, 500, null);
    if (items.length !== count || new Set(items.map(({ number }) => number)).size !== count)
      complaints.push(`${id} says it has ${count} versions and has ${items.length}`);
    const moves = this.watch.moves.get(id) ?? 0;
    if (moves !== sequence) complaints.push(`${id}: sequence ${sequence} after ${moves} moves`);
    return complaints;
  }

  #untold(id: string, contentHash: string): string[] {
    return this.gateways.flatMap((one) => {
      if (one.gateway.configurationId !== id || one.lost) return [];
      return this.#runsNow(one)?.content_hash === contentHash ? [] : [one.gateway.id];
    });
  }

  /** The highest sequence that it was told of, or read. */
  #runsNow({ gateway, read }: GatewayModel): Manifest | null {
    const told = this.here.reloadsOf(gateway).map(({ manifest }) => manifest);
    return [...(read ? [read] : []), ...told]
      .filter(({ configuration_id: id }) => id === gateway.configurationId)
      .reduce<Manifest | null>((a, b) => (a && a.sequence >= b.sequence ? a : b), null);
  }

  #runs(one: GatewayModel, configurations: readonly Configuration[]): string[] {
    const bound = configurations.find(({ id }) => id === one.gateway.configurationId);
    if (!bound?.active || one.lost) return [];
    return this.#runsNow(one)?.content_hash === bound.active.contentHash
      ? []
      : [`${one.gateway.id} was not told of what ${bound.id} runs`];
  }
}

/** Six times the function's minute, as the queue is set up. */
const VISIBILITY_SECONDS = 360;
const SETTLING_MINUTES = 4;
/** The poller plans a minute in whole seconds: what is due as it ends is asked for by the next one. */
const PLANNED_MS = 1000;

const LINK = {
  team: 'default',
  repoUrl: REPOSITORY,
  provider: 'gitea',
  branch: 'main',
  username: null,
  accessToken: null,
  deployKey: null,
  pollIntervalSeconds: 60,
  autoCreateConfiguration: true,
  configurationId: null,
} as const;
