/** The stack, in the order data flows: facts, keys, queues, the functions between them, what wakes and watches them. */
import { type CfnElement, CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { KtFunction } from './functions.ts';
import { gatewayQueues } from './gateway-queues.ts';
import { KtHttpApi } from './http-api.ts';
import { DataKey, ProofKey, SigningKey } from './keys.ts';
import { readableLogicalId } from './logical-ids.ts';
import * as may from './permissions.ts';
import { WorkQueue } from './queues.ts';
import { EveryMinute } from './schedule.ts';
import { settings } from './settings.ts';
import { KtTable } from './table.ts';

/** Long enough for a slow git host; short enough that a stuck run is tried again soon. */
const WORKER_TIMEOUT = Duration.seconds(60);

export interface KtGitopsProps {
  /** The folder that holds one folder per function, each with its `index.mjs`. */
  readonly assets: string;
}

export class KtGitops extends Stack {
  constructor(scope: Construct, id: string, { assets }: KtGitopsProps) {
    super(scope, id, { description: 'kt-gitops: git as the source of truth for what AI gateways enforce' });
    const { gitAllowedNetworks, alarmEmail, gatewayQueueEndpoint, eventRetentionHours } = settings(this);
    const gateways = gatewayQueues(this);

    // What is kept, and what protects it.
    const table = new KtTable(this, 'Table');
    const dataKey = new DataKey(this, 'DataKey');
    const signingKey = new SigningKey(this, 'SigningKey');
    const proofKey = new ProofKey(this, 'ProofKey');

    // What waits.
    const syncQueue = new WorkQueue(this, 'SyncQueue', { workerTimeout: WORKER_TIMEOUT });
    const fanOutQueue = new WorkQueue(this, 'FanOutQueue', { workerTimeout: WORKER_TIMEOUT });

    // What answers. The API comes before its functions because its URL is in their environment.
    const http = new KtHttpApi(this, 'Http');

    const env = {
      table: { table: table.tableName },
      syncQueue: { syncQueue: syncQueue.queue.queueUrl },
      fanOutQueue: { fanOutQueue: fanOutQueue.queue.queueUrl },
      dataKey: { dataKey: dataKey.keyArn },
      signingKey: { signingKey: signingKey.keyArn },
      proofKey: { proofKey: proofKey.keyArn },
      gateways: {
        gatewayQueuePrefix: gateways.prefix,
        gatewayQueueRole: gateways.roleArn,
        gatewayQueueEndpoint,
        queueArnPrefix: gateways.arnPrefix,
      },
      git: { gitAllowedNetworks },
      events: { eventRetentionHours },
      url: { publicUrl: http.url },
    };

    // A delivery becomes a hint.
    const webhook = new KtFunction(this, 'Webhook', {
      name: 'webhook',
      does: 'Verifies a delivery and hints at the sources it moved',
      assets,
      timeout: Duration.seconds(10),
      // Git hosts drop deliveries that are not answered in time, and memory is processor.
      memory: 1024,
      environment: { ...env.table, ...env.syncQueue },
      may: [
        ...may.rows(table, { HOOK: ['GetItem', 'Query', 'UpdateItem'], SOURCE: ['UpdateItem'] }),
        may.send(syncQueue),
        may.decrypt(dataKey, 'hook-secret'),
      ],
    });

    // So does a source that is due.
    const poll = new KtFunction(this, 'Poll', {
      name: 'poll',
      does: 'Hints at the sources that are due, and sweeps what was left unannounced',
      assets,
      // Below the interval: ticks must not overlap.
      timeout: Duration.seconds(50),
      // A tick that failed is not repeated: the next one is due before its second try would be.
      retryAttempts: 0,
      memory: 512,
      environment: { ...env.table, ...env.syncQueue, ...env.fanOutQueue },
      may: [
        ...may.rows(table, { CONFIG: ['BatchGetItem'], SOURCE: ['BatchGetItem'], LINK: ['GetItem'] }),
        may.queryWork(table, 'DRIFT', 'DUE', 'ERROR', 'HOLD', 'MARK'),
        may.send(syncQueue, fanOutQueue),
      ],
    });

    // A hint becomes a version.
    const sync = new KtFunction(this, 'Sync', {
      name: 'sync',
      does: 'Brings what the links of a source publish up to what its branch holds now',
      assets,
      timeout: WORKER_TIMEOUT,
      // Ten sources at once, each from a host that sends all it may (docs/decisions/0032).
      memory: 768,
      environment: { ...env.table, ...env.syncQueue, ...env.fanOutQueue, ...env.git },
      may: [
        ...may.rows(table, {
          SOURCE: [
            'GetItem',
            'BatchGetItem',
            'Query',
            'PutItem',
            'UpdateItem',
            'DeleteItem',
            'ConditionCheckItem',
          ],
          LINK: ['GetItem'],
          // One that no link needs any more, when whoever removed the last one died on the way.
          HOOK: ['DeleteItem'],
          HOST: ['GetItem', 'UpdateItem'],
          CONFIG: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
          CONTENT: ['GetItem', 'PutItem'],
          TEAMS: ['PutItem'],
          EVENTS: ['PutItem'],
          METRIC: ['UpdateItem'],
        }),
        may.work(syncQueue),
        may.send(syncQueue, fanOutQueue),
        may.decrypt(dataKey, 'git-token'),
      ],
    });
    sync.works(syncQueue, 50);

    // A version becomes a signed message to every gateway bound to it.
    const fanOut = new KtFunction(this, 'FanOut', {
      name: 'fan-out',
      does: 'Tells every bound gateway which version to run',
      assets,
      timeout: WORKER_TIMEOUT,
      memory: 512,
      environment: { ...env.table, ...env.fanOutQueue, ...env.signingKey },
      may: [
        ...may.rows(table, {
          CONFIG: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
          BOUND: ['Query'],
          EVENTS: ['PutItem'],
          METRIC: ['UpdateItem'],
        }),
        may.work(fanOutQueue),
        may.send(fanOutQueue),
        may.sign(signingKey),
        may.tellGateways(gateways.arns),
      ],
    });
    fanOut.works(fanOutQueue, 20);
    gateways.allowWildcard(fanOut);

    // People and gateways ask. It may encrypt what it is given and never read it back.
    const api = new KtFunction(this, 'Api', {
      name: 'api',
      does: 'Answers people, programs and gateways',
      assets,
      // API Gateway gives up after 30 s; the function must answer first.
      timeout: Duration.seconds(28),
      memory: 1024,
      environment: {
        ...env.table,
        ...env.syncQueue,
        ...env.fanOutQueue,
        ...env.dataKey,
        ...env.signingKey,
        ...env.proofKey,
        ...env.gateways,
        ...env.events,
        ...env.url,
        ...env.git,
      },
      may: [
        may.items(
          table,
          'GetItem',
          'BatchGetItem',
          'Query',
          'PutItem',
          'UpdateItem',
          'DeleteItem',
          'ConditionCheckItem',
        ),
        may.queryIndexes(table),
        may.send(syncQueue, fanOutQueue),
        may.manageGatewayQueues(gateways.arns),
        // A gateway that is bound to something else, or asked to reload, is told at once: with what fan-out signed.
        may.tellGateways(gateways.arns),
        // A gateway receives from its own queue as this role, narrowed down to that queue.
        may.lendGatewayQueues(gateways.roleArn),
        may.encrypt(dataKey, 'git-token', 'hook-secret'),
        may.readPublicKey(signingKey, proofKey),
        // Proofs, and never what gateways run.
        may.sign(proofKey),
      ],
    });
    gateways.allowWildcard(api);
    gateways.lendBy(api);

    http.routeDeliveries(webhook);
    http.routeEverythingElse(api);
    new EveryMinute(this, 'EveryMinute', poll);

    new Alarms(this, 'Alarms', {
      syncQueue,
      fanOutQueue,
      webhook,
      poll,
      sync,
      api: http.api,
      email: alarmEmail,
    });

    new CfnOutput(this, 'ApiUrl', { value: http.url });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'DataKeyArn', { value: dataKey.keyArn });
    new CfnOutput(this, 'SigningKeyArn', { value: signingKey.keyArn });
    new CfnOutput(this, 'ProofKeyArn', { value: proofKey.keyArn });
  }

  protected override allocateLogicalId(element: CfnElement): string {
    return readableLogicalId(element);
  }
}
