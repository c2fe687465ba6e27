/** A world in memory: the real adapters over a DynamoDB, a KMS and git repositories that are all in this process. */
import type { KMSClient } from '@aws-sdk/client-kms';
import { type MemoryDynamo, memoryDynamo } from '../fakes/memory-dynamo.ts';
import { type MemoryGitHost, memoryGitHost } from '../fakes/memory-git-host.ts';
import { memoryKms, newKeys } from '../fakes/memory-kms.ts';
import type { Keys } from './ports-over.ts';
import { createTable } from './table.ts';
import { worldOver } from './world-of.ts';

export type MemoryWorld = Awaited<ReturnType<typeof memoryWorld>>;

interface Options {
  readonly dynamo?: MemoryDynamo;
  readonly kms?: { readonly client: KMSClient; readonly keys: Keys };
  readonly git?: MemoryGitHost;
}

/** The same shape as a fresh one of `startWorld`, and its repositories: `git.at(url)`. Needs no closing. */
export async function memoryWorld(options: Options = {}) {
  const { dynamo = memoryDynamo(), git = memoryGitHost() } = options;
  const { client: kms, keys } = options.kms ?? (await sharedKms());
  const table = { client: dynamo.client, name: 'kt' };
  await createTable(table);
  return { ...worldOver({ table, kms, keys, git }), dynamo, git };
}

let shared: ReturnType<typeof makeKms> | null = null;

/** One for all worlds that do nothing to its keys: nothing of a world is kept in it. */
function sharedKms() {
  shared ??= makeKms();
  return shared;
}

async function makeKms() {
  const client = memoryKms();
  return { client, keys: await newKeys(client) };
}
