/** The API in process, on the real adapters over a DynamoDB, a KMS and queues in memory: for calls by the thousand. */
import type { ApiPorts } from '../../lib/api/ports.ts';
import { stsQueueAccess } from '../../lib/aws/sts-queue-access.ts';
import type { GitHost } from '../../lib/ports.ts';
import { memoryDynamo } from '../fakes/memory-dynamo.ts';
import { memoryKms, newKeys } from '../fakes/memory-kms.ts';
import { memorySts } from '../fakes/memory-sts.ts';
import { apiOver } from './api-over.ts';
import { createTable } from './table.ts';
import { worldOver } from './world-of.ts';

export async function memoryApi(git: GitHost, override: Partial<ApiPorts> = {}) {
  const dynamo = memoryDynamo();
  const kms = memoryKms();
  const table = { client: dynamo.client, name: 'kt' };
  await createTable(table);
  const world = worldOver({ table, kms, keys: await newKeys(kms), git });
  const queueAccess = stsQueueAccess(memorySts(world.ports.clock.now), {
    roleArn: 'arn:aws:iam::000000000000:role/gateway-queues',
    queueArnPrefix: 'arn:aws:sqs:us-east-1:000000000000:',
    endpoint: null,
  });
  const { queues, reloads } = world.ports;
  return apiOver(world, { queues, reloads, queueAccess }, override);
}
