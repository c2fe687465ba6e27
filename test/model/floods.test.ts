/** Many at once: bursts of hints, hosts that want to be left alone, fleets whose queues fail, late replays, rows that are damaged. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { Fault } from '../../lib/domain/fault.ts';
import { sha256Hex } from '../../lib/domain/ids.ts';
import type { HookProvider } from '../../lib/domain/provider.ts';
import { activate } from '../../lib/pipeline/activate.ts';
import { fanOut } from '../../lib/pipeline/fan-out.ts';
import { createLink } from '../../lib/pipeline/manage/links.ts';
import { poll } from '../../lib/pipeline/poll.ts';
import { receive } from '../../lib/pipeline/receive.ts';
import { sync } from '../../lib/pipeline/sync.ts';
import type { MemoryGit } from '../fakes/memory-git.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { type MemoryWorld, memoryWorld } from '../support/memory-world.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { policy } from '../support/world.ts';
import { CALLER, LINK } from '../support/world-of.ts';

const seed = seedOf(20_260_303);
const FILE = 'policy-config.yaml';
const REPOSITORY = 'http://git.example/floods.git';

async function linked(provider: HookProvider = 'gitea') {
  const here = await memoryWorld();
  const git = here.git.at(REPOSITORY);
  git.commit({ [FILE]: policy({ limit: 1 }) });
  const { link, hook, secret } = await here.link(REPOSITORY, { provider });
  const deliver = (after: string | null, at?: Date) => {
    const options = { branch: 'main', after, repositoryUrl: REPOSITORY, ...(at ? { at } : {}) };
    const delivery = signedDelivery(provider, secret ?? '', options);
    return () => receive(hook?.id ?? '', delivery, here.ports);
  };
  return { here, git, link, deliver };
}

/** Counts what a host is asked, and lets a test answer in its place. */
function counted(here: MemoryWorld, before: () => Promise<void> | void = () => {}) {
  const asked = { resolves: 0, reads: 0 };
  const { git } = here.ports;
  const host: typeof git = {
    async resolve(...of) {
      asked.resolves++;
      await before();
      return git.resolve(...of);
    },
    async read(...of) {
      asked.reads++;
      await before();
      return git.read(...of);
    },
  };
  Object.assign(here.ports, { git: host });
  return asked;
}

describe('a burst of hints', () => {
  it('of a thousand deliveries during a run asks the host twice, and once more behind it', async () => {
    const { here, git, deliver } = await linked();
    let answers: () => void = () => {};
    const asks = new Promise<void>((resolve) => {
      answers = resolve;
    });
    const asked = counted(here, () => asks);
    const tip = git.commit({ [FILE]: policy({ limit: 2 }) });
    const again = deliver(tip);
    await again();
    const first = here.hints.shift();
    if (!first) throw new Error('no hint');
    const running = sync(first.message, here.ports);
    for (let time = 0; time < 1000; time++) await again();
    // All of them are taken while the run is under way: nobody else may have the source.
    const workers = here.hints.splice(0).map(({ message }) => sync(message, here.ports));
    await Promise.all(workers);
    const inFlight = asked.resolves;
    answers();
    await running;
    await here.advance(70);
    expect(inFlight).toBeLessThanOrEqual(2);
    expect(asked.resolves - inFlight).toBeLessThanOrEqual(1);
    expect(await here.configuration('payments')).toMatchObject({ head: { commit: tip }, versions: 2 });
    tally('I13 hints coalesced', {
      hints: 1001,
      'tip reads in flight': inFlight,
      behind: asked.resolves - inFlight,
    });
  });
});

describe('politeness', () => {
  it('a push that touches every link of one repository costs what one link on each of its branches costs', async () => {
    const here = await memoryWorld();
    const git = here.git.at(REPOSITORY);
    // A branch has at most 2,000.
    const branches = ['main', 'staging', 'production'];
    const each = times(30, 1667);
    const names = branches.flatMap((branch) =>
      Array.from({ length: each }, (_, i) => ({ branch, id: `${branch}-${i}`, path: `${branch}/${i}.yaml` })),
    );
    const files = (limit: number) =>
      Object.fromEntries(names.map(({ id, path }, i) => [path, policy({ id, limit: limit + (i % 7) })]));
    git.commit(files(1));
    let hook: { readonly id: string; readonly secret: string } | null = null;
    for (const { branch, path } of names) {
      const wish = { ...LINK, repoUrl: REPOSITORY, provider: 'gitea' as const, branch, path };
      const made = await createLink(wish, CALLER, here.ports);
      if (made.kind !== 'linked') throw new Error(made.kind);
      if (made.hook && made.secret) hook = { id: made.hook.id, secret: made.secret };
    }
    await here.advance(2);
    for (const { id } of names) expect(await here.configuration(id)).toMatchObject({ versions: 1 });
    const asked = counted(here);
    const after = git.commit(files(2));
    for (const branch of branches) {
      const delivery = signedDelivery('gitea', hook?.secret ?? '', {
        branch,
        after,
        repositoryUrl: REPOSITORY,
      });
      expect(await receive(hook?.id ?? '', delivery, here.ports)).toMatchObject({ kind: 'queued' });
    }
    await here.deliver();
    for (const { id } of names) expect(await here.configuration(id)).toMatchObject({ versions: 2 });
    expect(asked.resolves + asked.reads).toBeLessThanOrEqual(2 * branches.length);
    tally('I14 mass push', { links: names.length, 'calls to the host': asked.resolves + asked.reads });
  });

  it('no source of a host asks it before it wants to be asked, whoever was told', async () => {
    const runs = times(3, 200);
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            after: fc.integer({ min: 1, max: 120 }),
            wait: fc.constantFrom(null, 1, 45, 300, 5000),
          }),
          { maxLength: 8 },
        ),
        async (limits) => {
          const here = await memoryWorld();
          const urls = Array.from({ length: 8 }, (_, i) => `http://git.example/r${i}.git`);
          for (const [i, url] of urls.entries()) {
            here.git.at(url).commit({ [FILE]: policy({ name: `r${i}` }) });
            await here.link(url);
          }
          let until = 0;
          let tooEarly = 0;
          let next = limits[0]?.after ?? Number.POSITIVE_INFINITY;
          const left = [...limits];
          counted(here, () => {
            calls++;
            if (here.time.at < until) tooEarly++;
            if (--next > 0) return;
            const wait = left.shift()?.wait ?? null;
            next = left[0]?.after ?? Number.POSITIVE_INFINITY;
            until = here.time.at + (wait ?? 60) * 1000;
            throw new Fault('rate_limited', '429', { retryAfter: wait });
          });
          for (let minute = 0; minute < 20; minute++) {
            const url = urls[minute % urls.length] ?? '';
            here.git
              .at(url)
              .commit({ [FILE]: policy({ name: `r${minute % urls.length}`, limit: minute + 2 }) });
            await here.tick();
          }
          expect(tooEarly).toBe(0);
        },
      ),
      { seed, numRuns: runs },
    );
    tally('I14 politeness', { seed, histories: runs, 'calls to the host': calls });
  });
});

describe('a fleet', () => {
  it('of a thousand gateways whose queues fail, repeat and reorder is told all the same', async () => {
    const fleet = 1100;
    const runs = times(1, 20);
    let sends = 0;
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(0, 0.1, 0.5, 0.9, 1), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat({ max: 999 })),
        async (rates, luck) => {
          const { here, git } = await linked();
          const gateways = [];
          for (let i = 0; i < fleet; i++) gateways.push(await here.gateway('payments'));
          const { reloads } = here.ports;
          let rate = 0;
          const send: typeof reloads.send = (queue, message) => {
            sends++;
            if ((luck.next().value ?? 0) >= rate * 1000) return reloads.send(queue, message);
            failed++;
            return Promise.reject(new Error('SQS did not take it'));
          };
          Object.assign(here.ports, { reloads: { ...reloads, send } });
          for (const [i, one] of rates.entries()) {
            rate = one;
            git.commit({ [FILE]: policy({ limit: i + 2 }) });
            here.time.at += 60_000;
            await poll(here.ports);
            for (const { message } of here.hints.splice(0)) await sync(message, here.ports);
            // Five of each, in any order; what fails goes to the dead-letter queue.
            for (let round = 0; round < 3 && here.announcements.length > 0; round++) {
              const messages = here.announcements
                .splice(0)
                .flatMap((message) => Array(round === 0 ? 5 : 1).fill(message));
              const order = messages.toSorted(() => ((luck.next().value ?? 0) % 2) - 0.5);
              for (const message of order) await fanOut(message, here.ports).catch(() => {});
            }
          }
          rate = 0;
          for (let minute = 0; minute < 3; minute++) await here.tick();
          const { sequence, active } = await here.configuration('payments');
          const stale = gateways.filter((gateway) => {
            const told = here
              .reloadsOf(gateway)
              .reduce((most, { manifest }) => Math.max(most, manifest.sequence), 0);
            return told !== sequence;
          });
          expect(active?.number).toBe(rates.length + 1);
          expect(stale).toEqual([]);
          expect(await here.ports.announcements.find('payments')).toBeNull();
        },
      ),
      { seed, numRuns: runs },
    );
    tally('I8 fleet', { seed, histories: runs, gateways: fleet, sends, 'failed sends': failed });
  });
});

describe('a delivery that is replayed', () => {
  it.each(['gitea', 'github', 'bitbucket', 'gitlab'] as const)(
    'has no effect, however late: %s',
    async (provider) => {
      const { here, git, link, deliver } = await linked(provider);
      const pushes = Array.from({ length: 3 }, (_, i) => git.commit({ [FILE]: policy({ limit: i + 2 }) }));
      const seen = pushes.map((commit) => deliver(commit));
      for (const send of seen) await send();
      await here.tick();
      const gateway = await here.gateway('payments');
      await activate(
        'payments',
        '1',
        { reason: 'test', hold: { until: new Date(here.time.at + 45 * 86_400_000) } },
        CALLER,
        here.ports,
      );
      await here.tick();
      const before = await here.configuration('payments');
      const told = here.reloadsOf(gateway).length;
      const events = await here.eventTypes('payments');
      let replays = 0;
      for (const minutes of [11, 3 * 1440, 30 * 1440]) {
        here.time.at += minutes * 60_000;
        await here.tick();
        for (let time = 0; time < times(2, 50); time++) {
          for (const send of seen) {
            await send();
            replays++;
          }
          await here.advance(50);
        }
      }
      expect(await here.configuration('payments')).toEqual(before);
      expect(here.reloadsOf(gateway)).toHaveLength(told);
      expect(await here.eventTypes('payments')).toEqual(events);
      expect((await here.linkNow(link.id)).status).toBe('synced');
      tally(`I18 late replays: ${provider}`, { replays });
    },
  );
});

describe('rows that are damaged', () => {
  it('one link in a hundred, delay no other link by more than two poll intervals', async () => {
    const here = await memoryWorld();
    const count = times(200, 1000);
    const links = [];
    for (let i = 0; i < count; i++) {
      // Ten links of one branch, so that damaged ones have neighbours.
      const url = `http://git${i % 7}.example/r${Math.floor(i / 10)}.git`;
      const path = `p${i}.yaml`;
      const git = here.git.at(url);
      const files = git.filesAt(git.tip() ?? '');
      git.commit({ ...files, [path]: policy({ name: `p${i}` }) });
      const { link } = await here.link(url, { path });
      links.push({ link, git, path, name: `p${i}` });
    }
    for (let minute = 0; minute < 2; minute++) await here.tick();
    const { client, name: TableName } = here.ports.table;
    const damaged = links.filter((_, i) => i % 100 === 42);
    for (const { link } of damaged) {
      const Key = marshall(keyOf.link(link.sourceId, link.id));
      const UpdateExpression = 'SET #n = :v';
      const ExpressionAttributeNames = { '#n': 'nonsense' };
      const ExpressionAttributeValues = marshall({ ':v': true });
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression,
          ExpressionAttributeNames,
          ExpressionAttributeValues,
        }),
      );
    }
    for (const { git, path, name } of links)
      git.commit({ ...git.filesAt(git.tip() ?? ''), [path]: policy({ name, limit: 77 }) });
    for (let interval = 0; interval < 2; interval++) await here.tick();
    const late = [];
    for (const { name, link } of links) {
      if (damaged.some((one) => one.link === link)) continue;
      if ((await here.configuration(name)).versions !== 2) late.push(name);
    }
    expect(late).toEqual([]);
    tally('I19 damaged rows', { links: count, damaged: damaged.length });
  });
});

describe('triggers', () => {
  const pushes = fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 20 });
  const runs = times(10, 500);

  it('webhooks alone, with a poller that is dead, bring every push; the poller brings what was lost when it is back', async () => {
    await fc.assert(
      fc.asyncProperty(
        pushes,
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        async (limits, lost) => {
          const { here, git, deliver } = await linked();
          for (const [i, limit] of limits.entries()) {
            const send = deliver(git.commit({ [FILE]: policy({ limit }) }));
            if (lost[i]) continue;
            await send();
            await here.advance(3);
            expect(await here.configuration('payments')).toMatchObject({
              head: { contentHash: hashOf(git) },
            });
          }
          for (let minute = 0; minute < 2; minute++) await here.tick();
          expect(await here.configuration('payments')).toMatchObject({
            active: { contentHash: hashOf(git) },
          });
        },
      ),
      { seed, numRuns: runs },
    );
    tally('triggers: webhooks alone, poller dead', { seed, histories: runs });
  });

  it('polls alone, with every webhook lost, bring every push within an interval', async () => {
    await fc.assert(
      fc.asyncProperty(pushes, async (limits) => {
        const { here, git } = await linked();
        await here.tick();
        for (const limit of limits) {
          git.commit({ [FILE]: policy({ limit }) });
          await here.tick();
          await here.advance(1);
          expect(await here.configuration('payments')).toMatchObject({
            active: { contentHash: hashOf(git) },
          });
        }
      }),
      { seed, numRuns: runs },
    );
    tally('triggers: polls alone, webhooks lost', { seed, histories: runs });
  });
});

function hashOf(git: MemoryGit): string {
  return sha256Hex(git.filesAt(git.tip() ?? '')[FILE] ?? '');
}
