/** The real adapters over whatever clients there are: all ports of the functions, in one. */
import type { KMSClient } from '@aws-sdk/client-kms';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Table } from '../../lib/aws/dynamo.ts';
import { dynamoAnnouncements } from '../../lib/aws/dynamo-announcements.ts';
import { dynamoConfigurations } from '../../lib/aws/dynamo-configurations.ts';
import { dynamoDecisions } from '../../lib/aws/dynamo-decisions.ts';
import { dynamoEvents } from '../../lib/aws/dynamo-events.ts';
import { dynamoGateways } from '../../lib/aws/dynamo-gateways.ts';
import { dynamoHooks } from '../../lib/aws/dynamo-hooks.ts';
import { dynamoHostLimits } from '../../lib/aws/dynamo-host-limits.ts';
import { dynamoLinks } from '../../lib/aws/dynamo-links.ts';
import { dynamoMetrics } from '../../lib/aws/dynamo-metrics.ts';
import { dynamoReceipts } from '../../lib/aws/dynamo-receipts.ts';
import { dynamoReports } from '../../lib/aws/dynamo-reports.ts';
import { dynamoSources } from '../../lib/aws/dynamo-sources.ts';
import { dynamoTokens } from '../../lib/aws/dynamo-tokens.ts';
import { dynamoVersions } from '../../lib/aws/dynamo-versions.ts';
import { kmsOpener, kmsSealer } from '../../lib/aws/kms-sealing.ts';
import { kmsSigner, kmsSigningKeys } from '../../lib/aws/kms-signing.ts';
import { sqsFanOutQueue, sqsQueueKeeper, sqsReloadQueues, sqsSyncQueue } from '../../lib/aws/sqs.ts';
import type { Clock, GitHost } from '../../lib/ports.ts';
import { queueUrl } from '../fakes/memory-sqs.ts';

export const DECISION_HOURS = 48;
export const QUEUES = { sync: 'kt-sync', fanOut: 'kt-fan-out', gatewayPrefix: 'kt-gw-' } as const;

export interface Keys {
  readonly data: string;
  readonly signing: string;
  readonly proof: string;
}

/** What the adapters stand on. */
export interface Below {
  readonly table: Table;
  readonly kms: KMSClient;
  readonly sqs: SQSClient;
  readonly keys: Keys;
  git: GitHost;
}

export interface Fact {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function portsOver({ table, kms, sqs, keys, git }: Below, clock: Clock, facts: Fact[]) {
  const sync = queueUrl(QUEUES.sync);
  return {
    table,
    clock,
    sources: dynamoSources(table),
    links: dynamoLinks(table),
    hooks: dynamoHooks(table),
    configurations: dynamoConfigurations(table),
    versions: dynamoVersions(table),
    announcements: dynamoAnnouncements(table),
    gateways: dynamoGateways(table),
    reports: dynamoReports(table),
    receipts: dynamoReceipts(table),
    tokens: dynamoTokens(table),
    events: dynamoEvents(table, clock.now, DECISION_HOURS),
    decisions: dynamoDecisions(table, DECISION_HOURS),
    hostLimits: dynamoHostLimits(table),
    metrics: dynamoMetrics(table),
    git,
    sealer: kmsSealer(kms, keys.data),
    opener: kmsOpener(kms, clock.now),
    signer: kmsSigner(kms, keys.signing),
    signingKeys: kmsSigningKeys(kms, keys.signing),
    proofSigner: kmsSigner(kms, keys.proof),
    proofKeys: kmsSigningKeys(kms, keys.proof),
    gatewayQueuePrefix: QUEUES.gatewayPrefix,
    syncQueue: sqsSyncQueue(sqs, sync),
    fanOutQueue: sqsFanOutQueue(sqs, queueUrl(QUEUES.fanOut)),
    reloads: sqsReloadQueues(sqs, sync),
    queues: sqsQueueKeeper(sqs, sync),
    log: {
      fact: (name: string, fields: Readonly<Record<string, unknown>> = {}) => {
        facts.push({ name, fields });
      },
    },
  };
}
