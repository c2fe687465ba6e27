/** The inside of a function's thread: loads the bundle once, answers invocations. Lambda's runtime client, in small. */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { type FromThread, type Invocation, type ThreadData, toFunctionError } from './messages.ts';

type Handler = (event: unknown, context: object) => unknown;

const { module, handler: exportName, functionName, functionArn, memoryMb }: ThreadData = workerData;

function say(message: FromThread): void {
  parentPort?.postMessage(message);
}

async function load(): Promise<Handler> {
  const loaded: Record<string, unknown> = await import(pathToFileURL(module).href);
  const found = loaded[exportName];
  if (typeof found !== 'function') throw new Error(`${module} exports no function ${exportName}`);
  return (event, context) => found(event, context);
}

function contextOf({ id, deadline }: Invocation): object {
  return {
    awsRequestId: id,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

try {
  const handler = await load();
  parentPort?.on('message', async (invocation: Invocation) => {
    const { id } = invocation;
    try {
      const answer = await handler(JSON.parse(invocation.event), contextOf(invocation));
      say({ kind: 'done', id, payload: JSON.stringify(answer) ?? 'null' });
    } catch (error) {
      say({ kind: 'failed', id, error: toFunctionError(error) });
    }
  });
  say({ kind: 'ready' });
} catch (error) {
  say({ kind: 'broken', error: toFunctionError(error) });
}
