/** Send: one request to one upstream, until the head of its answer is there. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { UpstreamFailure } from './failure.ts';

export interface Timeouts {
  readonly connectMs: number;
  /** From the request to the head of the answer. */
  readonly firstByteMs: number;
  /** Between two pieces of the answer. */
  readonly idleMs: number;
  /** From the request to the end of the answer. */
  readonly totalMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 5_000,
  firstByteMs: 120_000,
  idleMs: 60_000,
  totalMs: 600_000,
};

/** Open connections per gateway that wait to be used again. */
const MAX_FREE_SOCKETS = 256;
const MAX_HEADER_BYTES = 32 * 1024;

export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

export const newAgents = (): Agents => {
  // Shorter than providers keep theirs open: who closes first decides who meets a closed one.
  const options = {
    keepAlive: true,
    maxFreeSockets: MAX_FREE_SOCKETS,
    timeout: 55_000,
    keepAliveMsecs: 15_000,
  };
  return { http: new http.Agent(options), https: new https.Agent(options) };
};

export interface Outgoing {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly timeouts: Timeouts;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  readonly agents: Agents;
}

/** Throws an `UpstreamFailure`. Redirects are answers like others: a key follows none. */
export async function send(outgoing: Outgoing): Promise<IncomingMessage> {
  for (let fresh = false; ; fresh = true) {
    // Where one connection that was kept has been closed, the others have been too.
    const sent = await attempt(outgoing, fresh);
    // The upstream closed a connection that was kept open, just when it was used again: it has read nothing.
    if (sent !== 'stale' || fresh) {
      if (sent === 'stale') throw new UpstreamFailure('server_error', 'the provider closed the connection');
      return sent;
    }
  }
}

function attempt(
  { url, headers, body, timeouts, signal, agents }: Outgoing,
  fresh: boolean,
): Promise<IncomingMessage | 'stale'> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(gone());
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, {
      method: 'POST',
      agent: fresh ? false : secure ? agents.https : agents.http,
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: { ...headers, 'content-length': body.length },
    });
    let answer: IncomingMessage | null = null;
    const stop = (failure: UpstreamFailure) => (answer ?? request).destroy(failure);
    const timers = [
      setTimeout(() => stop(late('did not begin to answer in time', true)), timeouts.firstByteMs),
      setTimeout(() => stop(late('took too long', true)), timeouts.totalMs),
    ];
    const onAbort = () => stop(gone());
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => stop(late('could not be connected to in time')), timeouts.connectMs);
      timers.push(timer);
      socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    });
    request.once('response', (response) => {
      answer = response;
      clearTimeout(timers[0]);
      // The total and the client's going away hold until the answer has ended.
      response.once('close', settle);
      resolve(response);
    });
    // More than once: a connection that is destroyed tells the request too, whose answer is being read.
    request.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) resolve('stale');
      else reject(failureOf(error) ?? error);
    });
    // Not every end is an error: an upstream that answers in another protocol is left without one.
    request.once('close', () => {
      if (answer) return;
      settle();
      reject(new UpstreamFailure('server_error', 'the provider did not answer'));
    });
    request.end(body);
  });
}

const gone = () => new UpstreamFailure('aborted', 'the client has gone');
const late = (what: string, mayHaveCost = false) =>
  new UpstreamFailure('timeout', `the provider ${what}`, { mayHaveCost });

/** What was thrown while talking to an upstream, as a failure of it; null when it is a fault of ours. */
export function failureOf(error: unknown): UpstreamFailure | null {
  if (error instanceof UpstreamFailure) return error;
  // Whatever a connection ends with has a code.
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const failure = new UpstreamFailure(
    'server_error',
    `the connection to the provider failed (${error.code})`,
  );
  failure.cause = error;
  return failure;
}
