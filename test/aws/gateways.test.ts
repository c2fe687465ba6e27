/** Gateways in the table: bindings that follow their gateway, and pages that leave nobody out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeGateway, updateGateway } from '../../lib/pipeline/manage/gateways.ts';
import { CALLER, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

type Here = Awaited<ReturnType<World['fresh']>>;

async function bound(here: Here, configurationId: string): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const page = await here.ports.gateways.bound(configurationId, after);
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return ids;
}

describe('a gateway', () => {
  it('is bound to one configuration, and to none when it is gone', async () => {
    const here = await world.fresh();
    const gateway = await here.gateway('one');
    expect(await bound(here, 'one')).toEqual([gateway.id]);
    const moved = await updateGateway(gateway, { configurationId: 'two' }, CALLER, here.ports);
    if (moved === 'conflict') throw new Error('conflict');
    expect([await bound(here, 'one'), await bound(here, 'two')]).toEqual([[], [gateway.id]]);
    expect(await removeGateway(moved, CALLER, here.ports)).toBe(true);
    expect(await bound(here, 'two')).toEqual([]);
    expect(await here.ports.tokens.find(gateway.tokenId)).toBeNull();
    expect(here.reloads.has(gateway.queueName)).toBe(false);
    expect(await removeGateway(moved, CALLER, here.ports)).toBe(false);
  });

  it('leaves no binding behind when it is deleted as it is bound to another configuration', async () => {
    const here = await world.fresh();
    const stale = await here.gateway('one');
    await updateGateway(stale, { configurationId: 'two' }, CALLER, here.ports);
    expect(await removeGateway(stale, CALLER, here.ports)).toBe(true);
    expect(await bound(here, 'one')).toEqual([]);
    expect(await bound(here, 'two')).toEqual([]);
    expect(await here.ports.gateways.find(stale.id)).toBeNull();
  });

  it('does not lose a change that was made at the same time as another', async () => {
    const here = await world.fresh();
    const stale = await here.gateway('one');
    await updateGateway(stale, { labels: { zone: 'a' } }, CALLER, here.ports);
    expect(await updateGateway(stale, { name: 'renamed' }, CALLER, here.ports)).toBe('conflict');
    expect(await here.ports.gateways.find(stale.id)).toMatchObject({
      labels: { zone: 'a' },
      name: 'gateway',
    });
  });

  it('is not brought back by a change that comes after its removal', async () => {
    const here = await world.fresh();
    const gateway = await here.gateway(null);
    await removeGateway(gateway, CALLER, here.ports);
    expect(await updateGateway(gateway, { configurationId: 'one' }, CALLER, here.ports)).toBe('conflict');
    expect(await bound(here, 'one')).toEqual([]);
  });
});

describe('the gateways of a configuration', () => {
  it('come in pages that leave nobody out, whoever joins or leaves between them', async () => {
    const here = await world.fresh();
    const { client, name } = here.ports.table;
    const { BatchWriteItemCommand } = await import('@aws-sdk/client-dynamodb');
    const ids = Array.from({ length: 1030 }, (_, i) => `gw_${String(i).padStart(5, '0')}`);
    for (let from = 0; from < ids.length; from += 25) {
      const RequestItems = {
        [name]: ids.slice(from, from + 25).map((id) => ({
          PutRequest: {
            Item: {
              pk: { S: 'BOUND#fleet' },
              sk: { S: `GATEWAY#${id}` },
              id: { S: id },
              queueName: { S: `q-${id}` },
            },
          },
        })),
      };
      await client.send(new BatchWriteItemCommand({ RequestItems }));
    }
    const first = await here.ports.gateways.bound('fleet', null);
    expect(first.items).toHaveLength(1000);
    await here.gateway('fleet');
    const second = await here.ports.gateways.bound('fleet', first.next);
    expect(second.next).toBeNull();
    const told = new Set([...first.items, ...second.items].map(({ id }) => id));
    expect(ids.filter((id) => !told.has(id))).toEqual([]);
  });

  it('are not those of another configuration, whatever the cursor says', async () => {
    const here = await world.fresh();
    await here.gateway('theirs');
    const forged = Buffer.from(JSON.stringify({ sk: 'GATEWAY#', pk: 'BOUND#theirs' })).toString('base64url');
    expect((await here.ports.gateways.bound('ours', forged)).items).toEqual([]);
  });
});
