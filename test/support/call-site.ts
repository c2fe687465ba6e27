/** From where in `lib/` a call comes: found on the stack, so that no list of places has to be kept. */

export interface Site {
  /** `file#function` of `lib/` that holds the client, as it is in the source. */
  readonly client: string;
  /** The way there: the adapter's function, and the use case that called it. */
  readonly site: string;
}

const DEPTH = 40;
const LIB = /\/lib\/((?:[\w-]+\/)*[\w-]+)\.ts/;
/** Used by all adapters of the table. */
const SHARED = 'aws/dynamo';

/** `below` is the function whose callers are asked for. */
export function callSite(below: (...args: never[]) => unknown): Site {
  const frames = framesBelow(below);
  const [client = 'unknown'] = frames;
  const adapter = frames.find((frame) => frame.startsWith('aws/') && !frame.startsWith(`${SHARED}#`));
  const user = frames.find((frame) => !frame.startsWith('aws/') && !frame.startsWith('git/'));
  return { client, site: [adapter ?? client, ...(user ? [user] : [])].join(' < ') };
}

function framesBelow(below: (...args: never[]) => unknown): readonly string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  // As objects: a stack in words is searched for the sources of what was compiled, which takes long.
  Error.prepareStackTrace = (_, frames) => frames;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  Error.captureStackTrace(holder, below);
  const stack = holder.stack ?? [];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return stack.flatMap((frame) => {
    const file = LIB.exec(frame.getFileName() ?? '')?.[1];
    const name = frame.getFunctionName()?.replace(/^.*\./, '');
    return file && name ? [`${file}#${name}`] : [];
  });
}
