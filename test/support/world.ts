/**
 * A world for the pipeline: the real adapters on the local DynamoDB and KMS, a real git server, a clock that
 * stands still until it is moved, and queues that keep their messages until the test delivers them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
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
import { TABLE } from '../../lib/aws/table.ts';
import type { Configuration } from '../../lib/domain/configuration.ts';
import type { FanOutMessage, SyncMessage } from '../../lib/domain/message.ts';
import type { FanOutOutcome, SyncOutcome } from '../../lib/domain/outcome.ts';
import type { ReloadMessage } from '../../lib/domain/reload.ts';
import { lastSyncOf, linkStatus } from '../../lib/domain/source.ts';
import { gitHost } from '../../lib/git/git-host.ts';
import { fanOut } from '../../lib/pipeline/fan-out.ts';
import { registerGateway } from '../../lib/pipeline/manage/gateways.ts';
import { createLink, type LinkWish } from '../../lib/pipeline/manage/links.ts';
import { poll } from '../../lib/pipeline/poll.ts';
import { sync } from '../../lib/pipeline/sync.ts';
import { localClients, startEmulators } from '../../local/emulators.ts';
import { startGitServer } from './git-server.ts';

export const DECISION_HOURS = 48;

export const CALLER = { actor: 'token:test', requestId: 'request-1' } as const;

export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'kt-world-'));
  const region = 'us-east-1';
  const emulators = await startEmulators({ folder, region, log: () => {}, environment: {} });
  const clients = localClients(emulators.endpoints, region);
  const git = await startGitServer();
  const dataKey = await newKey(clients.kms, {});
  const signingKey = await newKey(clients.kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const proofKey = await newKey(clients.kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const host = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
  let tables = 0;

  /** A world of its own: nothing another test did is in it. */
  async function fresh() {
    const table: Table = { client: clients.dynamodb, name: `kt-${++tables}` };
    await createTable(table);
    const time = { at: Date.parse('2026-03-01T12:00:00.000Z') };
    const clock = { now: () => new Date(time.at) };
    const hints: { message: SyncMessage; due: number }[] = [];
    const announcements: FanOutMessage[] = [];
    const reloads = new Map<string, ReloadMessage[]>();
    const facts: { name: string; fields: Readonly<Record<string, unknown>> }[] = [];
    const ports = {
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
      git: host,
      sealer: kmsSealer(clients.kms, dataKey),
      opener: kmsOpener(clients.kms, clock.now),
      signer: kmsSigner(clients.kms, signingKey),
      signingKeys: kmsSigningKeys(clients.kms, signingKey),
      proofSigner: kmsSigner(clients.kms, proofKey),
      proofKeys: kmsSigningKeys(clients.kms, proofKey),
      gatewayQueuePrefix: 'kt-gw-',
      syncQueue: {
        send: async (messages: readonly { message: SyncMessage; delaySeconds: number }[]) => {
          for (const { message, delaySeconds } of messages)
            hints.push({ message, due: time.at + delaySeconds * 1000 });
        },
      },
      fanOutQueue: {
        send: async (messages: readonly FanOutMessage[]) => {
          announcements.push(...messages);
        },
      },
      reloads: {
        urlOf: (queueName: string) => `memory:${queueName}`,
        send: async (queueName: string, message: ReloadMessage) => {
          const queue = reloads.get(queueName);
          if (!queue) return 'gone' as const;
          queue.push(message);
          return 'sent' as const;
        },
      },
      queues: {
        create: async (queueName: string) => {
          if (!reloads.has(queueName)) reloads.set(queueName, []);
          return `memory:${queueName}`;
        },
        remove: async (queueName: string) => {
          reloads.delete(queueName);
        },
      },
      log: {
        fact: (name: string, fields: Readonly<Record<string, unknown>> = {}) => {
          facts.push({ name, fields });
        },
      },
    };

    /** Delivers what is due until nothing is; returns how each message ended. */
    async function deliver(): Promise<(SyncOutcome | FanOutOutcome)[]> {
      const outcomes: (SyncOutcome | FanOutOutcome)[] = [];
      for (;;) {
        const index = hints.findIndex(({ due }) => due <= time.at);
        const [hint] = index === -1 ? [] : hints.splice(index, 1);
        const announcement = hint ? undefined : announcements.shift();
        if (hint) outcomes.push(await sync(hint.message, ports));
        else if (announcement) outcomes.push(await fanOut(announcement, ports));
        else return outcomes;
      }
    }

    return {
      ports,
      time,
      hints,
      announcements,
      reloads,
      facts,
      deliver,
      /** Second by second, as messages fall due. */
      async advance(seconds: number) {
        const outcomes = await deliver();
        for (let second = 0; second < seconds; second++) {
          time.at += 1000;
          outcomes.push(...(await deliver()));
        }
        return outcomes;
      },
      /** One tick of the schedule, and everything that follows from it within the minute. */
      async tick() {
        await poll(ports);
        return this.advance(60);
      },
      async link(repoUrl: string, wish: Partial<LinkWish> = {}) {
        const outcome = await createLink({ ...LINK, repoUrl, ...wish }, CALLER, ports);
        if (outcome.kind !== 'linked') throw new Error(`not linked: ${outcome.kind}`);
        // Off the minute, so that the next tick has the first look within its horizon.
        await this.advance(1);
        return outcome;
      },
      async linkNow(id: string) {
        const found = await ports.links.findWithSource(id);
        if (!found) throw new Error(`no link ${id}`);
        const { link, source } = found;
        return { ...link, status: linkStatus(link, source), lastSync: lastSyncOf(link, source), source };
      },
      async configuration(id: string): Promise<Configuration> {
        const configuration = await ports.configurations.find(id);
        if (!configuration) throw new Error(`no configuration ${id}`);
        return configuration;
      },
      async gateway(configurationId: string | null, name = 'gateway') {
        const wish = { team: 'default', name, configurationId, publicKey: null, labels: {} };
        return (await registerGateway(wish, CALLER, ports)).gateway;
      },
      reloadsOf: (gateway: { queueName: string }) => reloads.get(gateway.queueName) ?? [],
      async eventTypes(configurationId: string | null = null) {
        const any = { team: null, type: null, gatewayId: null, verdict: null };
        const query = { ...any, since: new Date(0), limit: 1000, after: null };
        // The audit log is walked by day, and this world began on one.
        const since = new Date('2026-03-01T00:00:00.000Z');
        return (await ports.events.list({ ...query, since, configurationId })).items.map(({ type }) => type);
      },
    };
  }

  return {
    git,
    clients,
    dataKey,
    sessions: emulators.sessions,
    fresh,
    async close() {
      host.close();
      clients.destroy();
      await git.close();
      await emulators.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const LINK: LinkWish = {
  team: 'default',
  repoUrl: '',
  provider: 'generic',
  branch: 'main',
  path: 'policy-config.yaml',
  username: null,
  accessToken: null,
  pollIntervalSeconds: 60,
  autoCreateConfiguration: true,
  configurationId: null,
};

async function newKey(client: Parameters<typeof kmsSealer>[0], spec: object): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(spec));
  if (!KeyMetadata?.Arn) throw new Error('no key was made');
  return KeyMetadata.Arn;
}

export async function createTable({ client, name }: Table): Promise<void> {
  const keys = [TABLE, TABLE.indexes.list, TABLE.indexes.work];
  const schema = ({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) => [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys
        .flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey])
        .map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: schema(TABLE),
      GlobalSecondaryIndexes: [TABLE.indexes.list, TABLE.indexes.work].map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index),
        Projection: { ProjectionType: 'ALL' as const },
      })),
    }),
  );
}

/** A policy document; what varies in tests varies here. */
export function policy(
  options: { name?: string; id?: string; version?: string; limit?: number } = {},
): string {
  const { name = 'payments', id, version = '1.0.0', limit = 100 } = options;
  return [
    'pack:',
    `  name: ${name}`,
    `  version: ${version}`,
    '  enabled: true',
    ...(id ? [`  id: ${id}`] : []),
    'policies:',
    '  chain: [spend-limit]',
    'policy:',
    `  spend-limit: {max_daily_usd: ${limit}}`,
    '',
  ].join('\n');
}
