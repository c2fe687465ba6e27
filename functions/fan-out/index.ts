/** The fan-out function: wires `fanOut` to AWS. */
import { openKms, openSqs, openTable } from '../../lib/aws/clients.ts';
import { dynamoAnnouncements } from '../../lib/aws/dynamo-announcements.ts';
import { dynamoConfigurations } from '../../lib/aws/dynamo-configurations.ts';
import { dynamoGateways } from '../../lib/aws/dynamo-gateways.ts';
import { dynamoMetrics } from '../../lib/aws/dynamo-metrics.ts';
import { kmsSigner } from '../../lib/aws/kms-signing.ts';
import { sqsFanOutQueue, sqsReloadQueues } from '../../lib/aws/sqs.ts';
import { parseConfig } from '../../lib/config.ts';
import { jsonLog, standardOutput } from '../../lib/log.ts';
import { fanOutHandler } from './handler.ts';

const config = parseConfig(process.env, ['table', 'fanOutQueue', 'signingKey']);
const table = openTable(config.table);
const sqs = openSqs();

export const handler = fanOutHandler({
  configurations: dynamoConfigurations(table),
  announcements: dynamoAnnouncements(table),
  gateways: dynamoGateways(table),
  reloads: sqsReloadQueues(sqs, config.fanOutQueue),
  fanOutQueue: sqsFanOutQueue(sqs, config.fanOutQueue),
  signer: kmsSigner(openKms(), config.signingKey),
  metrics: dynamoMetrics(table),
  clock: { now: () => new Date() },
  log: jsonLog(standardOutput),
});
