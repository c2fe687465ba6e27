/** The API in process, on the real adapters of a `World`: over the emulators, with queues that are there. */
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { ApiPorts } from '../../lib/api/ports.ts';
import { sqsQueueKeeper, sqsReloadQueues } from '../../lib/aws/sqs.ts';
import { stsQueueAccess } from '../../lib/aws/sts-queue-access.ts';
import { parsePolicy } from '../../local/iam/policy.ts';
import { apiOver } from './api-over.ts';
import { startWorld } from './world.ts';

export { type Answer, type Json, LINK, PUBLIC_URL, routeOf } from './api-over.ts';

export type Api = Awaited<ReturnType<Awaited<ReturnType<typeof startApi>>['fresh']>>;

export async function startApi() {
  const world = await startWorld();
  const siblingQueue = 'http://sqs.invalid/000000000000/sibling';
  const roleArn = 'arn:aws:iam::000000000000:role/gateway-queues';
  const everyQueue = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' };
  world.sessions.know({
    id: 'GatewayQueues',
    arn: roleArn,
    policies: parsePolicy({ Version: '2012-10-17', Statement: everyQueue }, 'identity'),
    trust: [],
  });
  const outside = {
    queues: sqsQueueKeeper(world.clients.sqs, siblingQueue),
    queueAccess: stsQueueAccess(world.clients.sts, {
      roleArn,
      queueArnPrefix: 'arn:aws:sqs:us-east-1:000000000000:',
      endpoint: null,
    }),
    reloads: sqsReloadQueues(world.clients.sqs, siblingQueue),
  };

  /** An API over an empty table. */
  async function fresh(override: Partial<ApiPorts> = {}) {
    const api = await apiOver(await world.fresh(), outside, override);
    return {
      ...api,
      async queueExists(url: string): Promise<boolean> {
        const QueueName = url.slice(url.lastIndexOf('/') + 1);
        const found = world.clients.sqs.send(new GetQueueUrlCommand({ QueueName }));
        return found.then(
          () => true,
          () => false,
        );
      },
    };
  }

  return { fresh, git: world.git, close: () => world.close() };
}
