/** What the adapters rely on in DynamoDB: the fake that tests use answers what the emulator answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  ScanCommand,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { localClients } from '../../local/emulators.ts';
import { memoryDynamo } from '../fakes/memory-dynamo.ts';
import { seedOf, times } from '../support/soak.ts';
import { createTable } from '../support/table.ts';
import { type Command, commandOf } from './dynamo-commands.ts';

let real: DynamoDBClient;
let stop: () => Promise<void>;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-contract-'));
  const database = await startDynamoDb({ folder, log: () => {} });
  const clients = localClients({ dynamodb: database.endpoint, sqs: '', kms: '', sts: '' }, 'us-east-1');
  real = clients.dynamodb;
  stop = async () => {
    clients.destroy();
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  };
});
afterAll(() => stop());

/** An answer, or what was wrong: without what only says how it travelled, and without wording. */
async function answerOf(client: DynamoDBClient, command: Command): Promise<unknown> {
  try {
    const { $metadata: _, ...answer } = { ...(await client.send(command as ScanCommand)) } as Record<
      string,
      unknown
    >;
    return answer;
  } catch (error) {
    if (error instanceof TransactionCanceledException)
      return {
        name: error.name,
        reasons: (error.CancellationReasons ?? []).map(({ Code, Item }) => ({ Code, Item })),
      };
    if (error instanceof ConditionalCheckFailedException) return { name: error.name, item: error.Item };
    if (error instanceof Error) return { name: error.name };
    throw error;
  }
}

describe('DynamoDB in memory', () => {
  it('answers every sequence of commands as the emulator does, and ends with the same rows', async () => {
    const TableName = 'contract';
    let tables = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(commandOf(TableName), { minLength: 10, maxLength: 40 }), async (commands) => {
        const fake = memoryDynamo().client;
        const name = `contract-${++tables}`;
        await createTable({ client: fake, name: TableName });
        await createTable({ client: real, name });
        for (const command of commands) {
          const expected = await answerOf(real, renamed(command, TableName, name));
          expect({
            command: command.input,
            answer: sorted(await answerOf(fake, command), TableName),
          }).toEqual({ command: command.input, answer: sorted(expected, name) });
        }
        const [here, there] = await Promise.all([
          answerOf(fake, new ScanCommand({ TableName })),
          answerOf(real, new ScanCommand({ TableName: name })),
        ]);
        expect(rowsOf(here)).toEqual(rowsOf(there));
      }),
      { numRuns: times(20, 1500), seed: seedOf(20261121) },
    );
  });
});

/** The same command for a table of another name. */
function renamed(command: Command, from: string, to: string): Command {
  const Constructor = command.constructor as new (input: object) => Command;
  return new Constructor(structuredRename(command.input, from, to) as object);
}

function structuredRename(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((one) => structuredRename(one, from, to));
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name === from ? to : name, structuredRename(one, from, to)]),
  );
}

/** What comes in no particular order, in one: items of a batch. */
function sorted(answer: unknown, table: string): unknown {
  if (answer === null || typeof answer !== 'object' || !('Responses' in answer)) return answer;
  const items = (answer.Responses as Record<string, object[]>)[table] ?? [];
  return { ...answer, Responses: rowsOf({ Items: items }) };
}

function rowsOf(answer: unknown): readonly unknown[] {
  const items = (answer as { Items: { pk: { S: string }; sk: { S: string } }[] }).Items;
  return [...items].sort((a, b) => (`${a.pk.S}/${a.sk.S}` < `${b.pk.S}/${b.sk.S}` ? -1 : 1));
}
