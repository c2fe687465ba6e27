/** What runs and what makes it run, typed: functions, routes, event sources, schedules. */
import { join } from 'node:path';
import * as z from 'zod';
import { flag, kind, name, shaped, tally } from './properties.ts';
import type { Resource, Template } from './template.ts';

const FUNCTION = z.object({
  FunctionName: name.optional(),
  Handler: name,
  Timeout: tally.default(3),
  MemorySize: tally.default(128),
  Role: name,
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).default({ Variables: {} }),
});

const NAMED = z.object({ FunctionName: name.optional() });

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
  Target: z.object({ Arn: name, RoleArn: name, Input: z.string().default('{}') }),
});

export interface FunctionPlan {
  readonly id: string;
  readonly name: string;
  /** The module and the export in it that handles events. */
  readonly module: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly roleArn: string;
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
  readonly functionArn: string;
  readonly roleArn: string;
  readonly everyMs: number;
  readonly input: string;
}

/** Lambda gives an SQS source without a maximum five pollers to start with. */
const DEFAULT_CONCURRENCY = 5;

export function functionName(resource: Resource, template: Template): string {
  return shaped(NAMED, resource, template, ['FunctionName']).FunctionName ?? resource.id;
}

/** `outdir` is where the asset folders are. Throws for code that is not a folder of it. */
export function functionsIn(template: Template, outdir: string): FunctionPlan[] {
  return kind(template, 'AWS::Lambda::Function').map((resource) => {
    const read = ['FunctionName', 'Handler', 'Timeout', 'MemorySize', 'Role', 'Environment'];
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
      roleArn: plan.Role,
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
    return {
      id: resource.id,
      functionName: functionOf(Target.Arn),
      functionArn: Target.Arn,
      roleArn: Target.RoleArn,
      everyMs,
      input: Target.Input,
    };
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
