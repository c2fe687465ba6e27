/** Child: a process of a benchmark that answers calls, and ends when its parent does. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Call {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface Reply {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

export type Calls = Readonly<Record<string, (input: never) => unknown>>;

type Client<T extends Calls> = {
  readonly [Name in keyof T]: (input: Parameters<T[Name]>[0]) => Promise<Awaited<ReturnType<T[Name]>>>;
};

/** Starts `module`, which calls `answerCalls` with calls of this shape. */
export function startChild<T extends Calls>(module: URL): { calls: Client<T>; stop(): Promise<void> } {
  const child = fork(fileURLToPath(module), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  child.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  const exited = once(child, 'exit').then(() => {
    for (const [id, settle] of waiting) settle({ id, error: 'the process ended' });
  });
  const call = (name: string) => (input: unknown) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ output, error }) =>
        error === undefined ? resolve(output) : reject(new Error(error)),
      );
      child.send({ id, name, input } satisfies Call);
    });
  return {
    calls: new Proxy({}, { get: (_, name) => call(String(name)) }) as Client<T>,
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** The child's side. `close` runs when the parent is done, or gone. */
export function answerCalls(calls: Calls, close: () => Promise<unknown>): void {
  process.on('message', async ({ id, name, input }: Call) => {
    const reply = await Promise.resolve()
      .then(() => calls[name]?.(input as never))
      .then(
        (output): Reply => ({ id, output }),
        (error: unknown): Reply => ({ id, error: String(error) }),
      );
    process.send?.(reply);
  });
  process.once('disconnect', () => void close().finally(() => process.exit(0)));
}
