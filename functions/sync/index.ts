/** The sync function: wires `sync` to AWS and to git hosts. */
import { openKms, openSqs, openTable } from '../../lib/aws/clients.ts';
import { dynamoConfigurations } from '../../lib/aws/dynamo-configurations.ts';
import { dynamoHostLimits } from '../../lib/aws/dynamo-host-limits.ts';
import { dynamoLinks } from '../../lib/aws/dynamo-links.ts';
import { dynamoMetrics } from '../../lib/aws/dynamo-metrics.ts';
import { dynamoSources } from '../../lib/aws/dynamo-sources.ts';
import { dynamoVersions } from '../../lib/aws/dynamo-versions.ts';
import { kmsOpener } from '../../lib/aws/kms-sealing.ts';
import { sqsFanOutQueue, sqsSyncQueue } from '../../lib/aws/sqs.ts';
import { parseConfig } from '../../lib/config.ts';
import { gitHost } from '../../lib/git/git-host.ts';
import { jsonLog, standardOutput } from '../../lib/log.ts';
import { syncHandler } from './handler.ts';

/**
 * A host that answers as slowly as it may is asked up to three times in one run (a look, the tip, the files): less
 * than the function's minute, so that the link says what is wrong and the batch's other messages are not lost.
 */
const GIT_MS = 18_000;

const config = parseConfig(process.env, ['table', 'syncQueue', 'fanOutQueue', 'gitAllowedNetworks']);
const table = openTable(config.table);
const sqs = openSqs();
const clock = { now: () => new Date() };

export const handler = syncHandler({
  sources: dynamoSources(table),
  links: dynamoLinks(table),
  configurations: dynamoConfigurations(table),
  versions: dynamoVersions(table),
  hostLimits: dynamoHostLimits(table),
  metrics: dynamoMetrics(table),
  syncQueue: sqsSyncQueue(sqs, config.syncQueue),
  fanOutQueue: sqsFanOutQueue(sqs, config.fanOutQueue),
  git: gitHost({ allowedNetworks: config.gitAllowedNetworks, bounds: { totalMs: GIT_MS } }),
  opener: kmsOpener(openKms(), clock.now),
  clock,
  log: jsonLog(standardOutput),
});
