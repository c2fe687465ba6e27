/** The stack on one machine: a synthesized template, run. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Endpoints, endpointEnvironment, localClients, startEmulators } from './emulators.ts';
import { startEventSource } from './event-source.ts';
import { listenHttp } from './http/gateway.ts';
import { functionSession } from './iam/actors.ts';
import type { Decision } from './iam/decide.ts';
import { startDynamoDbGate } from './iam/dynamodb-gate.ts';
import { explain } from './iam/explain.ts';
import { dynamoDbPlace } from './iam/place.ts';
import { type InvokeAnswer, type LocalFunction, localFunction } from './lambda/function.ts';
import { lockFolder } from './lock.ts';
import type { StackLog } from './log.ts';
import { findNamed } from './names.ts';
import { provision } from './provision/provision.ts';
import { scheduler } from './scheduler.ts';
import type { Sessions } from './sts/sessions.ts';
import * as compute from './template/compute.ts';
import { refuseUnknownKinds } from './template/kinds.ts';
import { loadTemplate } from './template/load.ts';
import { queueNamesIn } from './template/state.ts';
import { readTemplate, type Template } from './template/template.ts';

export const REGION = 'us-east-1';
const DRAIN_MS = 10_000;

export interface StackOptions {
  /** CDK's output: the template and the asset folders its functions are in. Made, where it is a function, once the folder is ours. */
  readonly outdir: string | (() => Promise<string>);
  /** Where state is kept; created when missing. One running stack at a time. */
  readonly dataDir: string;
  /** Of the HTTP API on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Values for the template's parameters, where its defaults are not wanted. */
  readonly parameters?: (endpoints: Endpoints) => Readonly<Record<string, string>>;
  readonly log: StackLog;
  /** False: nothing ticks by itself, not even at start. Default true. */
  readonly schedules?: boolean;
  /** Done when the resources are there, before anything works on them. */
  readonly beforeWork?: (endpoints: Endpoints, outputs: Readonly<Record<string, string>>) => Promise<void>;
  /** Told of everything that a role asked for, allowed or not. */
  readonly decided?: (decision: Decision) => void;
  /** Variables added to a function's environment, by its name or logical id; `*` for every function. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Read for `DYNOXIDE_BIN` and `AWS_ENDPOINT_URL_DYNAMODB` only. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface LocalStack {
  readonly url: string;
  readonly endpoints: Endpoints;
  readonly region: string;
  /** The template's outputs. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The environment a function runs with, for a program that wants to be in its place. */
  environmentOf(functionName: string): Readonly<Record<string, string>>;
  /** Functions, queues and schedules go by name, logical id, or the start of it: `sync`, `fan-out`. */
  queueUrl(name: string): string;
  /** Runs a schedule now, by its own name or its function's, and answers how the function ended. */
  tick(name: string): Promise<InvokeAnswer>;
  invoke(functionName: string, event: unknown): Promise<InvokeAnswer>;
  /** The pid of the DynamoDB emulator, the only other process. */
  databasePid(): number | undefined;
  /** Accepts nothing more, lets work in flight end (for a while), ends everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** Rejects with nothing left running when the template cannot be run or a part does not start. */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const { dataDir, log } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const lock = await lockFolder(dataDir);
    undo.push(() => lock.release());
    const outdir = typeof options.outdir === 'string' ? options.outdir : await options.outdir();
    const emulators = await startEmulators({
      folder: join(dataDir, 'aws'),
      region: REGION,
      log,
      decided: tellOf(options),
      environment: options.environment ?? {},
    });
    undo.push(() => emulators.stop());
    const template = readTemplate(loadTemplate(outdir), {
      region: REGION,
      parameters: options.parameters?.(emulators.endpoints) ?? {},
    });
    refuseUnknownKinds(template.resources);
    const clients = localClients(emulators.endpoints, REGION);
    undo.push(() => clients.destroy());
    // Before the resources: the API's URL is in the environment of its functions.
    const http = await listenHttp(options.port, log);
    undo.push(() => http.stop(0));
    const { sqs, sessions } = emulators;
    await provision(template, { region: REGION, sqs, sessions, clients, apiUrl: http.url });
    await options.beforeWork?.(emulators.endpoints, template.outputs());

    const gate = await startDynamoDbGate({
      endpoint: emulators.endpoints.dynamodb,
      place: dynamoDbPlace(template, REGION),
      sessions,
      log,
    });
    undo.push(() => gate.stop());
    const guarded = { ...emulators.endpoints, dynamodb: gate.endpoint };
    const functions = makeFunctions(template, outdir, { endpoints: guarded, sessions }, options);
    undo.push(async () => {
      await Promise.all(functions.map((one) => one.stop(DRAIN_MS)));
    });
    await Promise.all(functions.map((one) => warm(one, log)));
    const invoke = (name: string, event: unknown) => findNamed(name, functions).invoke(event);

    const schedules = compute
      .schedulesIn(template)
      .map((schedule) => ({ ...schedule, name: schedule.functionName }));
    const ticker = scheduler(schedules, sessions, invoke);
    http.serve(compute.routesIn(template), invoke);
    // Lambda polls as the function's role.
    const pollerOf = (name: string) => {
      const { sqs: poller, destroy } = localClients(
        emulators.endpoints,
        REGION,
        findNamed(name, functions).credentials,
      );
      undo.push(destroy);
      return poller;
    };
    const sources = compute.sourcesIn(template).map((source) =>
      startEventSource(source, {
        sqs: pollerOf(source.functionName),
        queueUrl: emulators.sqs.queueUrl(source.queueName),
        region: REGION,
        invoke: (event) => invoke(source.functionName, event),
        log,
      }),
    );
    undo.push(async () => {
      ticker.stop();
      await Promise.all([http.stop(DRAIN_MS), ...sources.map((source) => source.stop(DRAIN_MS))]);
    });
    if (options.schedules ?? true) ticker.start();

    const queues = queueNamesIn(template);
    return {
      url: http.url,
      endpoints: emulators.endpoints,
      region: REGION,
      outputs: template.outputs(),
      environmentOf: (name) => findNamed(name, functions).environment,
      queueUrl: (name) => emulators.sqs.queueUrl(findNamed(name, queues).name),
      tick: (name) => ticker.tick(findNamed(name, schedules)),
      invoke: async (name, event) => invoke(name, event),
      databasePid: () => emulators.dynamodb.pid(),
      stop: once(stop),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeFunctions(
  template: Template,
  outdir: string,
  { endpoints, sessions }: { readonly endpoints: Endpoints; readonly sessions: Sessions },
  { env = {}, log }: StackOptions,
): LocalFunction[] {
  const own = endpointEnvironment(endpoints);
  return compute.functionsIn(template, outdir).map((plan) => {
    const session = functionSession(plan, sessions);
    return localFunction({
      plan,
      region: REGION,
      session,
      environment: { ...own, ...env['*'], ...env[plan.id], ...env[plan.name] },
      log,
    });
  });
}

/** A refusal is a line of the log: the answer to the function says less, and only to the function. */
function tellOf({ log, decided }: StackOptions): (decision: Decision) => void {
  return (decision) => {
    if (!decision.allowed) log('iam', explain(decision));
    decided?.(decision);
  };
}

/** A function that does not load is the log's business, as on AWS: the others run, and its next event tries again. */
async function warm(one: LocalFunction, log: StackLog): Promise<void> {
  const error = await one.warm();
  if (error) log(one.name, JSON.stringify({ fact: 'function.broken', ...error }));
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
