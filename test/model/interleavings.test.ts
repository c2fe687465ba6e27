/** Interleavings: two or three of us at work on the same thing, with every order of their calls that a scheduler comes up with. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activate, lookNow, releaseHold } from '../../lib/pipeline/activate.ts';
import { fanOut } from '../../lib/pipeline/fan-out.ts';
import { updateGateway } from '../../lib/pipeline/manage/gateways.ts';
import { rotateHookSecret } from '../../lib/pipeline/manage/hooks.ts';
import { removeLink, updateLink } from '../../lib/pipeline/manage/links.ts';
import { poll } from '../../lib/pipeline/poll.ts';
import { receive } from '../../lib/pipeline/receive.ts';
import { sync } from '../../lib/pipeline/sync.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { memoryWorld } from '../support/memory-world.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { CALLER } from '../support/world-of.ts';
import type { Gate } from './process.ts';
import { FIRST_FILES, REPOSITORY, type Role, Stage } from './stage.ts';

const seed = seedOf(20_260_302);
const POLICY = 'policy-config.yaml';
const payments = (limit: number) => ({
  ...FIRST_FILES,
  [POLICY]: { kind: 'policy' as const, name: 'payments', limit },
});

/** One of those that meet: what it does, over ports whose calls the scheduler orders. */
interface Actor {
  readonly role: Role;
  readonly play: (stage: Stage, ports: ReturnType<Stage['portsOf']>) => Promise<unknown>;
}

/** Three versions, the last in force; then `files` at the tip, of which nobody was told. */
async function staged(prepare: (stage: Stage) => Promise<void> | void = () => {}): Promise<Stage> {
  const stage = new Stage(await memoryWorld());
  await stage.begin();
  for (const limit of [2, 3]) {
    stage.push(payments(limit));
    await stage.hintAll();
  }
  await prepare(stage);
  return stage;
}

const linkOf = (stage: Stage) => {
  const link = stage.links.get(POLICY);
  if (!link) throw new Error('no link');
  return link;
};

/** A sync that was asked for. */
const worker = (commit: (stage: Stage) => string | null = () => null): Actor => ({
  role: 'sync',
  async play(stage, ports) {
    const { sourceId: source } = linkOf(stage);
    const wanted = (await ports.sources.hint(source, ports.clock.now()))?.wanted;
    return sync({ source, why: 'hint', commit: commit(stage), attempt: 0, wanted }, ports);
  },
});

/** As a queue brings a message once more: nobody hinted anew. */
const redelivered = (role: Role): Actor => ({
  role,
  play: (stage, ports) =>
    sync({ source: linkOf(stage).sourceId, why: 'hint', commit: null, attempt: 0 }, ports),
});

const person = (number: number, minutes: number | null): Actor => ({
  role: 'api',
  async play(stage, ports) {
    const version = await stage.here.ports.versions.find('payments', String(number));
    const until = stage.here.time.at + (minutes ?? 0) * 60_000 + number;
    const hold = minutes === null ? null : { until: new Date(until) };
    const before = stage.model.holdsOf('payments');
    const asked = { versionId: version?.id ?? '', until, ended: false };
    if (hold) stage.model.asksForHold('payments', asked);
    const outcome = await activate('payments', String(number), { reason: 'test', hold }, CALLER, ports);
    expect(outcome.kind).toBe('done');
    stage.model.lifts('payments', before);
    asked.ended = true;
  },
});

const lifter: Actor = {
  role: 'api',
  async play(stage, ports) {
    const before = stage.model.holdsOf('payments');
    if (await releaseHold('payments', CALLER, ports)) stage.model.lifts('payments', before);
  },
};

const pusher = (limit: number): Actor => ({
  role: 'api',
  play: async (stage) => stage.push(payments(limit)),
});

const announcer: Actor = {
  role: 'fan-out',
  play: (_stage, ports) => fanOut({ configuration: 'payments', sequence: 1, after: null }, ports),
};

interface Meeting {
  readonly name: string;
  readonly actors: readonly Actor[];
  readonly prepare?: (stage: Stage) => Promise<void> | void;
  /** Whether the end must be one that some order of them, one after the other, would have had. */
  readonly serial: boolean;
  readonly full: number;
}

const newCommit = (stage: Stage) => stage.push(payments(4));
/** An activation that was not announced yet, and a new commit. */
async function marked(stage: Stage) {
  await person(2, null).play(
    stage,
    stage.portsOf('api', () => {}),
  );
  stage.push(payments(4));
}
async function held(stage: Stage) {
  await person(1, 60).play(
    stage,
    stage.portsOf('api', () => {}),
  );
  stage.push(payments(4));
}

const MEETINGS: readonly Meeting[] = [
  {
    name: 'an activation and a sync',
    actors: [person(1, null), worker()],
    prepare: newCommit,
    serial: true,
    full: 2000,
  },
  {
    name: 'an activation with a hold and a sync',
    actors: [person(1, 60), worker()],
    prepare: newCommit,
    serial: true,
    full: 2000,
  },
  {
    name: 'an activation, a sync and a fan-out',
    actors: [person(1, null), worker(), announcer],
    prepare: marked,
    serial: true,
    full: 1000,
  },
  { name: 'two activations', actors: [person(1, 60), person(2, null)], serial: true, full: 1000 },
  { name: 'two holds', actors: [person(1, 60), person(2, 30)], serial: true, full: 1000 },
  {
    name: 'a hold that is lifted and a sync',
    actors: [lifter, worker()],
    prepare: held,
    serial: true,
    full: 1000,
  },
  {
    name: 'a hold that is lifted and one that is set',
    actors: [lifter, person(2, 30)],
    prepare: held,
    serial: true,
    full: 1000,
  },
  {
    name: 'two workers of a source whose lease has run out, and pushes',
    actors: [worker(), { ...worker(), role: 'webhook' }, pusher(5), pusher(6)],
    prepare(stage) {
      newCommit(stage);
      // The second takes the first for dead.
      stage.skewHours.webhook = 1;
    },
    serial: false,
    full: 2000,
  },
  {
    name: 'one message in the hands of two workers, of whom the second takes the first for dead, and a push',
    actors: [redelivered('sync'), redelivered('webhook'), pusher(5)],
    async prepare(stage) {
      newCommit(stage);
      stage.skewHours.webhook = 1;
      await stage.here.ports.sources.hint(linkOf(stage).sourceId, stage.here.ports.clock.now());
    },
    serial: false,
    full: 2000,
  },
  {
    name: 'a poll, a delivery and a push at the same instant',
    actors: [
      pusher(5),
      { role: 'poll', play: (_stage, ports) => poll(ports) },
      {
        role: 'webhook',
        play(stage, ports) {
          const options = { branch: 'main', after: stage.model.tip, repositoryUrl: REPOSITORY };
          const delivery = signedDelivery('gitea', stage.secrets[0] ?? '', options);
          return receive(stage.hookId ?? '', delivery, ports);
        },
      },
      worker((stage) => stage.model.tip),
    ],
    serial: false,
    full: 1000,
  },
  {
    name: 'a link that is deleted during a sync',
    actors: [
      worker(),
      {
        role: 'api',
        async play(stage, ports) {
          const link = linkOf(stage);
          const now = await ports.links.find(link.id);
          if (now) await removeLink(now, CALLER, ports);
          stage.model.links.delete(link.id);
        },
      },
    ],
    prepare: newCommit,
    serial: false,
    full: 1000,
  },
  {
    name: 'a link whose token is replaced during a sync',
    actors: [
      worker(),
      {
        role: 'api',
        async play(stage, ports) {
          const now = await ports.links.find(linkOf(stage).id);
          if (now) await updateLink(now, { accessToken: 'secret' }, CALLER, ports);
          const after = await ports.links.find(linkOf(stage).id);
          if (after) stage.links.set(POLICY, after);
        },
      },
      { role: 'api', play: (stage, ports) => lookNow(linkOf(stage).sourceId, ports) },
    ],
    prepare: newCommit,
    serial: false,
    full: 200,
  },
  {
    name: 'a second link of a source and a sync',
    actors: [worker(), { role: 'api', play: (stage) => stage.link('team/') }],
    prepare: newCommit,
    serial: false,
    full: 500,
  },
  {
    name: 'a gateway that is bound anew and a fan-out',
    actors: [
      announcer,
      person(1, null),
      {
        role: 'api',
        async play(stage, ports) {
          const one = stage.gateways[1];
          if (!one) throw new Error('no gateway');
          const after = await updateGateway(one.gateway, { configurationId: 'payments' }, CALLER, ports);
          if (after !== 'conflict') one.gateway = after;
        },
      },
    ],
    async prepare(stage) {
      await marked(stage);
      stage.gateways.push({ gateway: await stage.here.gateway(null), read: null, lost: false });
    },
    serial: false,
    full: 1000,
  },
  {
    name: 'a hook secret that is rotated while deliveries come',
    actors: [
      {
        role: 'api',
        play: (stage, ports) =>
          rotateHookSecret(linkOf(stage), { secret: null, overlapSeconds: 3600 }, CALLER, ports),
      },
      ...[1, 2].map(
        (): Actor => ({
          role: 'webhook',
          async play(stage, ports) {
            const options = { branch: 'main', after: stage.model.tip, repositoryUrl: REPOSITORY };
            const delivery = signedDelivery('gitea', stage.secrets[0] ?? '', options);
            expect(await receive(stage.hookId ?? '', delivery, ports)).toMatchObject({ kind: 'queued' });
          },
        }),
      ),
    ],
    prepare: newCommit,
    serial: false,
    full: 500,
  },
];

/** What can be told from outside, without ids and times. */
async function endOf(stage: Stage): Promise<string> {
  const { head, active, hold, sequence, versions } = await stage.here.configuration('payments');
  const events = (await stage.here.eventTypes('payments'))
    .filter((type) => type !== 'version.announced')
    .toSorted();
  return JSON.stringify({
    head: head?.number,
    active: active?.number,
    hold: hold?.until,
    sequence,
    versions,
    events,
  });
}

/** The ends of all orders in which they come one after the other. */
async function serialEnds({ actors, prepare }: Meeting): Promise<ReadonlySet<string>> {
  const ends = new Set<string>();
  for (const order of ordersOf(actors)) {
    const stage = await staged(prepare);
    for (const actor of order)
      await actor.play(
        stage,
        stage.portsOf(actor.role, () => {}),
      );
    ends.add(await endOf(stage));
  }
  return ends;
}

function ordersOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length <= 1) return [all];
  return all.flatMap((one, index) => ordersOf(all.toSpliced(index, 1)).map((rest) => [one, ...rest]));
}

async function meet({ actors, prepare }: Meeting, scheduler: fc.Scheduler): Promise<Stage> {
  const stage = await staged(prepare);
  const playing = actors.map(async (actor, index) => {
    const gate: Gate = async (call, when) => {
      if (when === 'before') await scheduler.schedule(Promise.resolve(), `${index} ${actor.role}: ${call}`);
    };
    await gate('begins', 'before');
    await actor.play(stage, stage.portsOf(actor.role, gate));
  });
  await scheduler.waitFor(Promise.all(playing));
  return stage;
}

describe('however their calls interleave', () => {
  it.each(MEETINGS.map((meeting) => [meeting.name, meeting] as const))(
    '%s',
    async (name, meeting) => {
      const explained = meeting.serial ? await serialEnds(meeting) : null;
      const runs = times(6, meeting.full);
      const ends = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const stage = await meet(meeting, scheduler);
          const end = await endOf(stage);
          ends.add(end);
          await stage.checkNow();
          if (explained && !explained.has(end))
            throw new Error(
              `${end} is none of the ends that an order of them has: ${[...explained].join(' or ')}`,
            );
          await stage.quiesce();
          await stage.checkEnd();
          await stage.outlastHolds();
        }),
        { seed, numRuns: runs },
      );
      tally(`interleavings: ${name}`, { seed, interleavings: runs, 'different ends': ends.size });
    },
    times(150_000, 5 * 3_600_000),
  );
});
