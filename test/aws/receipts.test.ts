/** Receipts and reports in the table: stored once, ordered by sequence, found by gateway, time and version. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { newEvent } from '../../lib/domain/event.ts';
import { type Receipt, receiptId, type Statement } from '../../lib/domain/receipt.ts';
import type { Page } from '../../lib/ports.ts';
import { applied, refused } from '../support/signing-gateway.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let here: Awaited<ReturnType<World['fresh']>>;
beforeAll(async () => {
  world = await startWorld();
  here = await world.fresh();
});
afterAll(() => world.close());

const START = Date.parse('2026-03-01T12:00:00.000Z');
const SILENT = {
  sequence: null,
  versionId: null,
  health: null,
  reason: null,
  uptimeSeconds: null,
} as const;

function received(statement: Statement, at = START): Receipt {
  return {
    id: receiptId(statement),
    configurationId: 'cfg',
    statement,
    signature: 'signature',
    publicKey: 'key',
    storedAt: new Date(at).toISOString(),
  };
}

function add(receipt: Receipt): Promise<Receipt> {
  const type = receipt.statement.state === 'applied' ? 'gateway.applied' : 'gateway.refused';
  const event = newEvent(here.ports.clock.now(), { type, actor: 'test', team: 'default', detail: {} });
  return here.ports.receipts.add(receipt, event);
}

const told = (sequence: number, version = `ver_${sequence}`) => ({
  version_id: version,
  content_hash: String(sequence % 10).repeat(64),
  sequence,
});

async function all(list: (after: string | null) => Promise<Page<Receipt>>): Promise<Receipt[]> {
  const found: Receipt[] = [];
  for (let after: string | null = null; ; ) {
    const page = await list(after);
    found.push(...page.items);
    if (page.next === null) return found;
    after = page.next;
  }
}

const gatewayFor = () => here.gateway('cfg');
const standingOf = async (id: string) => {
  const { items } = await here.ports.gateways.standings('cfg', null);
  return items.find((standing) => standing.id === id);
};

describe('receipts', () => {
  it('end with the one of the highest sequence, in whatever order and however often they come', async () => {
    const { id } = await gatewayFor();
    const sequences = fc.array(
      fc.record({
        sequence: fc.integer({ min: 1, max: 4 }),
        ok: fc.boolean(),
        at: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(sequences, async (coming) => {
        // Higher than all of the rounds before: their rows are still there.
        const base = ++round * 10;
        for (const { sequence, ok, at } of coming) {
          const what = told(base + sequence);
          const claimed = { received_at: new Date(START + at * 1000).toISOString() };
          await add(received({ ...(ok ? applied(id, what) : refused(id, what)), ...claimed }));
        }
        const highest = Math.max(...coming.map(({ sequence }) => sequence));
        const ok = coming.some((one) => one.sequence === highest && one.ok);
        const standing = await standingOf(id);
        expect(standing?.receipt?.statement).toMatchObject({
          sequence: base + highest,
          state: ok ? 'applied' : 'refused',
        });
      }),
      { numRuns: 15 },
    );
  });

  it('that come twice at the same moment are one, with one event', async () => {
    const { id } = await gatewayFor();
    const statement = applied(id, told(1));
    const before = (await here.eventTypes()).length;
    const answers = await Promise.all([0, 1, 2, 3].map((n) => add(received(statement, START + n * 1000))));
    expect(new Set(answers.map(({ storedAt }) => storedAt)).size).toBe(1);
    const { items } = await here.ports.receipts.ofVersion('ver_1', 100, null);
    expect(items.filter(({ statement: of }) => of.gateway_id === id)).toEqual([answers[0]]);
    expect((await here.eventTypes()).length).toBe(before + 1);
  });

  it('of a version come in pages that leave none out, over all shards', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `gw_${String(i).padStart(3, '0')}`);
    await Promise.all(ids.map((id) => add(received(applied(id, told(7, 'ver_fleet'))))));
    await add(received(applied('gw_000', told(8, 'ver_fleet2'))));
    for (const limit of [1, 7, 100]) {
      const found = await all((after) => here.ports.receipts.ofVersion('ver_fleet', limit, after));
      expect(found.map(({ statement }) => statement.gateway_id).sort()).toEqual(ids);
    }
  });

  it('of a gateway are found by the time they were stored, and no other gateway’s with them', async () => {
    for (const id of ['gw_a', 'gw_ab'])
      for (let n = 1; n <= 9; n++) await add(received(applied(id, told(n)), START + n * 1000));
    const between = (since: number, until: number, limit = 2) =>
      all((after) =>
        here.ports.receipts.ofGateway({
          gatewayId: 'gw_a',
          since: new Date(START + since * 1000),
          until: new Date(START + until * 1000),
          limit,
          after,
        }),
      );
    const sequences = (found: readonly Receipt[]) => found.map(({ statement }) => statement.sequence);
    expect(sequences(await between(0, 100))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(sequences(await between(3, 6))).toEqual([5, 4, 3]);
    expect(sequences(await between(3, 3))).toEqual([]);
    expect((await between(0, 100)).every(({ statement }) => statement.gateway_id === 'gw_a')).toBe(true);
  });

  it('ignore places that a made-up cursor names', async () => {
    const forge = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
    for (const position of [
      { shard: 99 },
      { shard: -1 },
      { shard: 1.5 },
      { shard: '8' },
      { sk: 'x' },
      [],
      0,
    ]) {
      const { items } = await here.ports.receipts.ofVersion('ver_fleet', 100, forge(position));
      expect(items.every(({ statement }) => statement.version_id === 'ver_fleet')).toBe(true);
    }
  });
});

describe('standings', () => {
  it('know a gateway by its configuration: the receipts of another say nothing', async () => {
    const { id } = await here.gateway('cfg');
    await add({ ...received(applied(id, told(9))), configurationId: 'another' });
    expect((await standingOf(id))?.receipt).toBeNull();
  });

  it('are of those that are bound: one that went, or was rebound, is not among them', async () => {
    const gateway = await here.gateway('cfg');
    const { client, name } = here.ports.table;
    expect(await standingOf(gateway.id)).toMatchObject({ gateway, report: null, receipt: null });
    // As between reading the binding and reading the gateway.
    await client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: marshall(keyOf.gateway(gateway.id)),
        UpdateExpression: 'SET configurationId = :other',
        ExpressionAttributeValues: marshall({ ':other': 'other' }),
      }),
    );
    expect(await standingOf(gateway.id)).toBeUndefined();
  });

  it('have a gateway whose row cannot be read: it must not be taken for one that is not there', async () => {
    const gateway = await here.gateway('cfg');
    await here.ports.reports.heartbeat(gateway.id, { ...SILENT, contentHash: 'x' }, here.ports.clock.now());
    const { client, name } = here.ports.table;
    const spoil = (key: object) =>
      client.send(
        new UpdateItemCommand({
          TableName: name,
          Key: marshall(key),
          UpdateExpression: 'SET nonsense = :v',
          ExpressionAttributeValues: marshall({ ':v': 1 }),
        }),
      );
    await spoil(keyOf.gateway(gateway.id));
    expect(await standingOf(gateway.id)).toMatchObject({ gateway: null, report: { contentHash: 'x' } });
    await spoil(keyOf.report(gateway.id));
    expect(await standingOf(gateway.id)).toMatchObject({ gateway: null, report: null });
    expect((await here.ports.reports.findAll([gateway.id])).size).toBe(0);
  });

  it('of many gateways are read in batches that leave none out', async () => {
    const own = await world.fresh();
    const ids: string[] = [];
    for (let i = 0; i < 110; i++) ids.push((await own.gateway('fleet', `g${i}`)).id);
    const at = own.ports.clock.now();
    await Promise.all(ids.map((id) => own.ports.reports.heartbeat(id, { ...SILENT, contentHash: id }, at)));
    const { items, next } = await own.ports.gateways.standings('fleet', null);
    expect([items.map(({ id }) => id), next]).toEqual([ids.toSorted(), null]);
    expect(items.every(({ id, report }) => report?.contentHash === id)).toBe(true);
  });
});

describe('heartbeats', () => {
  it('and receipts that meet in one row are both kept', async () => {
    const { id } = await gatewayFor();
    const said = { ...SILENT, contentHash: 'f'.repeat(64), health: 'healthy' } as const;
    await here.ports.reports.heartbeat(id, said, new Date(START));
    await Promise.all([
      add(received(applied(id, told(3)), START + 1000)),
      ...Array.from({ length: 6 }, () =>
        here.ports.reports.heartbeat(id, { ...said, contentHash: told(3).content_hash }, new Date(START)),
      ),
    ]);
    const report = (await here.ports.reports.findAll([id])).get(id);
    expect(report).toMatchObject({
      contentHash: told(3).content_hash,
      health: 'healthy',
      heartbeatAt: new Date(START).toISOString(),
    });
    expect((await standingOf(id))?.receipt?.statement.sequence).toBe(3);
  });
});
