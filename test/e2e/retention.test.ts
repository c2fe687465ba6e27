/** How long decisions are kept, as whoever runs the stack says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionDay, decisionShard } from '../../lib/aws/keys.ts';
import { decision } from '../support/decisions.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const SETTING = 'KEEPTRUSTS_EVENT_RETENTION_HOURS';
let stack: TestStack;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-retention-'));
  stack = await startTestStack({ environment: { [SETTING]: '5' } });
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the retention of decisions', () => {
  it('is what the environment says, and is written with each of them', async () => {
    const { body: gateway } = await stack.call('POST', '/v1/gateways', { name: 'g' });
    await stack.call('POST', '/v1/events', { events: [decision()] }, gateway.token);
    const { body } = await stack.call('GET', '/v1/events?type=decision');
    const { at } = body.data[0];
    const { Items = [] } = await stack.clients.dynamodb.send(
      new QueryCommand({
        TableName: stack.table,
        IndexName: 'list',
        KeyConditionExpression: 'lpk = :lpk',
        ExpressionAttributeValues: { ':lpk': { S: decisionDay(at.slice(0, 10), decisionShard(gateway.id)) } },
      }),
    );
    expect(Items.map(({ expires }) => Number(expires?.N))).toEqual([
      Math.ceil(Date.parse(at) / 1000) + 5 * 3600,
    ]);
  });

  it.each(['0', '1.5', 'a week', '8785'])('is not started with when it is %s', async (hours) => {
    const start = startTestStack({ dataDir: folder, environment: { [SETTING]: hours } });
    await expect(start).rejects.toThrow(`${SETTING} is malformed`);
  });
});
