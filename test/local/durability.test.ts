import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EncryptCommand } from '@aws-sdk/client-kms';
import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { localClients } from '../../local/emulators.ts';
import { findProcess, waitForExit } from '../../local/process.ts';
import { api, finallyDo, lambda, runStack, TABLE, temporaryFolder, writeOutdir } from './fixture.ts';

const ROOT = new URL('../../', import.meta.url);

const outdir = () =>
  writeOutdir({
    resources: {
      Table: TABLE,
      DataKey: { Type: 'AWS::KMS::Key', Properties: {} },
      Api: lambda('unused'),
      Function: lambda('api'),
      ...api({ $default: 'Function' }),
    },
    handlers: {
      unused: '',
      api: 'export const handler = async () => { await new Promise((done) => setTimeout(done, 300)); return "done"; };',
    },
    outputs: { Key: { Value: { 'Fn::GetAtt': ['DataKey', 'Arn'] } } },
  });

/** A stack in a process of its own, which can be killed. */
async function spawnStack(out: string, dataDir: string) {
  const program = `
    import { startStack } from '${new URL('local/stack.ts', ROOT).href}';
    const stack = await startStack({ outdir: '${out}', dataDir: '${dataDir}', port: 0, log: () => {}, schedules: false });
    console.log(JSON.stringify({ url: stack.url, endpoints: stack.endpoints, outputs: stack.outputs, database: stack.databasePid() }));
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: ROOT,
  });
  finallyDo(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, ...JSON.parse(String(line)) };
}

describe('DynamoDB', () => {
  it('keeps every acknowledged write when it is killed in the middle, and comes back by itself on its port', async () => {
    const database = await startDynamoDb({ folder: temporaryFolder(), log: () => {} });
    finallyDo(() => database.stop());
    // More attempts than the default three: a busy machine may take longer to start it again than those last.
    const client = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: database.endpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 10,
    });
    finallyDo(() => client.destroy());
    await client.send(
      new CreateTableCommand({
        TableName: 'Table',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    const first = database.pid() ?? 0;
    const acknowledged: string[] = [];
    const write = async (writer: number) => {
      for (let i = 0; i < 40; i++) {
        const key = `${writer}-${i}`;
        if (writer === 0 && i === 10) process.kill(first, 'SIGKILL');
        await client.send(new PutItemCommand({ TableName: 'Table', Item: { pk: { S: key } } }));
        acknowledged.push(key);
      }
    };
    await Promise.all([0, 1, 2, 3].map(write));
    expect(database.pid()).not.toBe(first);
    expect(acknowledged).toHaveLength(160);
    const found = await Promise.all(
      acknowledged.map((key) =>
        client.send(new GetItemCommand({ TableName: 'Table', Key: { pk: { S: key } } })),
      ),
    );
    expect(found.filter(({ Item }) => Item === undefined)).toEqual([]);
  });

  it('says plainly what to do when there is no binary', async () => {
    const environment = { DYNOXIDE_BIN: '/nonexistent/dynoxide' };
    const attempt = startDynamoDb({ folder: temporaryFolder(), log: () => {}, environment });
    await expect(attempt).rejects.toThrow('DYNOXIDE_BIN');
  });
});

describe('a stack', () => {
  it('that is killed leaves no process, and the next one finds its items, keys and queues', async () => {
    const [out, dataDir] = [outdir(), temporaryFolder()];
    const first = await spawnStack(out, dataDir);
    const before = localClients(first.endpoints, 'us-east-1');
    const Item = { pk: { S: 'kept' }, sk: { S: 'a' } };
    await before.dynamodb.send(new PutItemCommand({ TableName: 'Table', Item }));
    const Plaintext = Buffer.from('kept');
    await before.kms.send(new EncryptCommand({ KeyId: first.outputs.Key, Plaintext }));
    await before.sqs.send(new CreateQueueCommand({ QueueName: 'made-at-run-time' }));
    before.destroy();

    const database = findProcess(first.database);
    if (!database) throw new Error('no database process');
    first.child.kill('SIGKILL');
    // At once, so that the old emulator may still be there: starting must wait for it.
    const [second, ended] = await Promise.all([runStack(out, { dataDir }), waitForExit(database, 3000)]);
    expect(ended).toBe(true);
    expect(second.outputs).toEqual(first.outputs);
    expect(second.endpoints.sqs).toBe(first.endpoints.sqs);
    const after = localClients(second.endpoints, 'us-east-1');
    finallyDo(() => after.destroy());
    const { sk, pk } = Item;
    expect(
      (await after.dynamodb.send(new GetItemCommand({ TableName: 'Table', Key: { pk, sk } }))).Item,
    ).toEqual(Item);
    await after.kms.send(new EncryptCommand({ KeyId: second.outputs['Key'], Plaintext }));
    const { QueueUrls = [] } = await after.sqs.send(new ListQueuesCommand({}));
    expect(QueueUrls.map((url) => url.split('/').pop())).toEqual(['made-at-run-time']);
  });

  it('does not share its data folder with another', async () => {
    const [out, dataDir] = [outdir(), temporaryFolder()];
    const stack = await runStack(out, { dataDir });
    await expect(runStack(out, { dataDir })).rejects.toThrow(`in use by another stack (pid ${process.pid})`);
    await stack.stop();
    await (await runStack(out, { dataDir })).stop();
  });

  it('answers what is in flight when it stops, ends everything, and can be stopped twice', async () => {
    const stack = await runStack(outdir());
    const database = findProcess(stack.databasePid() ?? 0);
    if (!database) throw new Error('no database process');
    await (await fetch(stack.url)).text();
    const inFlight = fetch(stack.url);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all([stack.stop(), stack.stop()]);
    expect(await (await inFlight).text()).toBe('done');
    expect(await waitForExit(database, 1000)).toBe(true);
    for (const url of [stack.url, ...Object.values(stack.endpoints)])
      await expect(fetch(url)).rejects.toThrow();
  });

  it('uses another DynamoDB when told where it is, and starts none', async () => {
    const database = await startDynamoDb({ folder: temporaryFolder(), log: () => {} });
    finallyDo(() => database.stop());
    const environment = { AWS_ENDPOINT_URL_DYNAMODB: database.endpoint };
    const stack = await runStack(outdir(), { environment });
    expect(stack.databasePid()).toBeUndefined();
    expect(stack.endpoints.dynamodb).toBe(environment.AWS_ENDPOINT_URL_DYNAMODB);
  });

  it('that cannot start leaves nothing behind', async () => {
    const busy = await runStack(outdir());
    const dataDir = temporaryFolder();
    const port = Number(new URL(busy.url).port);
    await expect(runStack(outdir(), { dataDir, port })).rejects.toThrow('EADDRINUSE');
    await (await runStack(outdir(), { dataDir })).stop();
  });
});
