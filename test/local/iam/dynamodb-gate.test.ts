/** The gate before DynamoDB, with a server behind it that writes down what reaches it. */
import { createServer, type IncomingMessage } from 'node:http';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../local/iam/decide.ts';
import { type DynamoDbGate, startDynamoDbGate } from '../../../local/iam/dynamodb-gate.ts';
import { parsePolicy } from '../../../local/iam/policy.ts';
import { closeNow, LOOPBACK, listen } from '../../../local/net.ts';
import { localSessions } from '../../../local/sts/sessions.ts';

const ROLE = 'arn:aws:iam::000000000000:role/R';
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/T';
const POLICY = {
  Version: '2012-10-17',
  Statement: {
    Sid: 'Rows',
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    Resource: TABLE,
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['A#*'] } },
  },
};

const reached: { target: unknown; bytes: number }[] = [];
const decisions: Decision[] = [];
const sessions = localSessions(Date.now, (decision) => decisions.push(decision));
sessions.know({ id: 'R', arn: ROLE, policies: parsePolicy(POLICY, 'identity'), trust: [] });
const ofRole = sessions.assume({ roleArn: ROLE, name: 'F', seconds: 900, policy: null });

/** Says goodbye with its answer, as a server may with every one. */
const behind = createServer(async (request: IncomingMessage, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  reached.push({ target: request.headers['x-amz-target'], bytes });
  const Item = { pk: { S: 'A#1' }, big: { S: 'x'.repeat(300_000) } };
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', connection: 'close' });
  response.end(JSON.stringify({ Item }));
});

let gate: DynamoDbGate;
const clients: DynamoDBClient[] = [];
const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => {
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: gate.endpoint,
    credentials,
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
};

beforeAll(async () => {
  const port = await listen(behind, 0);
  gate = await startDynamoDbGate({
    endpoint: `http://${LOOPBACK}:${port}`,
    place: {
      tableArn: (name) => TABLE.replace(/T$/, name),
      keyName: (table) => (table === 'T' ? 'pk' : null),
    },
    sessions,
    log: () => {},
  });
});
beforeEach(() => {
  reached.length = 0;
  decisions.length = 0;
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await gate.stop();
  await closeNow(behind);
});

const get = (key: string, TableName = 'T') => new GetItemCommand({ TableName, Key: { pk: { S: key } } });

describe('the gate', () => {
  it('hands on what the role allows, and the whole answer back', async () => {
    const { Item } = await clientOf(ofRole).send(get('A#1'));
    expect(Item?.['big']?.S?.length).toBe(300_000);
    expect(reached).toMatchObject([{ target: 'DynamoDB_20120810.GetItem' }]);
  });

  it('hands on a call that comes in many pieces', async () => {
    const Item = { pk: { S: 'A#1' }, big: { S: 'x'.repeat(390_000) } };
    await clientOf(ofRole).send(new PutItemCommand({ TableName: 'T', Item }));
    expect(reached[0]?.bytes).toBeGreaterThan(390_000);
  });

  it('refuses, and tells of, what the role does not allow: also a table that is nobody’s', async () => {
    const denied = { name: 'AccessDeniedException' };
    await expect(clientOf(ofRole).send(get('B#1'))).rejects.toMatchObject(denied);
    await expect(clientOf(ofRole).send(get('A#1', 'Other'))).rejects.toMatchObject(denied);
    expect(decisions.map(({ allowed, request }) => [allowed, request.resource])).toEqual([
      [false, TABLE],
      [false, TABLE.replace(/T$/, 'Other')],
    ]);
    expect(reached).toEqual([]);
  });

  it('lets nobody by who has no role, whatever they sign with', async () => {
    const invalid = { name: 'UnrecognizedClientException' };
    const operator = { accessKeyId: 'local', secretAccessKey: 'local' };
    await expect(clientOf(operator).send(get('A#1'))).rejects.toMatchObject(invalid);
    const another = { ...ofRole, sessionToken: 'of another' };
    await expect(clientOf(another).send(get('A#1'))).rejects.toMatchObject(invalid);
    const unsigned = await fetch(gate.endpoint, { method: 'POST', body: '{}' });
    expect(unsigned.status).toBe(400);
    expect(reached).toEqual([]);
  });
});
