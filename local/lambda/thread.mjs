/**
 * The inside of a function's thread: loads the bundle once, answers invocations. Lambda's runtime client, in small.
 * Plain JavaScript, alone here: Node's type stripping starts anew in every thread and doubles the time to start one.
 * What it says and hears is typed in `messages.ts`.
 */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

const { module, handler: exportName, functionName, functionArn, memoryMb } = workerData;

async function load() {
  const loaded = await import(pathToFileURL(module).href);
  const found = loaded[exportName];
  if (typeof found !== 'function') throw new Error(`${module} exports no function ${exportName}`);
  return found;
}

function contextOf({ id, deadline }) {
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

function toFunctionError(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') };
}

async function answer(handler, invocation) {
  const { id } = invocation;
  try {
    const returned = await handler(JSON.parse(invocation.event), contextOf(invocation));
    return { kind: 'done', id, payload: JSON.stringify(returned) ?? 'null' };
  } catch (error) {
    return { kind: 'failed', id, error: toFunctionError(error) };
  }
}

try {
  const handler = await load();
  parentPort.on('message', async (invocation) => parentPort.postMessage(await answer(handler, invocation)));
  parentPort.postMessage({ kind: 'ready' });
} catch (error) {
  parentPort.postMessage({ kind: 'broken', error: toFunctionError(error) });
}
