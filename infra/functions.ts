/** A function: its code, its log, and a role that may do what is listed and nothing else. */
import { join } from 'node:path';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  EventSourceMapping,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ENV } from '../lib/config.ts';
import { writeLog } from './permissions.ts';
import type { WorkQueue } from './queues.ts';

export type FunctionName = 'webhook' | 'poll' | 'sync' | 'fan-out' | 'api';
export type Environment = Partial<Record<keyof typeof ENV, string>>;

export interface KtFunctionProps {
  readonly name: FunctionName;
  readonly does: string;
  /** The folder that holds one folder per function. */
  readonly assets: string;
  readonly timeout: Duration;
  readonly memory: number;
  readonly environment: Environment;
  /** What Lambda does with an event it was handed without anyone waiting. Default: Lambda's own, two more tries. */
  readonly retryAttempts?: number;
  readonly may: readonly PolicyStatement[];
}

export class KtFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly log: LogGroup;

  constructor(scope: Construct, id: string, props: KtFunctionProps) {
    super(scope, id);
    this.log = new LogGroup(this, 'Log', {
      logGroupName: `/${Stack.of(this).stackName}/${props.name}`,
      retention: RetentionDays.ONE_MONTH,
      // What must be kept is in the table (events); a log that outlives its stack blocks the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      // Inline, so that role and permissions are one resource and exist before anything runs.
      inlinePolicies: {
        [props.name]: new PolicyDocument({ statements: [...props.may, writeLog(this.log)] }),
      },
    });
    this.function = new LambdaFunction(this, 'Function', {
      description: props.does,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(props.assets, props.name)),
      role: this.role,
      logGroup: this.log,
      // So that the lines of the platform are JSON like ours.
      loggingFormat: LoggingFormat.JSON,
      timeout: props.timeout,
      memorySize: props.memory,
      environment: variables(props.environment),
      ...(props.retryAttempts !== undefined && { retryAttempts: props.retryAttempts }),
    });
  }

  /** Works a queue in batches; a message that fails returns alone, its neighbours are done. */
  works(source: WorkQueue, maxConcurrency: number): void {
    new EventSourceMapping(this, 'Source', {
      target: this.function,
      eventSourceArn: source.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency,
    });
  }
}

function variables(environment: Environment): Record<string, string> {
  const named = Object.entries(ENV).flatMap(([setting, name]) => {
    const value = environment[setting as keyof typeof ENV];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(named), NODE_OPTIONS: '--enable-source-maps' };
}
