/** What each kind of resource asks for, typed: tables, keys, queues, functions, routes, event sources, schedules. */
import { join } from 'node:path';
import * as z from 'zod';
import type { Resource, Template } from './template.ts';

const name = z.string().min(1);
const tally = z.coerce.number().int().nonnegative();
const flag = z.union([z.boolean(), z.stringbool()]);

const KEY_SCHEMA = z.array(z.object({ AttributeName: name, KeyType: z.enum(['HASH', 'RANGE']) }));
const TABLE = z.object({
  TableName: name.optional(),
  KeySchema: KEY_SCHEMA,
  AttributeDefinitions: z.array(z.object({ AttributeName: name, AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: name,
        KeySchema: KEY_SCHEMA,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.array(name).optional(),
        }),
      }),
    )
    .default([]),
  TimeToLiveSpecification: z.object({ AttributeName: name, Enabled: flag }).optional(),
});

const KEY = z.object({
  KeySpec: z.enum(['SYMMETRIC_DEFAULT', 'ECC_NIST_P256']).default('SYMMETRIC_DEFAULT'),
  Description: z.string().default(''),
});

const attribute = z
  .union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())])
  .transform((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
const QUEUE = z.object({
  QueueName: name.optional(),
  FifoQueue: attribute.optional(),
  ContentBasedDeduplication: attribute.optional(),
  DelaySeconds: attribute.optional(),
  MaximumMessageSize: attribute.optional(),
  MessageRetentionPeriod: attribute.optional(),
  ReceiveMessageWaitTimeSeconds: attribute.optional(),
  VisibilityTimeout: attribute.optional(),
  RedrivePolicy: attribute.optional(),
});

const FUNCTION = z.object({
  FunctionName: name.optional(),
  Handler: name,
  Timeout: tally.default(3),
  MemorySize: tally.default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).default({ Variables: {} }),
});

const ROUTE = z.object({ RouteKey: name, Target: name });
const INTEGRATION = z.object({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: name,
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: tally.default(30_000),
});

const SOURCE = z.object({
  FunctionName: name,
  EventSourceArn: z.string().startsWith('arn:aws:sqs:'),
  Enabled: flag.default(true),
  BatchSize: tally.default(10),
  MaximumBatchingWindowInSeconds: tally.default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: tally }).optional(),
});

const SCHEDULE = z.object({
  ScheduleExpression: name,
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.object({ Arn: name, Input: z.string().default('{}') }),
});

export type Table = z.output<typeof TABLE> & { readonly id: string };
export type Key = z.output<typeof KEY> & { readonly id: string };
export interface Queue {
  readonly id: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}
export interface FunctionPlan {
  readonly id: string;
  readonly name: string;
  /** The module and the export in it that handles events. */
  readonly module: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}
export interface Route {
  /** `$default`, or method and path. */
  readonly key: string;
  readonly functionName: string;
  readonly timeoutMs: number;
}
export interface Source {
  readonly id: string;
  readonly functionName: string;
  readonly queueName: string;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly reportsItemFailures: boolean;
  readonly maximumConcurrency: number;
}
export interface Schedule {
  readonly id: string;
  readonly functionName: string;
  readonly everyMs: number;
  readonly input: string;
}

/** Lambda gives an SQS source without a maximum five pollers to start with. */
const DEFAULT_CONCURRENCY = 5;

export function tablesIn(template: Template): Table[] {
  const read = (resource: Resource) => ({ ...shaped(TABLE, resource, template), id: resource.id });
  return [...kind(template, 'AWS::DynamoDB::Table'), ...kind(template, 'AWS::DynamoDB::GlobalTable')].map(
    read,
  );
}

export function keysIn(template: Template): Key[] {
  return kind(template, 'AWS::KMS::Key').map((resource) => ({
    // Only these two: a key policy names roles that do not exist here.
    ...shaped(KEY, resource, template, ['KeySpec', 'Description']),
    id: resource.id,
  }));
}

/** Queues that others redrive to come first, so that a redrive policy always names a queue that exists. */
export function queueNamesIn(template: Template): { id: string; name: string }[] {
  return kind(template, 'AWS::SQS::Queue').map((resource) => {
    const { QueueName, FifoQueue } = shaped(QUEUE, resource, template, ['QueueName', 'FifoQueue']);
    return { id: resource.id, name: QueueName ?? `${resource.id}${FifoQueue === 'true' ? '.fifo' : ''}` };
  });
}

export function queuesIn(template: Template): Queue[] {
  const names = new Map(queueNamesIn(template).map((queue) => [queue.id, queue.name]));
  const queues = kind(template, 'AWS::SQS::Queue').map((resource) => {
    const { QueueName: _, ...attributes } = shaped(QUEUE, resource, template);
    const given = Object.entries(attributes).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return {
      id: resource.id,
      name: names.get(resource.id) ?? resource.id,
      attributes: Object.fromEntries(given),
    };
  });
  return queues.sort(
    (a, b) => Number('RedrivePolicy' in a.attributes) - Number('RedrivePolicy' in b.attributes),
  );
}

export function functionName(resource: Resource, template: Template): string {
  return shaped(FUNCTION, resource, template, ['FunctionName', 'Handler']).FunctionName ?? resource.id;
}

/** `outdir` is where the asset folders are. Throws for code that is not a folder of it. */
export function functionsIn(template: Template, outdir: string): FunctionPlan[] {
  return kind(template, 'AWS::Lambda::Function').map((resource) => {
    const read = ['FunctionName', 'Handler', 'Timeout', 'MemorySize', 'Environment'];
    const plan = shaped(FUNCTION, resource, template, read);
    const asset = resource.metadata['aws:asset:path'];
    if (typeof asset !== 'string' || asset.endsWith('.zip')) {
      throw new Error(`${resource.id} has no asset folder: its metadata has no usable aws:asset:path`);
    }
    const dot = plan.Handler.lastIndexOf('.');
    return {
      id: resource.id,
      name: plan.FunctionName ?? resource.id,
      module: join(outdir, asset, `${plan.Handler.slice(0, dot)}.mjs`),
      handler: plan.Handler.slice(dot + 1),
      timeoutMs: plan.Timeout * 1000,
      memoryMb: plan.MemorySize,
      environment: plan.Environment.Variables,
    };
  });
}

export function routesIn(template: Template): Route[] {
  const integrations = new Map(
    kind(template, 'AWS::ApiGatewayV2::Integration').map((resource) => [
      resource.id,
      shaped(INTEGRATION, resource, template),
    ]),
  );
  return kind(template, 'AWS::ApiGatewayV2::Route').map((resource) => {
    const { RouteKey, Target } = shaped(ROUTE, resource, template);
    const integration = integrations.get(Target.replace('integrations/', ''));
    if (!integration) throw new Error(`${resource.id} has no integration in the template`);
    const timeoutMs = integration.TimeoutInMillis;
    return { key: RouteKey, functionName: functionOf(integration.IntegrationUri), timeoutMs };
  });
}

export function sourcesIn(template: Template): Source[] {
  return kind(template, 'AWS::Lambda::EventSourceMapping').flatMap((resource) => {
    const source = shaped(SOURCE, resource, template);
    if (!source.Enabled) return [];
    return {
      id: resource.id,
      functionName: functionOf(source.FunctionName),
      queueName: source.EventSourceArn.slice(source.EventSourceArn.lastIndexOf(':') + 1),
      queueArn: source.EventSourceArn,
      batchSize: source.BatchSize,
      batchingWindowMs: source.MaximumBatchingWindowInSeconds * 1000,
      reportsItemFailures: source.FunctionResponseTypes.length > 0,
      maximumConcurrency: source.ScalingConfig?.MaximumConcurrency ?? DEFAULT_CONCURRENCY,
    };
  });
}

export function schedulesIn(template: Template): Schedule[] {
  return kind(template, 'AWS::Scheduler::Schedule').flatMap((resource) => {
    const read = ['ScheduleExpression', 'State', 'Target'];
    const { ScheduleExpression, State, Target } = shaped(SCHEDULE, resource, template, read);
    if (State === 'DISABLED') return [];
    const everyMs = rate(ScheduleExpression);
    if (everyMs === undefined)
      throw new Error(`${resource.id}: ${ScheduleExpression} is not supported, only rate(…) is`);
    return { id: resource.id, functionName: functionOf(Target.Arn), everyMs, input: Target.Input };
  });
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function rate(expression: string): number | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const length = UNITS[unit ?? ''];
  return length === undefined || Number(count) === 0 ? undefined : Number(count) * length;
}

/** A function's name, ARN, or API Gateway's invocation URI around the ARN. */
function functionOf(reference: string): string {
  return /:function:([^:/]+)/.exec(reference)?.[1] ?? reference;
}

function kind(template: Template, type: string): Resource[] {
  return template.resources.filter((resource) => resource.type === type);
}

/** Reads only `properties` when given: the rest may name resources that do not exist here. */
function shaped<S extends z.ZodType>(
  schema: S,
  { id, type, properties }: Resource,
  template: Template,
  only?: readonly string[],
): z.output<S> {
  const all = typeof properties === 'object' && properties !== null ? Object.entries(properties) : [];
  const read = Object.fromEntries(only ? all.filter(([property]) => only.includes(property)) : all);
  const parsed = schema.safeParse(template.resolve(read));
  if (parsed.success) return parsed.data;
  throw new Error(`${id} (${type}) cannot be run here: ${z.prettifyError(parsed.error)}`);
}
