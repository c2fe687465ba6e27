/** Commands: what people, git hosts, queues and bad luck do in a history. */
import * as fc from 'fast-check';
import { activate, lookNow, releaseHold } from '../../lib/pipeline/activate.ts';
import { removeGateway, updateGateway } from '../../lib/pipeline/manage/gateways.ts';
import { rotateHookSecret } from '../../lib/pipeline/manage/hooks.ts';
import { removeLink, updateLink } from '../../lib/pipeline/manage/links.ts';
import { poll } from '../../lib/pipeline/poll.ts';
import { receive } from '../../lib/pipeline/receive.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { CALLER } from '../support/world-of.ts';
import type { Trouble } from './git.ts';
import type { Fate } from './process.ts';
import { type Content, FIRST_PATHS, type Files, type Reference } from './reference.ts';
import { CONFIGURATIONS, FIRST_FILES, REPOSITORY, type Role, type Stage } from './stage.ts';

export type Command = fc.AsyncCommand<Reference, Stage>;

/** One step; its name and arguments are what a failing history is printed as. */
function step<Args extends readonly unknown[]>(
  name: string,
  play: (stage: Stage, ...args: Args) => Promise<void> | void,
): (...args: Args) => Command {
  return (...args) => ({
    check: () => true,
    async run(_model, stage) {
      stage.counts.commands++;
      await play(stage, ...args);
      await stage.checkNow();
    },
    toString: () => `${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`,
  });
}

const pick = <T>(from: Iterable<T>, index: number): T | undefined => {
  const all = [...from];
  return all[index % all.length];
};

const nameOf = (path: string) =>
  path
    .replace(/^.*\//, '')
    .replace(/\.yaml$/, '')
    .replace('policy-config', 'payments');

const without = (files: Files, path: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));

/** The history of the branch. */
export const git = {
  push: step('push', (stage, path: string, limit: number) => {
    stage.push({ ...stage.model.files, [path]: { kind: 'policy', name: nameOf(path), limit } });
  }),
  pushBroken: step('push broken', (stage, path: string, content: Content) => {
    stage.push({ ...stage.model.files, [path]: content });
  }),
  pushOther: step('push something else', (stage, limit: number) => {
    stage.push({ ...stage.model.files, 'README.md': { kind: 'broken', salt: limit } });
  }),
  remove: step('delete a file', (stage, path: string) => stage.push(without(stage.model.files, path))),
  rename: step('rename a file', (stage, path: string, to: string) => {
    const content = stage.model.files[path];
    if (content) stage.push({ ...without(stage.model.files, path), [to]: content });
  }),
  forceTo: step('force-push', (stage, index: number) => {
    stage.moveBranch(pick(stage.model.tips, index) ?? null);
  }),
  forceUnrelated: step('force-push an unrelated history', (stage, limit: number) => {
    stage.moveBranch(null);
    stage.push({ ...FIRST_FILES, 'policy-config.yaml': { kind: 'policy', name: 'payments', limit } });
  }),
  deleteBranch: step('delete the branch', (stage) => stage.moveBranch(null)),
  trouble: step('the host fails', (stage, kind: Trouble, calls: number, retryAfter: number) => {
    stage.git.trouble(kind, calls, retryAfter);
  }),
  lag: step('the host lags', (stage, seconds: number) => stage.git.lag(seconds)),
};

export type Names = 'tip' | 'old' | 'unreachable' | 'nothing';

function commitFor(stage: Stage, names: Names, index: number): string | null {
  if (names === 'tip') return stage.model.tip;
  if (names === 'old') return pick(stage.model.tips, index) ?? null;
  if (names === 'nothing') return null;
  // It exists, and its policies would do: but the branch never named it.
  return stage.git.loose({ 'policy-config.yaml': { kind: 'policy', name: 'payments', limit: 666 } });
}

/** Webhooks, pollers and people that ask for a look. */
export const triggers = {
  deliver: step('deliver', async (stage, names: Names, index: number, times: number, late: boolean) => {
    const secret = stage.secrets[0];
    const hook = stage.hookId;
    if (secret === undefined || hook === null) return;
    const options = { branch: 'main', after: commitFor(stage, names, index), repositoryUrl: REPOSITORY };
    const delivery = signedDelivery('gitea', secret, options);
    const send = async () => {
      await stage.process('webhook', null, (ports) => receive(hook, delivery, ports));
    };
    stage.deliveries.push(send);
    if (!late) for (let time = 0; time < times; time++) await send();
  }),
  replay: step('a delivery comes late, or again', async (stage, index: number) =>
    pick(stage.deliveries, index)?.(),
  ),
  poll: step('poll', async (stage, fate: Fate | null) => {
    await stage.process('poll', fate, (ports) => poll(ports));
  }),
  tick: step('a minute goes by', (stage) => stage.tick()),
  syncNow: step('sync now', async (stage, index: number) => {
    const link = pick(stage.links.values(), index);
    if (link) await stage.process('api', null, (ports) => lookNow(link.sourceId, ports));
  }),
};

/** Time, queues and functions. */
export const machinery = {
  work: step('work', async (stage, index: number, fate: Fate | null) => {
    await stage.work(index, fate);
  }),
  workAll: step('work until nothing is due', (stage) => stage.deliverAll()),
  wake: step('a sleeper wakes', (stage, index: number) => {
    const sleeper = pick(stage.sleepers, index);
    if (!sleeper) return;
    stage.sleepers.splice(stage.sleepers.indexOf(sleeper), 1);
    return sleeper.wake();
  }),
  lose: step('a queue loses a message', (stage, index: number) => {
    const { hints, announcements } = stage.here;
    if (index % 2 === 0 && hints.length > 0) hints.splice(index % hints.length, 1);
    else if (announcements.length > 0) announcements.splice(index % announcements.length, 1);
  }),
  duplicate: step('a queue brings a message again', (stage, index: number, times: number) => {
    const { hints, announcements } = stage.here;
    const hint = pick(hints, index);
    const announcement = pick(announcements, index);
    for (let time = 0; time < times; time++) {
      if (hint) hints.push({ ...hint, due: stage.here.time.at });
      if (announcement) announcements.push(announcement);
    }
  }),
  wait: step('time goes by, and workers work', (stage, seconds: number) => stage.advance(seconds)),
  outage: step('everything of ours is down', (stage, minutes: number) => {
    stage.here.time.at += minutes * 60_000;
  }),
  skew: step('a clock goes wrong', (stage, role: Role, hours: number) => {
    stage.skewHours[role] = hours;
    stage.skewed = true;
  }),
  failSends: step('sends to gateways fail', (stage, count: number) => {
    stage.failingSends = count;
  }),
};

async function activateOne(
  stage: Stage,
  id: string,
  number: number,
  holdMinutes: number | null,
  fate: Fate | null,
): Promise<void> {
  const version = await stage.here.ports.versions.find(id, String(number));
  const until = stage.clockOf('api').now().getTime() + (holdMinutes ?? 0) * 60_000 + stage.counts.commands;
  const hold = holdMinutes === null ? null : { until: new Date(until) };
  const before = stage.model.holdsOf(id);
  // The answer may never come, and the activation may be made all the same.
  const asked = { versionId: version?.id ?? '', until, ended: false };
  if (hold) stage.model.asksForHold(id, asked);
  await stage.process('api', fate, async (ports) => {
    const outcome = await activate(id, String(number), { reason: 'test', hold }, CALLER, ports);
    if (outcome.kind === 'done') stage.model.lifts(id, before);
    asked.ended = true;
  });
}

/** What operators do. */
export const operations = {
  activate: step(
    'activate',
    async (
      stage,
      config: number,
      versions: readonly number[],
      holdMinutes: number | null,
      fate: Fate | null,
    ) => {
      const id = pick(CONFIGURATIONS, config) ?? 'payments';
      const found = await stage.here.ports.configurations.find(id);
      if (!found || found.versions === 0) return;
      // Several versions are several people at once.
      const all = versions.map((version) =>
        activateOne(stage, id, (version % found.versions) + 1, holdMinutes, fate),
      );
      await Promise.all(all);
    },
  ),
  release: step('lift the hold', async (stage, config: number, fate: Fate | null) => {
    const id = pick(CONFIGURATIONS, config) ?? 'payments';
    const before = stage.model.holdsOf(id);
    await stage.process('api', fate, async (ports) => {
      if (await releaseHold(id, CALLER, ports)) stage.model.lifts(id, before);
    });
  }),
  link: step('link', (stage, path: string) => (stage.links.has(path) ? undefined : stage.link(path))),
  unlink: step('unlink', async (stage, path: string) => {
    const link = stage.links.get(path);
    const now = link && (await stage.here.ports.links.find(link.id));
    if (!now) return;
    await stage.process('api', null, (ports) => removeLink(now, CALLER, ports));
    stage.links.delete(path);
    stage.model.links.delete(now.id);
    if (stage.links.size === 0) stage.hookId = null;
  }),
  patch: step('change a link', async (stage, path: string, pollIntervalSeconds: number) => {
    const link = stage.links.get(path);
    const now = link && (await stage.here.ports.links.find(link.id));
    if (now)
      await stage.process('api', null, (ports) => updateLink(now, { pollIntervalSeconds }, CALLER, ports));
  }),
  replaceToken: step('replace the token', async (stage, path: string, accessToken: string) => {
    const link = stage.links.get(path);
    const now = link && (await stage.here.ports.links.find(link.id));
    if (!now) return;
    await stage.process('api', null, (ports) => updateLink(now, { accessToken }, CALLER, ports));
    const after = await stage.here.ports.links.find(now.id);
    if (after) stage.links.set(path, after);
  }),
  rotate: step('rotate the hook secret', async (stage, overlapSeconds: number) => {
    const link = pick(stage.links.values(), 0);
    if (!link) return;
    await stage.process('api', null, async (ports) => {
      const outcome = await rotateHookSecret(link, { secret: null, overlapSeconds }, CALLER, ports);
      if (outcome.kind === 'rotated') stage.secrets.unshift(outcome.secret);
    });
  }),
  register: step('register a gateway', async (stage, config: number) => {
    const id = pick(CONFIGURATIONS, config) ?? 'payments';
    const gateway = await stage.here.gateway(id);
    // It asks as it starts.
    const read = (await stage.here.ports.configurations.find(id))?.announced?.manifest ?? null;
    stage.gateways.push({ gateway, read, lost: false });
  }),
  rebind: step('bind a gateway anew', async (stage, index: number, config: number) => {
    const one = pick(stage.gateways, index);
    const configurationId = pick(CONFIGURATIONS, config) ?? null;
    const found = one && (await stage.here.ports.gateways.find(one.gateway.id));
    if (!found) return;
    // Telling it is best effort: it asks on a timer.
    if (stage.failingSends > 0) one.lost = true;
    await stage.process('api', null, async (ports) => {
      const after = await updateGateway(found, { configurationId }, CALLER, ports);
      if (after !== 'conflict') one.gateway = after;
    });
  }),
  removeGateway: step('remove a gateway', async (stage, index: number) => {
    const one = pick(stage.gateways, index);
    if (!one) return;
    stage.gateways.splice(stage.gateways.indexOf(one), 1);
    await stage.process('api', null, (ports) => removeGateway(one.gateway, CALLER, ports));
  }),
  loseReloads: step('a gateway is away for fifteen days', (stage, index: number) => {
    const one = pick(stage.gateways, index);
    if (!one) return;
    stage.here.reloads.get(one.gateway.queueName)?.splice(0);
    one.lost = true;
  }),
};

const path = fc.constantFrom(...FIRST_PATHS);
const linked = fc.constantFrom('policy-config.yaml', 'team/');
const limit = fc.integer({ min: 1, max: 4 });
const index = fc.nat({ max: 30 });
const fate: fc.Arbitrary<Fate | null> = fc.option(
  fc.record({
    kind: fc.constantFrom('dies' as const, 'falls asleep' as const),
    at: fc.integer({ min: 1, max: 25 }),
    when: fc.constantFrom('before' as const, 'after' as const),
  }),
);
const rarely = <T>(arbitrary: fc.Arbitrary<T>, otherwise: T) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary });
const broken = fc.oneof(
  fc.record({ kind: fc.constant('broken' as const), salt: limit }),
  fc.constant({ kind: 'symlink' as const }),
);

const weighted: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
  [8, fc.tuple(path, limit).map((of) => git.push(...of))],
  [2, fc.tuple(path, broken).map((of) => git.pushBroken(...of))],
  [1, limit.map((of) => git.pushOther(of))],
  [2, path.map((of) => git.remove(of))],
  [2, fc.tuple(path, fc.constantFrom('team/renamed.yaml', 'renamed.yaml')).map((of) => git.rename(...of))],
  [3, index.map((of) => git.forceTo(of))],
  [1, limit.map((of) => git.forceUnrelated(of))],
  [1, fc.constant(git.deleteBranch())],
  [
    2,
    fc
      .tuple(
        fc.constantFrom<Trouble>('limited', 'limited, unsaid', 'unauthorized', 'missing', 'broken', 'hangs'),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 30, 600, 7200),
      )
      .map((of) => git.trouble(...of)),
  ],
  [1, fc.integer({ min: 1, max: 60 }).map((of) => git.lag(of))],
  [
    8,
    fc
      .tuple(
        fc.constantFrom<Names>('tip', 'tip', 'tip', 'old', 'unreachable', 'nothing'),
        index,
        rarely(fc.integer({ min: 1, max: 20 }), 1),
        rarely(fc.boolean(), false),
      )
      .map((of) => triggers.deliver(...of)),
  ],
  [3, index.map((of) => triggers.replay(of))],
  [2, rarely(fate, null).map((of) => triggers.poll(of))],
  [2, fc.constant(triggers.tick())],
  [2, index.map((of) => triggers.syncNow(of))],
  [10, fc.tuple(index, fate).map((of) => machinery.work(...of))],
  [3, fc.constant(machinery.workAll())],
  [4, index.map((of) => machinery.wake(of))],
  [2, index.map((of) => machinery.lose(of))],
  [2, fc.tuple(index, fc.integer({ min: 1, max: 5 })).map((of) => machinery.duplicate(...of))],
  [3, fc.constantFrom(1, 5, 30, 80).map((of) => machinery.wait(of))],
  [2, fc.constantFrom(1, 2, 11, 300, 3 * 1440).map((of) => machinery.outage(of))],
  [1, fc.integer({ min: 1, max: 6 }).map((of) => machinery.failSends(of))],
  [
    6,
    fc
      .tuple(
        fc.nat({ max: 2 }),
        fc.array(index, { minLength: 1, maxLength: 2 }),
        fc.option(fc.constantFrom(1, 3, 60)),
        rarely(fate, null),
      )
      .map((of) => operations.activate(...of)),
  ],
  [2, fc.tuple(fc.nat({ max: 2 }), rarely(fate, null)).map((of) => operations.release(...of))],
  [3, linked.map((of) => operations.link(of))],
  [1, linked.map((of) => operations.unlink(of))],
  [1, fc.tuple(linked, fc.constantFrom(30, 60, 3600)).map((of) => operations.patch(...of))],
  [1, fc.constantFrom(0, 3600).map((of) => operations.rotate(of))],
  [1, fc.nat({ max: 2 }).map((of) => operations.register(of))],
  [1, fc.tuple(index, fc.nat({ max: 2 })).map((of) => operations.rebind(...of))],
  [1, index.map((of) => operations.removeGateway(of))],
  [1, index.map((of) => operations.loseReloads(of))],
];

const rare: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
  [1, fc.tuple(linked, fc.constantFrom('secret-1', 'secret-2')).map((of) => operations.replaceToken(...of))],
];

const skews = fc
  .tuple(
    fc.constantFrom<Role>('sync', 'fan-out', 'poll', 'webhook', 'api'),
    fc.integer({ min: -24, max: 24 }),
  )
  .map((of) => machinery.skew(...of));

const repeated = (all: readonly (readonly [number, fc.Arbitrary<Command>])[]) =>
  all.flatMap(([weight, arbitrary]) => Array.from({ length: weight }, () => arbitrary));

const MOST = 40;

export const histories = fc.commands([...repeated(weighted), ...repeated(rare)], {
  maxCommands: MOST,
  size: 'max',
});

/** The same, on machines whose clocks are wrong by up to a day. */
export const skewedHistories = fc.commands(
  [...repeated(weighted), ...Array.from({ length: 8 }, () => skews)],
  {
    maxCommands: MOST,
    size: 'max',
  },
);
