/** The poll function: wires `poll` to AWS. */
import { openSqs, openTable } from '../../lib/aws/clients.ts';
import { dynamoAnnouncements } from '../../lib/aws/dynamo-announcements.ts';
import { dynamoConfigurations } from '../../lib/aws/dynamo-configurations.ts';
import { dynamoLinks } from '../../lib/aws/dynamo-links.ts';
import { dynamoReports } from '../../lib/aws/dynamo-reports.ts';
import { dynamoSources } from '../../lib/aws/dynamo-sources.ts';
import { sqsFanOutQueue, sqsSyncQueue } from '../../lib/aws/sqs.ts';
import { parseConfig } from '../../lib/config.ts';
import { jsonLog, standardOutput } from '../../lib/log.ts';
import { pollHandler } from './handler.ts';

const config = parseConfig(process.env, ['table', 'syncQueue', 'fanOutQueue']);
const table = openTable(config.table);
const sqs = openSqs();

export const handler = pollHandler({
  sources: dynamoSources(table),
  links: dynamoLinks(table),
  reports: dynamoReports(table),
  configurations: dynamoConfigurations(table),
  announcements: dynamoAnnouncements(table),
  syncQueue: sqsSyncQueue(sqs, config.syncQueue),
  fanOutQueue: sqsFanOutQueue(sqs, config.fanOutQueue),
  clock: { now: () => new Date() },
  log: jsonLog(standardOutput),
});
