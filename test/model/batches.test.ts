/** Batches of the queues, through the functions themselves: what is wrong with one message is wrong with that one alone. */
import { describe, expect, it } from 'vitest';
import { syncHandler } from '../../functions/sync/handler.ts';
import { FaultPoint, type PlannedFault } from '../support/faults.ts';
import { policy } from '../support/policy.ts';
import { batchOf, type Functions, functionsOver, redeliver } from './crash/functions.ts';
import { immutableRows, rowsIn, wrongIn } from './crash/integrity.ts';
import { FILE, type Stage, settle, stage } from './crash/stage.ts';

const url = (one: number) => `https://git.example/acme/other-${one}.git`;

/** Ten sources, each with a push that waits for its message. */
async function tenPushes(): Promise<Stage & { readonly sources: readonly string[] }> {
  const at = await stage();
  const sources: string[] = [];
  for (let one = 0; one < 10; one++) {
    at.here.git.at(url(one)).commit({ [FILE]: policy({ name: `other-${one}` }) });
    const { link } = await at.here.link(url(one));
    sources.push(link.sourceId);
  }
  await settle(at.here);
  for (let one = 0; one < 10; one++)
    at.here.git.at(url(one)).commit({ [FILE]: policy({ name: `other-${one}`, limit: 5 }) });
  return { ...at, sources };
}

const hintTo = async ({ here }: Stage, source: string) => {
  const wanted = (await here.ports.sources.hint(source, here.ports.clock.now()))?.wanted;
  return { source, why: 'hint' as const, commit: null, attempt: 0, wanted };
};

const versionsOf = ({ here }: Stage, id: string) =>
  rowsIn(here).filter(({ pk, sk }) => pk === `CONFIG#${id}` && sk.startsWith('VERSION#')).length;
const published = (at: Stage) => Array.from({ length: 10 }, (_, one) => versionsOf(at, `other-${one}`));
const bodies = (messages: readonly object[]) => messages.map((message) => JSON.stringify(message));

describe('a batch of ten', () => {
  it.each([
    ['that is no JSON', () => '{"source":'],
    ['of another shape', () => '{"why":"hint"}'],
    ['that is null', () => 'null'],
    ['nested a thousand deep', () => `${'['.repeat(1000)}${']'.repeat(1000)}`],
  ])('with a message %s commits the nine others once, and gives that one back', async (_what, poison) => {
    const at = await tenPushes();
    const messages = await Promise.all(at.sources.slice(1).map((source) => hintTo(at, source)));
    const handle = syncHandler(at.here.ports);
    const event = batchOf([poison(), ...bodies(messages)]);
    for (const _delivery of ['first', 'second']) {
      expect(await handle(event)).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
      expect(published(at)).toEqual([1, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    }
    await settle(at.here);
    expect(wrongIn(at.here)).toEqual([]);
  });

  it('with a document that no parser likes commits the nine others, and says on the link what is wrong', async () => {
    const at = await tenPushes();
    at.here.git.at(url(0)).commit({ [FILE]: `${'['.repeat(1000)}${']'.repeat(1000)}` });
    const messages = await Promise.all(at.sources.map((source) => hintTo(at, source)));
    expect(await syncHandler(at.here.ports)(batchOf(bodies(messages)))).toEqual({ batchItemFailures: [] });
    expect(published(at)).toEqual([1, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    await settle(at.here);
    expect(wrongIn(at.here)).toEqual([]);
  });

  it('whose process is aborted at any call of it commits every push once when it comes again', async () => {
    const at = await tenPushes();
    const count = 12;
    for (let one = 0; one < count; one++) {
      for (let other = 0; other < 10; other++)
        at.here.git.at(url(other)).commit({ [FILE]: policy({ name: `other-${other}`, limit: 200 + one }) });
      const before = immutableRows(at.here);
      const messages = await Promise.all(at.sources.map((source) => hintTo(at, source)));
      const point = new FaultPoint({
        at: 5 + one * 14,
        kind: 'abort',
        when: one % 2 === 0 ? 'before' : 'after',
      });
      const dying = functionsOver(at.here, point);
      at.here.hints.push(...messages.map((message) => ({ message, due: at.here.time.at })));
      await Promise.race([dying.work(), point.died]);
      expect(point.dead).toBe(true);
      redeliver(at.here, dying);
      await settle(at.here);
      expect(wrongIn(at.here, before)).toEqual([]);
    }
    expect(published(at)).toEqual(Array.from({ length: 10 }, () => count + 1));
  });

  it('of one message ten times makes one run', async () => {
    const at = await tenPushes();
    const message = await hintTo(at, at.sources[0] ?? '');
    const handle = syncHandler(at.here.ports);
    at.here.facts.length = 0;
    expect(await handle(batchOf(bodies(Array.from({ length: 10 }, () => message))))).toEqual({
      batchItemFailures: [],
    });
    expect(versionsOf(at, 'other-0')).toBe(2);
    const read = at.here.facts.filter(
      ({ name, fields }) => name === 'sync.done' && fields['kind'] === 'synced',
    );
    expect(read).toHaveLength(1);
  });
});

/** A push, its message, and a process in which something happens at one of its calls. */
async function pushWith(
  at: Stage,
  planned: PlannedFault,
): Promise<{ functions: Functions; point: FaultPoint }> {
  const { sourceId } = (await at.here.ports.links.find(at.linkId)) ?? { sourceId: '' };
  at.here.hints.push({ message: await hintTo(at, sourceId), due: at.here.time.at });
  const point = new FaultPoint(planned, true);
  const functions = functionsOver(at.here, point);
  await Promise.race([functions.work(), point.died]);
  return { functions, point };
}

describe('a function that times out', () => {
  it.each([
    [
      'after the version was written, before anybody was told',
      'aws/dynamo-configurations#move < pipeline/publish#move',
      'after',
    ],
    ['before the version was written', 'aws/dynamo-configurations#move < pipeline/publish#move', 'before'],
    ['before the announcement was asked for', 'aws/sqs#sendAll < pipeline/announce#announce', 'before'],
    ['before the run was ended', 'aws/dynamo-sources#fenced < pipeline/run#finish', 'before'],
    ['after the run was ended', 'aws/dynamo-sources#fenced < pipeline/run#finish', 'after'],
    [
      'before the announcement was recorded',
      'aws/dynamo-announcements#record < pipeline/fan-out#announce',
      'before',
    ],
    [
      'after the announcement was recorded',
      'aws/dynamo-announcements#record < pipeline/fan-out#announce',
      'after',
    ],
    ['before the mark was removed', 'aws/dynamo-announcements#done < pipeline/fan-out#close', 'before'],
  ] as const)('%s leaves it to the next one', async (_what, site, when) => {
    const healthy = await stage();
    healthy.repository.commit({ [FILE]: policy({ limit: 2 }) });
    const { point } = await pushWith(healthy, { at: -1, kind: 'abort', when });
    const call = point.calls.find((one) => one.site === site);
    const at = await stage();
    at.repository.commit({ [FILE]: policy({ limit: 2 }) });
    const before = immutableRows(at.here);
    const dead = await pushWith(at, { at: call?.number ?? -1, kind: 'abort', when });
    expect(dead.point.dead).toBe(true);
    // Its message is shown again while a second worker is at it, and once more after that.
    for (const _delivery of ['first', 'second']) {
      at.here.time.at += 90_000;
      at.here.hints.push(...dead.functions.returned.hints.map((message) => ({ message, due: 0 })));
      at.here.announcements.push(...dead.functions.returned.announcements);
      await functionsOver(at.here, new FaultPoint()).work();
    }
    await settle(at.here);
    expect(wrongIn(at.here, before)).toEqual([]);
    expect(versionsOf(at, 'payments')).toBe(2);
  });
});

describe('two workers with the same message', () => {
  it('publish once, whichever of them was asleep, and for how long', async () => {
    for (const asleepFor of [1_000, 74_000, 76_000, 600_000]) {
      const at = await stage();
      at.repository.commit({ [FILE]: policy({ limit: 2 }) });
      const { sourceId } = (await at.here.ports.links.find(at.linkId)) ?? { sourceId: '' };
      const message = await hintTo(at, sourceId);
      const [asleep, wake] = gate();
      const [reached, reach] = gate();
      const { git } = at.here;
      at.here.below.git = {
        resolve: git.resolve,
        read: async (request) => {
          reach();
          await asleep;
          return git.read(request);
        },
      };
      const first = functionsOver(at.here, new FaultPoint());
      at.here.hints.push({ message, due: 0 });
      const sleeping = first.work();
      await reached;
      at.here.time.at += asleepFor;
      at.repository.commit({ [FILE]: policy({ limit: 3 }) });
      at.here.below.git = git;
      const second = functionsOver(at.here, new FaultPoint());
      at.here.hints.push({ message, due: 0 });
      await second.work();
      wake();
      await sleeping;
      redeliver(at.here, first);
      redeliver(at.here, second);
      await settle(at.here);
      expect(wrongIn(at.here)).toEqual([]);
    }
  });
});

describe('a dead letter', () => {
  it('that is sent on twice changes nothing that was done since', async () => {
    const at = await stage();
    const { sourceId } = (await at.here.ports.links.find(at.linkId)) ?? { sourceId: '' };
    const letter = await hintTo(at, sourceId);
    const old = { configuration: 'payments', sequence: 1, after: null };
    for (const limit of [2, 3, 4]) {
      at.repository.commit({ [FILE]: policy({ limit }) });
      await settle(at.here);
    }
    const before = {
      versions: versionsOf(at, 'payments'),
      sequence: (await at.here.configuration('payments')).sequence,
      told: at.here.reloads.get([...at.here.reloads.keys()][0] ?? '')?.length,
    };
    for (const _redrive of ['first', 'second']) {
      at.here.time.at += 14 * 24 * 3_600_000;
      at.here.hints.push({ message: letter, due: 0 });
      at.here.announcements.push(old);
      await functionsOver(at.here, new FaultPoint()).work();
    }
    const after = {
      versions: versionsOf(at, 'payments'),
      sequence: (await at.here.configuration('payments')).sequence,
      told: at.here.reloads.get([...at.here.reloads.keys()][0] ?? '')?.length,
    };
    expect(after).toEqual(before);
    expect(wrongIn(at.here)).toEqual([]);
  });
});

function gate(): readonly [Promise<void>, () => void] {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, open];
}
