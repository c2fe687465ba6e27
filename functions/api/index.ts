/** The api function: wires the HTTP API to AWS. It can seal secrets and cannot open them. */
import { openKms, openSqs, openSts, openTable } from '../../lib/aws/clients.ts';
import { dynamoAnnouncements } from '../../lib/aws/dynamo-announcements.ts';
import { dynamoConfigurations } from '../../lib/aws/dynamo-configurations.ts';
import { dynamoDecisions } from '../../lib/aws/dynamo-decisions.ts';
import { dynamoEvents } from '../../lib/aws/dynamo-events.ts';
import { dynamoGateways } from '../../lib/aws/dynamo-gateways.ts';
import { dynamoHooks } from '../../lib/aws/dynamo-hooks.ts';
import { dynamoLinks } from '../../lib/aws/dynamo-links.ts';
import { dynamoMetrics } from '../../lib/aws/dynamo-metrics.ts';
import { dynamoReceipts } from '../../lib/aws/dynamo-receipts.ts';
import { dynamoReports } from '../../lib/aws/dynamo-reports.ts';
import { dynamoSources } from '../../lib/aws/dynamo-sources.ts';
import { dynamoTokens } from '../../lib/aws/dynamo-tokens.ts';
import { dynamoVersions } from '../../lib/aws/dynamo-versions.ts';
import { kmsSealer } from '../../lib/aws/kms-sealing.ts';
import { kmsSigner, kmsSigningKeys } from '../../lib/aws/kms-signing.ts';
import { rememberingContent } from '../../lib/aws/remembered-content.ts';
import { sqsFanOutQueue, sqsQueueKeeper, sqsReloadQueues, sqsSyncQueue } from '../../lib/aws/sqs.ts';
import { stsQueueAccess } from '../../lib/aws/sts-queue-access.ts';
import { parseConfig } from '../../lib/config.ts';
import { jsonLog, standardOutput } from '../../lib/log.ts';
import { apiHandler } from './handler.ts';

const { table: tableName, ...config } = parseConfig(process.env, [
  'table',
  'syncQueue',
  'fanOutQueue',
  'dataKey',
  'signingKey',
  'proofKey',
  'gatewayQueuePrefix',
  'gatewayQueueRole',
  'gatewayQueueEndpoint',
  'queueArnPrefix',
  'eventRetentionHours',
  'publicUrl',
  'gitAllowedNetworks',
]);
const table = openTable(tableName);
const sqs = openSqs();
const kms = openKms();
const clock = { now: () => new Date() };
const tokens = dynamoTokens(table);

export const handler = apiHandler({
  hooks: dynamoHooks(table),
  sources: dynamoSources(table),
  links: dynamoLinks(table),
  configurations: dynamoConfigurations(table),
  versions: rememberingContent(dynamoVersions(table)),
  announcements: dynamoAnnouncements(table),
  gateways: dynamoGateways(table),
  reports: dynamoReports(table),
  receipts: dynamoReceipts(table),
  tokens,
  events: dynamoEvents(table, clock.now, config.eventRetentionHours),
  decisions: dynamoDecisions(table, config.eventRetentionHours),
  metrics: dynamoMetrics(table),
  syncQueue: sqsSyncQueue(sqs, config.syncQueue),
  fanOutQueue: sqsFanOutQueue(sqs, config.fanOutQueue),
  queues: sqsQueueKeeper(sqs, config.fanOutQueue),
  queueAccess: stsQueueAccess(openSts(), {
    roleArn: config.gatewayQueueRole,
    queueArnPrefix: config.queueArnPrefix,
    endpoint: config.gatewayQueueEndpoint,
  }),
  reloads: sqsReloadQueues(sqs, config.fanOutQueue),
  sealer: kmsSealer(kms, config.dataKey),
  signingKeys: kmsSigningKeys(kms, config.signingKey),
  proofSigner: kmsSigner(kms, config.proofKey),
  proofKeys: kmsSigningKeys(kms, config.proofKey),
  clock,
  log: jsonLog(standardOutput),
  settings: {
    publicUrl: config.publicUrl,
    gatewayQueuePrefix: config.gatewayQueuePrefix,
    gitAllowedNetworks: config.gitAllowedNetworks,
  },
  // Any answer of the table will do: that it answers is what makes the API ready.
  ready: async () => {
    await tokens.find('readiness');
  },
});
