/** The audit log: every event once, in order, in pages, by day and by configuration, and of one team. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { put, transact } from '../../lib/aws/dynamo.ts';
import { eventItem } from '../../lib/aws/dynamo-events.ts';
import { decisionEvent } from '../../lib/domain/decision.ts';
import { type Event, newEvent } from '../../lib/domain/event.ts';
import type { EventQuery } from '../../lib/ports.ts';
import { decision } from '../support/decisions.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

type Here = Awaited<ReturnType<World['fresh']>>;
const DAY = 86_400_000;
const ANY = { type: null, gatewayId: null, verdict: null } as const;

async function write(here: Here, events: readonly Event[]) {
  for (let from = 0; from < events.length; from += 100) {
    const part = events.slice(from, from + 100);
    await transact(
      here.ports.table,
      part.map((event) => put(here.ports.table, eventItem(event))),
    );
  }
}

const made = (at: number, more: Partial<Event> = {}) =>
  newEvent(new Date(at), {
    type: 'version.published',
    actor: 'sync',
    team: 'default',
    configurationId: 'payments',
    detail: {},
    ...more,
  });

/** Follows the cursors to the end; no more pages than `most`. */
async function all(here: Here, query: Partial<EventQuery> & { since: Date }, most = 200) {
  const found: Event[] = [];
  const sizes: number[] = [];
  let after: string | null = null;
  for (let page = 0; page < most; page++) {
    const { items, next } = await here.ports.events.list({
      configurationId: null,
      team: null,
      ...ANY,
      limit: 10,
      ...query,
      after,
    });
    found.push(...items);
    sizes.push(items.length);
    if (next === null) return { found, sizes };
    after = next;
  }
  throw new Error('the pages never end');
}

describe('events', () => {
  it('come oldest first, each once, across days and shards, whatever the page size', async () => {
    const here = await world.fresh();
    const now = here.time.at;
    const events = Array.from({ length: 57 }, (_, i) => made(now - 5 * DAY + i * 0.087 * DAY));
    await write(here, events);
    const since = new Date(now - 6 * DAY);
    for (const limit of [1, 7, 19, 57, 200]) {
      const { found, sizes } = await all(here, { since, limit });
      expect(found.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    }
  });

  it('of a configuration do not end where a page happens to be full', async () => {
    const here = await world.fresh();
    const events = Array.from({ length: 430 }, (_, i) => made(here.time.at - DAY + i * 1000));
    await write(here, events);
    const since = new Date(here.time.at - 2 * DAY);
    for (const limit of [100, 200, 400]) {
      const { found } = await all(here, { since, limit, configurationId: 'payments' });
      expect(found.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    }
  });

  it('begin at the time asked for, by day and by configuration', async () => {
    const here = await world.fresh();
    const events = Array.from({ length: 20 }, (_, i) => made(here.time.at - 20 * 60_000 + i * 60_000));
    await write(here, events);
    for (const configurationId of [null, 'payments']) {
      const since = new Date(here.time.at - 10 * 60_000);
      const { found } = await all(here, { since, configurationId });
      expect(found.map(({ id }) => id)).toEqual(events.slice(10).map(({ id }) => id));
    }
  });

  it('of a configuration are read from that time on, not from its first day', async () => {
    const here = await world.fresh();
    await write(
      here,
      Array.from({ length: 1000 }, (_, i) => made(here.time.at - 300 * DAY + i * 1000)),
    );
    await write(here, [made(here.time.at - 1000)]);
    const { client } = here.ports.table;
    const queries: string[] = [];
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          queries.push(commandName ?? '');
          return next(args);
        },
      { name: 'count', step: 'initialize' },
    );
    const since = new Date(here.time.at - DAY);
    const { found } = await all(here, { since, configurationId: 'payments' });
    client.middlewareStack.remove('count');
    expect(found).toHaveLength(1);
    expect(queries).toHaveLength(1);
  });

  it('of one kind or team are all found behind many others, in pages that may be empty', async () => {
    const here = await world.fresh();
    const noise = Array.from({ length: 900 }, (_, i) => made(here.time.at - DAY + i * 1000));
    const wanted = [made(here.time.at - DAY + 900_500), made(here.time.at - 1000)].map((event) => ({
      ...event,
      type: 'hold.set' as const,
      team: 'other',
    }));
    await write(here, [...noise, ...wanted]);
    const since = new Date(here.time.at - 2 * DAY);
    for (const configurationId of [null, 'payments']) {
      for (const filter of [{ type: 'hold.set' as const }, { team: 'other' }]) {
        const { found } = await all(here, { since, configurationId, ...filter });
        expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
      }
    }
  });

  it('of a rare kind are found behind months of others', async () => {
    const here = await world.fresh();
    const noise = Array.from({ length: 120 }, (_, i) => made(here.time.at - (120 - i) * DAY));
    const rare = { ...made(here.time.at - 1000), type: 'hold.set' as const };
    await write(here, [...noise, rare]);
    const since = new Date(here.time.at - 200 * DAY);
    const { found, sizes } = await all(here, { since, type: 'hold.set' });
    expect(found.map(({ id }) => id)).toEqual([rare.id]);
    expect(sizes.length).toBeGreaterThan(1);
  });

  it('of another team are not reached by any cursor', async () => {
    const here = await world.fresh();
    const theirs = made(here.time.at - 1000, { team: 'theirs', configurationId: 'secret' });
    await write(here, [theirs]);
    const forge = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
    const cursors = [
      null,
      forge({ id: '', at: '' }),
      forge({ id: theirs.id, at: theirs.at }),
      forge({ id: 'evt_0', at: '2020-01-01T00:00:00.000Z' }),
      forge({ id: 'evt_0', at: 'zzz' }),
      forge({ id: 'evt_0', at: '9999-99-99' }),
      forge(['x']),
      'no cursor',
    ];
    for (const after of cursors) {
      for (const configurationId of [null, 'secret']) {
        const since = new Date(here.time.at - DAY);
        const query = { ...ANY, since, configurationId, team: 'ours', limit: 10, after };
        expect((await here.ports.events.list(query)).items).toEqual([]);
      }
    }
  });

  describe('and decisions', () => {
    /** By a few gateways, one of them much busier than the rest, over the time for which they are kept. */
    const decided = (now: number) =>
      Array.from({ length: 240 }, (_, i) =>
        decisionEvent(
          decision({ verdict: i % 20 === 0 ? 'block' : 'allow' }),
          { id: i % 3 === 0 ? `gw_${i % 7}` : 'gw_busy', team: i % 2 ? 'red' : 'blue', actor: 'token:t' },
          new Date(now - 1.9 * DAY + i * 0.0075 * DAY),
        ),
      );

    it('come in order of time, each once, whatever is asked for and however large the pages are', async () => {
      const here = await world.fresh();
      const now = here.time.at;
      const decisions = decided(now);
      const audit = Array.from({ length: 40 }, (_, i) =>
        made(now - 1.9 * DAY + i * 0.045 * DAY, i % 2 ? { gatewayId: 'gw_busy', team: 'red' } : {}),
      );
      expect(await here.ports.decisions.add(decisions.toReversed())).toBe(240);
      await write(here, audit);
      const every = [...decisions, ...audit].sort((a, b) => (a.id < b.id ? -1 : 1));
      const since = new Date(now - 3 * DAY);
      const questions: [Partial<EventQuery>, (event: Event) => boolean][] = [
        [{}, () => true],
        [{ type: 'decision' }, ({ type }) => type === 'decision'],
        [{ type: 'audit' }, ({ type }) => type !== 'decision'],
        [{ verdict: 'block' }, ({ detail }) => detail['verdict'] === 'block'],
        [{ gatewayId: 'gw_busy' }, ({ gatewayId }) => gatewayId === 'gw_busy'],
        [
          { gatewayId: 'gw_0', verdict: 'block' },
          ({ gatewayId, detail }) => gatewayId === 'gw_0' && detail['verdict'] === 'block',
        ],
        [{ team: 'red' }, ({ team }) => team === 'red'],
        [{ since: new Date(now - DAY) }, ({ at }) => Date.parse(at) >= now - DAY],
      ];
      for (const [query, fits] of questions) {
        for (const limit of [30, 500]) {
          const { found, sizes } = await all(here, { since, limit, ...query });
          expect(found.map(({ id }) => id)).toEqual(every.filter(fits).map(({ id }) => id));
          expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
        }
      }
    });

    it('are told apart before they are read: who asks for the audit log reads past none', async () => {
      const here = await world.fresh();
      await here.ports.decisions.add(decided(here.time.at));
      await write(here, [made(here.time.at - 1000)]);
      const { middlewareStack } = here.ports.table.client;
      let rows = 0;
      middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const { Count = 0 } = result.output as { Count?: number };
          rows += Count;
          return result;
        },
        { name: 'rows', step: 'initialize' },
      );
      const since = new Date(here.time.at - 3 * DAY);
      for (const type of ['audit', 'version.published'])
        expect((await all(here, { since, type })).found).toHaveLength(1);
      middlewareStack.remove('rows');
      expect(rows).toBe(2);
    });
  });
});
