/** A small template with small handlers, written to a temporary folder, and stacks that run it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type LocalStack, type StackOptions, startStack } from '../../local/stack.ts';

const cleanups: (() => unknown)[] = [];

/** Run when the file is over, the last one first. */
export function finallyDo(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** Removed when the file is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kt-local-'));
  finallyDo(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Resources = Readonly<Record<string, object>>;

/** A function of the template; its code is written by `writeOutdir`. */
export function lambda(name: string, properties: object = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Code: { S3Bucket: 'unused', S3Key: 'unused' },
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      ...properties,
    },
    Metadata: { 'aws:asset:path': `asset.${name}`, 'aws:asset:property': 'Code' },
  };
}

export function api(routes: Readonly<Record<string, string>>): Resources {
  const entries = Object.entries(routes).flatMap(([key, target], i): [string, object][] => [
    [
      `Integration${i}`,
      {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId: { Ref: 'Api' },
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: { 'Fn::GetAtt': [target, 'Arn'] },
          PayloadFormatVersion: '2.0',
        },
      },
    ],
    [
      `Route${i}`,
      {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          ApiId: { Ref: 'Api' },
          RouteKey: key,
          Target: { 'Fn::Join': ['', ['integrations/', { Ref: `Integration${i}` }]] },
        },
      },
    ],
  ]);
  return {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    },
    ...Object.fromEntries(entries),
  };
}

/** A queue with a dead-letter queue, and the function that works it. */
export function workQueue(id: string, worker: string, options: WorkOptions = {}): Resources {
  const { visibility = 30, maxReceives = 3, ...source } = options;
  return {
    [`${id}Dlq`]: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
    [id]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: visibility,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': [`${id}Dlq`, 'Arn'] },
          maxReceiveCount: maxReceives,
        },
      },
    },
    [`${id}Source`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
        FunctionName: { Ref: worker },
        BatchSize: 10,
        ...source,
      },
    },
  };
}

interface WorkOptions {
  readonly visibility?: number;
  readonly maxReceives?: number;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency: number };
}

export const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: ['pk', 'sk', 'wpk', 'wsk'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'work',
        KeySchema: [
          { AttributeName: 'wpk', KeyType: 'HASH' },
          { AttributeName: 'wsk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  },
} as const;

/** Of every function here: what it may do is not what these tests are about. */
const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: ['lambda.amazonaws.com', 'scheduler.amazonaws.com'] },
        Action: 'sts:AssumeRole',
      },
    },
    Policies: [
      {
        PolicyName: 'everything',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
        },
      },
    ],
  },
} as const;

interface Source {
  readonly resources: Resources;
  /** Source of `index.mjs`, by asset name. */
  readonly handlers?: Readonly<Record<string, string>>;
  readonly parameters?: object;
  readonly outputs?: object;
  readonly conditions?: object;
}

/** As CDK would leave it. */
export function writeOutdir({ resources, handlers = {}, parameters, outputs, conditions }: Source): string {
  const outdir = join(temporaryFolder(), 'cdk.out');
  mkdirSync(outdir);
  const template = {
    Resources: { Role: ROLE, ...resources },
    Parameters: parameters,
    Outputs: outputs,
    Conditions: conditions,
  };
  writeFileSync(join(outdir, 'Test.template.json'), JSON.stringify(template));
  for (const [name, code] of Object.entries(handlers)) {
    mkdirSync(join(outdir, `asset.${name}`));
    writeFileSync(join(outdir, `asset.${name}`, 'index.mjs'), code);
  }
  return outdir;
}

export interface Running extends LocalStack {
  /** Lines so far, as `from: line`. */
  readonly lines: readonly string[];
  /** Resolves with the first line that matches, past or future. */
  line(pattern: RegExp): Promise<string>;
}

/** Started, and stopped when the file is over. */
export async function runStack(outdir: string, options: Partial<StackOptions> = {}): Promise<Running> {
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  const log = (from: string, text: string) => {
    const line = `${from}: ${text}`;
    lines.push(line);
    for (const tell of waiting) tell(line);
  };
  const stack = await startStack({
    outdir,
    dataDir: options.dataDir ?? temporaryFolder(),
    port: 0,
    log,
    schedules: false,
    ...options,
  });
  finallyDo(() => stack.stop());
  return {
    ...stack,
    lines,
    line: (pattern) =>
      new Promise((resolve) => {
        const tell = (line: string) => {
          if (!pattern.test(line)) return;
          waiting.delete(tell);
          resolve(line);
        };
        waiting.add(tell);
        for (const line of [...lines]) tell(line);
      }),
  };
}
