/**
 * A world over a table, keys and git repositories of any kind: a clock that stands still until it is moved, and
 * queues that keep their messages until the test delivers them.
 */
import type { Configuration } from '../../lib/domain/configuration.ts';
import type { FanOutMessage, SyncMessage } from '../../lib/domain/message.ts';
import type { FanOutOutcome, SyncOutcome } from '../../lib/domain/outcome.ts';
import type { ReloadMessage } from '../../lib/domain/reload.ts';
import { lastSyncOf, linkStatus } from '../../lib/domain/source.ts';
import { fanOut } from '../../lib/pipeline/fan-out.ts';
import { registerGateway } from '../../lib/pipeline/manage/gateways.ts';
import { createLink, type LinkWish } from '../../lib/pipeline/manage/links.ts';
import { poll } from '../../lib/pipeline/poll.ts';
import { sync } from '../../lib/pipeline/sync.ts';
import { type MemoryQueues, memorySqs } from '../fakes/memory-sqs.ts';
import { type Below, type Fact, portsOver, QUEUES } from './ports-over.ts';

export const CALLER = { actor: 'token:test', requestId: 'request-1' } as const;

export type WorldOver = ReturnType<typeof worldOver>;

/** Nothing another test did is in it, if the table is new. */
export function worldOver(given: Omit<Below, 'sqs'>) {
  const time = { at: Date.parse('2026-03-01T12:00:00.000Z') };
  const clock = { now: () => new Date(time.at) };
  const hints: { message: SyncMessage; due: number }[] = [];
  const announcements: FanOutMessage[] = [];
  const reloads = new Map<string, ReloadMessage[]>();
  const facts: Fact[] = [];
  const below: Below = { ...given, sqs: memorySqs(queuesOf({ time, hints, announcements, reloads })) };
  const ports = portsOver(below, clock, facts);

  /** Delivers what is due until nothing is; returns how each message ended. */
  async function deliver(): Promise<(SyncOutcome | FanOutOutcome)[]> {
    const outcomes: (SyncOutcome | FanOutOutcome)[] = [];
    for (;;) {
      const index = hints.findIndex(({ due }) => due <= time.at);
      const [hint] = index === -1 ? [] : hints.splice(index, 1);
      const announcement = hint ? undefined : announcements.shift();
      if (hint) outcomes.push(await sync(hint.message, ports));
      else if (announcement) outcomes.push(await fanOut(announcement, ports));
      else return outcomes;
    }
  }

  return {
    ports,
    below,
    time,
    hints,
    announcements,
    reloads,
    facts,
    deliver,
    /** Second by second, as messages fall due. */
    async advance(seconds: number) {
      const outcomes = await deliver();
      for (let second = 0; second < seconds; second++) {
        time.at += 1000;
        outcomes.push(...(await deliver()));
      }
      return outcomes;
    },
    /** One tick of the schedule, and everything that follows from it within the minute. */
    async tick() {
      await poll(ports);
      return this.advance(60);
    },
    async link(repoUrl: string, wish: Partial<LinkWish> = {}) {
      const outcome = await createLink({ ...LINK, repoUrl, ...wish }, CALLER, ports);
      if (outcome.kind !== 'linked') throw new Error(`not linked: ${outcome.kind}`);
      // Off the minute, so that the next tick has the first look within its horizon.
      await this.advance(1);
      return outcome;
    },
    async linkNow(id: string) {
      const found = await ports.links.findWithSource(id);
      if (!found) throw new Error(`no link ${id}`);
      const { link, source } = found;
      return { ...link, status: linkStatus(link, source), lastSync: lastSyncOf(link, source), source };
    },
    async configuration(id: string): Promise<Configuration> {
      const configuration = await ports.configurations.find(id);
      if (!configuration) throw new Error(`no configuration ${id}`);
      return configuration;
    },
    async gateway(configurationId: string | null, name = 'gateway') {
      const wish = { team: 'default', name, configurationId, publicKey: null, labels: {} };
      return (await registerGateway(wish, CALLER, ports)).gateway;
    },
    reloadsOf: (gateway: { queueName: string }) => reloads.get(gateway.queueName) ?? [],
    async eventTypes(configurationId: string | null = null) {
      const any = { team: null, type: null, gatewayId: null, verdict: null };
      const query = { ...any, since: new Date(0), limit: 1000, after: null };
      // The audit log is walked by day, and this world began on one.
      const since = new Date('2026-03-01T00:00:00.000Z');
      return (await ports.events.list({ ...query, since, configurationId })).items.map(({ type }) => type);
    },
  };
}

interface Kept {
  readonly time: { readonly at: number };
  readonly hints: { message: SyncMessage; due: number }[];
  readonly announcements: FanOutMessage[];
  readonly reloads: Map<string, ReloadMessage[]>;
}

/** Messages are kept as they are read, so that tests can look at them, lose them and bring them out of order. */
function queuesOf({ time, hints, announcements, reloads }: Kept): MemoryQueues {
  const own: readonly string[] = [QUEUES.sync, QUEUES.fanOut];
  return {
    has: (name) => own.includes(name) || reloads.has(name),
    put: (name, body, delaySeconds) => {
      if (name === QUEUES.sync) hints.push({ message: JSON.parse(body), due: time.at + delaySeconds * 1000 });
      else if (name === QUEUES.fanOut) announcements.push(JSON.parse(body));
      else reloads.get(name)?.push(JSON.parse(body));
    },
    create: (name) => {
      if (!reloads.has(name)) reloads.set(name, []);
    },
    remove: (name) => {
      reloads.delete(name);
    },
  };
}

export const LINK: LinkWish = {
  team: 'default',
  repoUrl: '',
  provider: 'generic',
  branch: 'main',
  path: 'policy-config.yaml',
  username: null,
  accessToken: null,
  pollIntervalSeconds: 60,
  autoCreateConfiguration: true,
  configurationId: null,
};
