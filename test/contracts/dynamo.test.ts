/** What the adapters rely on in DynamoDB: the fake that tests use answers what the emulator answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { localClients } from '../../local/emulators.ts';
import { memoryDynamo } from '../fakes/memory-dynamo.ts';
import { functionsOver } from '../model/crash/functions.ts';
import { SCENARIOS } from '../model/crash/scenarios.ts';
import { FaultPoint } from '../support/faults.ts';
import { seedOf, times } from '../support/soak.ts';
import { createTable } from '../support/table.ts';
import { type Command, commandOf, rowsFirst } from './dynamo-commands.ts';

/** Many runs, on a machine that may be busy with others. */
const LONGEST = times(180_000, 6 * 3_600_000);

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
    return whatIsWrong(error);
  }
}

function whatIsWrong(error: unknown): object {
  if (error instanceof TransactionCanceledException) {
    const reasons = (error.CancellationReasons ?? []).map(({ Code, Item }) => ({ Code, Item }));
    return { name: error.name, reasons };
  }
  if (error instanceof ConditionalCheckFailedException) return { name: error.name, item: error.Item };
  if (error instanceof Error) return { name: error.name };
  throw error;
}

describe('DynamoDB in memory', () => {
  it(
    'answers every sequence of commands as the emulator does, and ends with the same rows',
    async () => {
      const TableName = 'contract';
      let tables = 0;
      await fc.assert(
        fc.asyncProperty(
          rowsFirst(TableName),
          fc.array(commandOf(TableName), { minLength: 15, maxLength: 30 }),
          async (rows, commands) => {
            const fake = memoryDynamo().client;
            const name = `contract-${++tables}`;
            await createTable({ client: fake, name: TableName });
            await createTable({ client: real, name });
            for (const command of [...rows, ...commands]) {
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
          },
        ),
        { numRuns: times(12, 1500), seed: seedOf(20261121) },
      );
    },
    LONGEST,
  );

  it(
    'answers what the adapters sent in every scenario as the emulator does',
    async () => {
      let tables = 0;
      let commands = 0;
      const most = times(200, 10_000);
      for (const { name, prepare, wire, act } of SCENARIOS) {
        if (commands >= most) break;
        const at = await prepare();
        wire?.(at);
        const table = `scenario-${++tables}`;
        await createTable({ client: real, name: table });
        for (const row of at.here.dynamo.rows('kt'))
          await real.send(new PutItemCommand({ TableName: table, Item: row }));
        const recorded: { command: Command; answer: unknown }[] = [];
        // With pages of the size that the emulator has.
        const dynamo = memoryDynamo();
        await createTable({ client: dynamo.client, name: 'kt' });
        dynamo.load('kt', at.here.dynamo.rows('kt'));
        const { client } = dynamo;
        const recording = { ...client, send: recordingOf(client, recorded) } as unknown as DynamoDBClient;
        const here = { ...at.here, below: { ...at.here.below, table: { client: recording, name: 'kt' } } };
        await act(functionsOver(here, new FaultPoint()), { ...at, here }, false);
        for (const { command, answer } of recorded) {
          const expected = await answerOf(real, renamed(command, 'kt', table));
          expect({ name, command: command.input, answer: sorted(answer, 'kt') }).toEqual({
            name,
            command: command.input,
            answer: sorted(expected, table),
          });
          commands++;
        }
        const rows = await answerOf(real, new ScanCommand({ TableName: table }));
        expect(rowsOf({ Items: dynamo.rows('kt') })).toEqual(rowsOf(rows));
      }
      expect(commands).toBeGreaterThan(100);
    },
    LONGEST,
  );
});

/** Passes commands on, and keeps what was answered to each. */
function recordingOf(client: DynamoDBClient, recorded: { command: Command; answer: unknown }[]) {
  return async (command: Command) => {
    try {
      const { $metadata, ...answer } = await client.send(command as ScanCommand);
      recorded.push({ command, answer: structuredClone(answer) });
      return { $metadata, ...answer };
    } catch (error) {
      recorded.push({ command, answer: whatIsWrong(error) });
      throw error;
    }
  };
}

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
