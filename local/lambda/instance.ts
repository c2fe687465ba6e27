/** One thread that runs one function: its invocations in flight, and how they end when it ends. */
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { StackLog } from '../log.ts';
import type { FromThread, FunctionError, Invocation, ThreadData } from './messages.ts';

export type Answer =
  | { readonly kind: 'done'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: FunctionError };

export interface Instance {
  /** Settles when the module is loaded, or could not be. */
  readonly loaded: Promise<'ready' | FunctionError>;
  /** Settles when the thread has ended, whoever ended it. */
  readonly ended: Promise<void>;
  readonly inFlight: number;
  /** Answers when the function has, or at the deadline, or when the thread ends. Never rejects. */
  invoke(invocation: Invocation): Promise<Answer>;
  stop(): Promise<void>;
}

const BOOT = new URL('./thread.mjs', import.meta.url);

/** `environment` is all the thread sees as `process.env`. */
export function startInstance(
  data: ThreadData,
  environment: Readonly<Record<string, string>>,
  log: StackLog,
): Instance {
  const worker = new Worker(BOOT, {
    workerData: data,
    env: { ...environment },
    // Not ours: a test runner's loaders must not decide how a function is loaded.
    execArgv: ['--enable-source-maps'],
    // Of its heap, where Lambda counts all of the process: who needs more than its function has ends here as well.
    resourceLimits: { maxOldGenerationSizeMb: data.memoryMb },
    stdout: true,
    stderr: true,
    name: data.functionName,
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    createInterface(stream).on('line', (line) => log(data.functionName, line));
  }

  const waiting = new Map<string, (answer: Answer) => void>();
  const settle = (id: string, answer: Answer) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  const loaded = Promise.withResolvers<'ready' | FunctionError>();
  const ended = Promise.withResolvers<void>();
  let cause: FunctionError = { errorType: 'Runtime.ExitError', errorMessage: 'the runtime exited' };

  worker.on('message', (message: FromThread) => {
    if (message.kind === 'ready') loaded.resolve('ready');
    else if (message.kind === 'broken') loaded.resolve(message.error);
    else if (message.kind === 'done') settle(message.id, { kind: 'done', payload: message.payload });
    else settle(message.id, { kind: 'failed', error: message.error });
  });
  worker.on('error', (error) => {
    log(
      data.functionName,
      `uncaught ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    const { code } = error as NodeJS.ErrnoException;
    cause = {
      errorType: code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'Runtime.OutOfMemory' : 'Runtime.UnhandledError',
      errorMessage: String(error),
    };
  });
  worker.once('exit', () => {
    loaded.resolve(cause);
    for (const id of [...waiting.keys()]) settle(id, { kind: 'failed', error: cause });
    ended.resolve();
  });

  return {
    loaded: loaded.promise,
    ended: ended.promise,
    get inFlight() {
      return waiting.size;
    },
    invoke: (invocation) =>
      new Promise((resolve) => {
        const timer = setTimeout(
          () => settle(invocation.id, { kind: 'failed', error: timedOut(invocation) }),
          invocation.deadline - Date.now(),
        );
        waiting.set(invocation.id, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        worker.postMessage(invocation);
      }),
    stop: async () => {
      await worker.terminate();
      await ended.promise;
    },
  };
}

export const TIMED_OUT = 'Sandbox.Timedout';

function timedOut({ id }: Invocation): FunctionError {
  return { errorType: TIMED_OUT, errorMessage: `RequestId: ${id} Error: Task timed out` };
}
