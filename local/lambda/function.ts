/** A function: one thread at a time, replaced when it crashes or times out. */
import { randomUUID } from 'node:crypto';
import { credentialEnvironment } from '../iam/actors.ts';
import type { StackLog } from '../log.ts';
import type { Session } from '../sts/sessions.ts';
import type { FunctionPlan } from '../template/compute.ts';
import { ACCOUNT } from '../template/template.ts';
import { type Answer, type Instance, startInstance, TIMED_OUT } from './instance.ts';
import type { FunctionError } from './messages.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB each way, in JSON. */
const MAX_PAYLOAD = 6 * 1024 * 1024;

export type InvokeAnswer = Answer | { readonly kind: 'too-large' };

export interface LocalFunction {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** All that it sees as `process.env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it acts with, as its role. */
  readonly credentials: Session;
  /** Loads the module ahead of the first event. Answers why it could not, if so. */
  warm(): Promise<FunctionError | undefined>;
  /** Never rejects: how the function ended is in the answer. */
  invoke(event: unknown): Promise<InvokeAnswer>;
  /** Waits up to `drainMs` for what is in flight, then ends the threads. */
  stop(drainMs: number): Promise<void>;
}

interface Options {
  readonly plan: FunctionPlan;
  readonly region: string;
  /** Of its role. */
  readonly session: Session;
  /** On top of the template's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: StackLog;
}

export function functionArn(name: string, region: string): string {
  return `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
}

/**
 * Lambda gives every concurrent invocation an instance of its own; here one thread takes them all at once. What
 * that hides: nothing a handler keeps in module scope is private to one invocation. What it costs: a crash fails
 * every invocation of that thread, and memory is not limited per invocation.
 */
export function localFunction({ plan, region, session, environment, log }: Options): LocalFunction {
  const arn = functionArn(plan.name, region);
  const { module, handler, memoryMb, timeoutMs } = plan;
  const data = { module, handler, memoryMb, functionName: plan.name, functionArn: arn };
  const all = {
    ...lambdaEnvironment(plan, region),
    ...plan.environment,
    ...environment,
    // Last: Lambda keeps these names to itself, and nobody gives a function others than its role's.
    ...credentialEnvironment(session),
  };
  const instances = new Set<Instance>();
  let current: Instance | undefined;
  let stopped = false;

  /** The running thread, or a new one: a crash, or a module that failed to load, is retried by the next event. */
  const instance = (): Instance => {
    if (current) return current;
    const started = startInstance(data, all, log);
    current = started;
    instances.add(started);
    let ready = false;
    started.loaded.then((outcome) => {
      ready = outcome === 'ready';
      if (!ready) retire(started);
    });
    started.ended.then(() => {
      instances.delete(started);
      if (current !== started) return;
      current = undefined;
      // So that the next event does not wait; but one that never loaded would only fail again.
      if (ready && !stopped) instance();
    });
    return started;
  };

  /** Gives it nothing new and lets its other invocations end by themselves: on AWS they were in other instances. */
  const retire = (old: Instance) => {
    if (current === old) current = undefined;
    if (old.inFlight === 0) void old.stop();
  };

  const run = async (event: string): Promise<InvokeAnswer> => {
    const chosen = instance();
    const loaded = await chosen.loaded;
    if (loaded !== 'ready') return { kind: 'failed', error: loaded };
    const answer = await chosen.invoke({ id: randomUUID(), event, deadline: Date.now() + timeoutMs });
    if (answer.kind === 'failed' && answer.error.errorType === TIMED_OUT) retire(chosen);
    else if (chosen !== current) retire(chosen);
    return limited(answer);
  };

  return {
    id: plan.id,
    name: plan.name,
    arn,
    environment: all,
    credentials: session,
    warm: async () => {
      const loaded = await instance().loaded;
      return loaded === 'ready' ? undefined : loaded;
    },
    invoke: async (event) => {
      if (stopped)
        return { kind: 'failed', error: { errorType: 'Stopped', errorMessage: 'the stack is stopping' } };
      const text = JSON.stringify(event);
      if (Buffer.byteLength(text) > MAX_PAYLOAD) return { kind: 'too-large' };
      const answer = await run(text);
      if (answer.kind === 'failed')
        log(plan.name, JSON.stringify({ fact: 'invocation.failed', ...answer.error }));
      return answer;
    },
    stop: async (drainMs) => {
      const end = performance.now() + drainMs;
      while ([...instances].some(({ inFlight }) => inFlight > 0) && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      stopped = true;
      await Promise.all([...instances].map((one) => one.stop()));
    },
  };
}

function limited(answer: Answer): Answer {
  if (answer.kind === 'failed' || Buffer.byteLength(answer.payload) <= MAX_PAYLOAD) return answer;
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD} bytes).`;
  return { kind: 'failed', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
}

function lambdaEnvironment(
  { name, memoryMb, handler }: FunctionPlan,
  region: string,
): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    _HANDLER: `index.${handler}`,
    TZ: ':UTC',
  };
}
