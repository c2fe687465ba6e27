/** Listings: complete, in order, of one team or of all, and deaf to cursors that were made up. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { newConfiguration } from '../../lib/domain/configuration.ts';
import { newEvent } from '../../lib/domain/event.ts';
import { createToken, revokeToken } from '../../lib/pipeline/manage/tokens.ts';
import type { Page } from '../../lib/ports.ts';
import { CALLER, startWorld, type World } from '../support/world.ts';

let world: World;
let here: Awaited<ReturnType<World['fresh']>>;
const TEAMS = { alpha: 130, beta: 3, gamma: 201 } as const;
const ids = (team: keyof typeof TEAMS) =>
  Array.from({ length: TEAMS[team] }, (_, i) => `${team}-${String(i).padStart(4, '0')}`);

beforeAll(async () => {
  world = await startWorld();
  here = await world.fresh();
  for (const team of ['alpha', 'beta', 'gamma'] as const) {
    for (const [i, id] of ids(team).entries()) {
      const at = new Date(here.time.at + i * 1000);
      const configuration = newConfiguration(
        id,
        team,
        { name: id, description: '', labels: {} },
        at.toISOString(),
      );
      const event = newEvent(at, { type: 'configuration.created', actor: 'test', team, detail: {} });
      expect(await here.ports.configurations.create(configuration, event)).toBe(true);
    }
  }
});
afterAll(() => world.close());

async function all<T>(list: (after: string | null) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let after: string | null = null;
  for (let page = 0; page < 50; page++) {
    const { items, next } = await list(after);
    found.push(...items);
    if (next === null) return found;
    after = next;
  }
  throw new Error('the pages never end');
}

const listed = async (team: string | null) =>
  (await all((after) => here.ports.configurations.list(team, after))).map(({ id }) => id);

const forge = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');

describe('a listing', () => {
  it('has everything of a team once, in order of creation', async () => {
    for (const team of ['alpha', 'beta', 'gamma'] as const) expect(await listed(team)).toEqual(ids(team));
    expect(await listed('nobody')).toEqual([]);
  });

  it('of all teams goes through them one after the other', async () => {
    expect(await listed(null)).toEqual([...ids('alpha'), ...ids('beta'), ...ids('gamma')]);
  });

  it('has the rest although one row in it cannot be read', async () => {
    const { client, name } = here.ports.table;
    const edit = (UpdateExpression: string, values: Record<string, unknown> = {}) =>
      client.send(
        new UpdateItemCommand({
          TableName: name,
          Key: marshall(keyOf.configuration('beta-0001')),
          UpdateExpression,
          ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshall(values) } : {}),
        }),
      );
    await edit('SET nonsense = :v', { ':v': 1 });
    expect(await listed('beta')).toEqual(['beta-0000', 'beta-0002']);
    await edit('REMOVE nonsense');
    expect(await listed('beta')).toEqual(ids('beta'));
  });
});

describe('a made-up cursor', () => {
  const own = async (cursor: string) => {
    try {
      const { items, next } = await here.ports.configurations.list('beta', cursor);
      const rest =
        next === null ? [] : await all((after) => here.ports.configurations.list('beta', after ?? next));
      return [...items, ...rest].map(({ team }) => team);
    } catch (error) {
      // DynamoDB refuses a start that is not a place in the listing; the API calls that a bad cursor.
      expect((error as Error).name).toBe('ValidationException');
      return [];
    }
  };

  it('never leads out of the team', async () => {
    const theirs = (await here.ports.configurations.list('alpha', null)).next;
    const everyones = (await here.ports.configurations.list(null, null)).next;
    const cursors = [
      theirs ?? '',
      everyones ?? '',
      forge({ team: 'alpha' }),
      forge({ team: 'alpha', pk: 'CONFIG#alpha-0000', sk: 'MAIN', lsk: '2026', lpk: 'CONFIGS#alpha' }),
      forge({ pk: { S: 'x' }, sk: 1, lsk: null }),
      forge({ pk: '', sk: '', lsk: '' }),
      forge([]),
      forge(null),
      '%%%',
    ];
    for (const cursor of cursors) expect((await own(cursor)).filter((team) => team !== 'beta')).toEqual([]);
  });

  it('never leads out of the team, whatever is in it', async () => {
    const text = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('MAIN', 'CONFIG#alpha-0001', 'CONFIGS#alpha', 'alpha', '2026-03-01T12:00:00.000Z'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({ team: text, pk: text, sk: text, lsk: text, lpk: text }, { requiredKeys: [] }),
        async (position) => {
          expect((await own(forge(position))).filter((team) => team !== 'beta')).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('tokens', () => {
  const wish = { role: 'admin', permissions: [], team: null, expiresAt: null } as const;

  it('are listed, found by id, never with their secret, and gone when revoked', async () => {
    const { token, text } = await createToken({ ...wish, name: 'one' }, CALLER, here.ports);
    const secret = text.split('_').at(-1) ?? '';
    expect(secret).toHaveLength(52);
    const found = await here.ports.tokens.find(token.id);
    expect(found).toEqual(token);
    const { items } = await here.ports.tokens.list(null, null);
    expect(items).toContainEqual(token);
    expect(JSON.stringify([found, items])).not.toContain(secret);
    expect(await revokeToken(token, CALLER, here.ports)).toBe(true);
    expect(await revokeToken(token, CALLER, here.ports)).toBe(false);
    expect(await here.ports.tokens.find(token.id)).toBeNull();
  });

  it('come in pages that leave none out', async () => {
    const made = [];
    for (let i = 0; i < 105; i++)
      made.push((await createToken({ ...wish, name: `t${i}` }, CALLER, here.ports)).token.id);
    const found = (await all((after) => here.ports.tokens.list(null, after))).map(({ id }) => id);
    expect(new Set(found)).toEqual(new Set(made));
    expect(found).toHaveLength(made.length);
  });
});

describe('metrics', () => {
  it('count every observation once, in its bucket, over all shards', async () => {
    const seconds = [0, 0.01, 0.010001, 0.5, 60, 60.1, 1000, ...Array.from({ length: 40 }, () => 0.2)];
    await Promise.all(seconds.map((value) => here.ports.metrics.observe('sync_duration', value)));
    const { sync_duration: state, push_to_announced: other } = await here.ports.metrics.read();
    // Bounds belong to the bucket below them.
    expect(state.counts).toEqual([2, 1, 0, 0, 40, 1, 0, 0, 0, 0, 0, 1, 2]);
    expect(state.sum).toBeCloseTo(
      seconds.reduce((sum, value) => sum + value, 0),
      6,
    );
    expect(other.counts.every((count) => count === 0)).toBe(true);
  });
});

describe('limits of hosts', () => {
  it('are of one host, and end', async () => {
    const { hostLimits } = here.ports;
    const now = new Date(here.time.at);
    const until = new Date(here.time.at + 1000);
    await hostLimits.set('git.example', until);
    expect(await hostLimits.until('git.example', now)).toEqual(until);
    expect(await hostLimits.until('git.example:8443', now)).toBeNull();
    expect(await hostLimits.until('git.example', until)).toBeNull();
  });
});
