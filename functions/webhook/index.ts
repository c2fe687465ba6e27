/** The webhook function: wires `receive` to AWS. */
import { openKms, openSqs, openTable } from '../../lib/aws/clients.ts';
import { dynamoHooks } from '../../lib/aws/dynamo-hooks.ts';
import { dynamoSources } from '../../lib/aws/dynamo-sources.ts';
import { kmsOpener } from '../../lib/aws/kms-sealing.ts';
import { sqsSyncQueue } from '../../lib/aws/sqs.ts';
import { parseConfig } from '../../lib/config.ts';
import { jsonLog, standardOutput } from '../../lib/log.ts';
import { webhookHandler } from './handler.ts';

const config = parseConfig(process.env, ['table', 'syncQueue']);
const table = openTable(config.table);
const clock = { now: () => new Date() };

export const handler = webhookHandler({
  hooks: dynamoHooks(table),
  sources: dynamoSources(table),
  syncQueue: sqsSyncQueue(openSqs(), config.syncQueue),
  opener: kmsOpener(openKms(), clock.now),
  clock,
  log: jsonLog(standardOutput),
});
