/** The stack: what a deployment makes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synth } from '../../infra/synth.ts';
import { TABLE } from '../../lib/aws/table.ts';
import { ENV } from '../../lib/config.ts';
import type { Properties } from '../support/template.ts';
import { ofType, resource, stubFunctions, synthesize, temporaryFolder } from './template.ts';

const { template, outdir } = await synthesize(false);
const properties = (id: string): Properties => resource(template, id).Properties;

describe('the table', () => {
  it('has the keys, the expiry and the indexes that the adapters use', () => {
    const table = properties('Table');
    expect(table.KeySchema).toEqual([
      { AttributeName: TABLE.partitionKey, KeyType: 'HASH' },
      { AttributeName: TABLE.sortKey, KeyType: 'RANGE' },
    ]);
    expect(table.TimeToLiveSpecification).toEqual({ AttributeName: TABLE.expiry, Enabled: true });
    expect(table.GlobalSecondaryIndexes).toEqual(
      Object.values(TABLE.indexes).map(({ name, partitionKey, sortKey }) => ({
        IndexName: name,
        KeySchema: [
          { AttributeName: partitionKey, KeyType: 'HASH' },
          { AttributeName: sortKey, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      })),
    );
    expect(table.BillingMode).toBe('PAY_PER_REQUEST');
  });

  it('survives a mistake: backups to any second, no deletion by accident or with the stack', () => {
    const { Properties: table, DeletionPolicy } = resource(template, 'Table');
    expect(table.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    expect(table.DeletionProtectionEnabled).toBe(true);
    expect(table.SSESpecification).toEqual({ SSEEnabled: true });
    expect(DeletionPolicy).toBe('Retain');
  });
});

describe('the keys', () => {
  it('outlive the stack: what they wrapped and signed does', () => {
    for (const id of ['DataKey', 'SigningKey', 'ProofKey'])
      expect(resource(template, id).DeletionPolicy).toBe('Retain');
  });

  it('are one that encrypts and rotates, and two that sign', () => {
    expect(properties('DataKey').EnableKeyRotation).toBe(true);
    expect(properties('DataKey').KeySpec).toBeUndefined();
    for (const id of ['SigningKey', 'ProofKey'])
      expect(properties(id)).toMatchObject({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  });

  it('have names for people', () => {
    const aliases = ofType(template, 'AWS::KMS::Alias').map(([, alias]) => alias.Properties.AliasName);
    expect(aliases).toEqual(['alias/KtGitops/data', 'alias/KtGitops/signing', 'alias/KtGitops/proof']);
  });
});

describe.each([
  ['SyncQueue', 'SyncFunction', 'SyncSource'],
  ['FanOutQueue', 'FanOutFunction', 'FanOutSource'],
])('%s', (queue, worker, source) => {
  it('gives up a message after five tries and keeps it for 14 days', () => {
    expect(properties(queue).RedrivePolicy).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [`${queue}DeadLetters`, 'Arn'] },
      maxReceiveCount: 5,
    });
    expect(properties(`${queue}DeadLetters`).MessageRetentionPeriod).toBe(14 * 24 * 3600);
  });

  it('hides a message six times as long as its worker may run', () => {
    expect(properties(queue).VisibilityTimeout).toBe(6 * properties(worker).Timeout);
  });

  it('is encrypted, and so are its dead letters', () => {
    for (const id of [queue, `${queue}DeadLetters`]) expect(properties(id).SqsManagedSseEnabled).toBe(true);
  });

  it('is worked in batches of ten, of which only the failed ones return', () => {
    expect(properties(source)).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [queue, 'Arn'] },
      FunctionName: { Ref: worker },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(properties(source).ScalingConfig.MaximumConcurrency).toBeGreaterThan(1);
  });
});

describe('the functions', () => {
  const SETTINGS: Record<string, readonly (keyof typeof ENV)[]> = {
    WebhookFunction: ['table', 'syncQueue'],
    PollFunction: ['table', 'syncQueue', 'fanOutQueue'],
    SyncFunction: ['table', 'syncQueue', 'fanOutQueue', 'gitAllowedNetworks'],
    FanOutFunction: ['table', 'fanOutQueue', 'signingKey'],
    ApiFunction: [
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
    ],
  };
  const functions = ofType(template, 'AWS::Lambda::Function');

  it('are these five', () => {
    expect(functions.map(([id]) => id).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it.each(Object.entries(SETTINGS))('%s is told what it needs and no more', (id, settings) => {
    const { NODE_OPTIONS, ...told } = properties(id).Environment.Variables;
    expect(NODE_OPTIONS).toBe('--enable-source-maps');
    expect(Object.keys(told).sort()).toEqual(settings.map((setting) => ENV[setting]).sort());
  });

  it('are told values of this stack', () => {
    expect(properties('ApiFunction').Environment.Variables).toMatchObject({
      [ENV.table]: { Ref: 'Table' },
      [ENV.syncQueue]: { Ref: 'SyncQueue' },
      [ENV.fanOutQueue]: { Ref: 'FanOutQueue' },
      [ENV.dataKey]: { 'Fn::GetAtt': ['DataKey', 'Arn'] },
      [ENV.signingKey]: { 'Fn::GetAtt': ['SigningKey', 'Arn'] },
      [ENV.proofKey]: { 'Fn::GetAtt': ['ProofKey', 'Arn'] },
      [ENV.gatewayQueuePrefix]: 'KtGitops-gw-',
      [ENV.publicUrl]: { 'Fn::GetAtt': ['HttpApi', 'ApiEndpoint'] },
      [ENV.gitAllowedNetworks]: { Ref: 'GitAllowedNetworks' },
    });
  });

  it('run on Node 24 and ARM', () => {
    for (const [, { Properties: fn }] of functions) {
      expect(fn).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
    }
  });

  it('stop in time for whoever waits', () => {
    const seconds = Object.fromEntries(functions.map(([id, { Properties: fn }]) => [id, fn.Timeout]));
    expect(seconds).toEqual({
      WebhookFunction: 10,
      PollFunction: 50,
      SyncFunction: 60,
      FanOutFunction: 60,
      ApiFunction: 28,
    });
  });

  it('find their code by the path the runner on one machine reads', () => {
    for (const [, { Metadata }] of functions)
      expect(existsSync(join(outdir, String(Metadata?.['aws:asset:path']), 'index.mjs'))).toBe(true);
  });

  it('log to a group of their own, for a month', () => {
    for (const [id, { Properties: fn }] of functions) {
      const group = fn.LoggingConfig.LogGroup.Ref;
      expect(group).toBe(id.replace('Function', 'Log'));
      expect(properties(group).RetentionInDays).toBe(30);
    }
    for (const [, { Properties: group }] of ofType(template, 'AWS::Logs::LogGroup'))
      expect(group.RetentionInDays).toBe(30);
  });
});

describe('the HTTP API', () => {
  it('routes deliveries to the webhook and everything else to the API function', () => {
    const routes = ofType(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties: route }]) => {
      const integration = properties(route.Target['Fn::Join'][1][1].Ref);
      expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
      return [route.RouteKey, integration.IntegrationUri['Fn::GetAtt'][0]];
    });
    expect(routes).toEqual([
      ['POST /v1/hooks/{hookId}', 'WebhookFunction'],
      ['$default', 'ApiFunction'],
    ]);
  });

  it('has one stage, throttled and logged, and no CORS', () => {
    const stage = properties('HttpStage');
    expect(stage).toMatchObject({ StageName: '$default', AutoDeploy: true });
    expect(stage.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 });
    expect(stage.AccessLogSettings.DestinationArn).toEqual({ 'Fn::GetAtt': ['HttpAccessLog', 'Arn'] });
    expect(properties('HttpApi').CorsConfiguration).toBeUndefined();
  });

  it('logs no path, no query and no header: each can hold a token', () => {
    const format = properties('HttpStage').AccessLogSettings.Format;
    expect(Object.values(JSON.parse(format)).join(' ')).not.toMatch(/path|query|header|authorizer/i);
  });
});

describe('the schedule', () => {
  it('wakes the poller every minute, on the minute, and forgets a tick it could not deliver', () => {
    expect(properties('EveryMinuteSchedule')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': ['PollFunction', 'Arn'] },
        RoleArn: { 'Fn::GetAtt': ['EveryMinuteRole', 'Arn'] },
        RetryPolicy: { MaximumEventAgeInSeconds: 60 },
      },
    });
  });

  it('cannot make two ticks overlap', () => {
    expect(properties('PollFunction').Timeout).toBeLessThan(60);
    expect(properties('PollFunctionEventInvokeConfig').MaximumRetryAttempts).toBe(0);
  });
});

describe('the template', () => {
  it('asks for nothing that has no default', () => {
    for (const parameter of Object.values(template.Parameters)) expect(parameter.Default).toBeDefined();
    expect(Object.keys(template.Parameters).sort()).toEqual([
      'AlarmEmail',
      'BootstrapVersion',
      'EventRetentionHours',
      'GatewayQueueEndpoint',
      'GitAllowedNetworks',
    ]);
  });

  it('says where the API is and what people look for', () => {
    expect(template.Outputs).toEqual({
      ApiUrl: { Value: { 'Fn::GetAtt': ['HttpApi', 'ApiEndpoint'] } },
      TableName: { Value: { Ref: 'Table' } },
      DataKeyArn: { Value: { 'Fn::GetAtt': ['DataKey', 'Arn'] } },
      SigningKeyArn: { Value: { 'Fn::GetAtt': ['SigningKey', 'Arn'] } },
      ProofKeyArn: { Value: { 'Fn::GetAtt': ['ProofKey', 'Arn'] } },
    });
  });

  it('has ids without hashes, so that a diff is about what changed', () => {
    for (const id of Object.keys(template.Resources)) expect(id).not.toMatch(/[0-9A-F]{8}$/);
  });

  it('is the same when it is made again', async () => {
    const again = await synthesize(false);
    expect(again.template).toEqual(template);
  });

  it('takes its names from the stack, so that two can share an account', async () => {
    const other = await synth({
      assets: stubFunctions(),
      outdir: temporaryFolder(),
      stackName: 'Staging',
      check: false,
    });
    expect(other.templateFile).toMatch(/Staging\.template\.json$/);
  });

  it('refuses a stack name that would leave no room in the names of gateway queues', async () => {
    const stackName = 'x'.repeat(41);
    await expect(
      synth({ assets: stubFunctions(), outdir: temporaryFolder(), stackName, check: false }),
    ).rejects.toThrow('at most 40 characters');
  });
});
