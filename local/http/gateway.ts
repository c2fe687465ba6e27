/** The HTTP API on this machine: what API Gateway does between a client and a function. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { InvokeAnswer } from '../lambda/function.ts';
import { describe, type StackLog } from '../log.ts';
import { LOOPBACK, listen } from '../net.ts';
import type { Route } from '../template/compute.ts';
import { readBody } from './body.ts';
import { toEvent } from './event.ts';
import { messageReply, type Reply, toReply } from './reply.ts';
import { routeSelector } from './routes.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY = 10 * 1024 * 1024;
/** Request line and header values together. */
const MAX_HEADERS = 10_240;
const MAX_TIME_MS = 30_000;
const SLOWEST_REQUEST_MS = 60_000;
const LINGER_MS = 1000;

export type Invoke = (functionName: string, event: unknown) => Promise<InvokeAnswer>;

export interface HttpGateway {
  readonly url: string;
  /** Requests that come before this wait for it. */
  serve(routes: readonly Route[], invoke: Invoke): void;
  /** Accepts nothing more, answers what is in flight for up to `drainMs`, closes every connection. */
  stop(drainMs: number): Promise<void>;
}

export async function listenHttp(port: number, log: StackLog): Promise<HttpGateway> {
  const serving = Promise.withResolvers<(request: IncomingMessage) => Promise<Reply>>();
  const server = createServer({ maxHeaderSize: 4 * MAX_HEADERS, requestTimeout: SLOWEST_REQUEST_MS });
  let stopping = false;
  server.on('request', (request, response) => {
    serving.promise
      .then((answer) => answer(request))
      .catch((error) => {
        log('http', describe(error));
        return messageReply(500, 'Internal Server Error');
      })
      .then((reply) => {
        // Kept open, the connection would keep the server from closing.
        if (stopping) response.setHeader('connection', 'close');
        send(reply, request, response);
      });
  });
  const bound = await listen(server, port);
  return {
    url: `http://${LOOPBACK}:${bound}`,
    serve: (routes, invoke) => serving.resolve(answering(routes, invoke)),
    stop: async (drainMs) => {
      stopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const forced = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(forced);
    },
  };
}

function answering(routes: readonly Route[], invoke: Invoke): (request: IncomingMessage) => Promise<Reply> {
  const select = routeSelector(routes);
  return async (request) => {
    if (headerBytes(request) > MAX_HEADERS) return messageReply(431, 'Request Header Fields Too Large');
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    // HTTP APIs decode the path before they route on it and hand it on; the query they leave as it came.
    const path = decoded(mark < 0 ? target : target.slice(0, mark));
    const query = mark < 0 ? '' : target.slice(mark + 1);
    const selected = select(request.method ?? 'GET', path);
    if (!selected) return messageReply(404, 'Not Found');

    const body = await readBody(request, MAX_BODY);
    if (body.kind === 'too-large') return messageReply(413, 'Request Entity Too Large');
    if (body.kind === 'aborted') return messageReply(400, 'Bad Request');
    const { route, pathParameters } = selected;
    const event = toEvent(request, { routeKey: route.key, path, query, pathParameters, body: body.bytes });
    const limit = Math.min(route.timeoutMs, MAX_TIME_MS);
    return replyOf(await within(limit, invoke(route.functionName, event)));
  };
}

function replyOf(answer: InvokeAnswer | 'timeout'): Reply {
  if (answer === 'timeout') return messageReply(503, 'Service Unavailable');
  if (answer.kind === 'too-large') return messageReply(413, 'Request Entity Too Large');
  const reply = answer.kind === 'done' ? toReply(answer.payload) : undefined;
  return reply ?? messageReply(500, 'Internal Server Error');
}

function headerBytes({ method, url, httpVersion, rawHeaders }: IncomingMessage): number {
  const line = `${method} ${url} HTTP/${httpVersion}`.length;
  return rawHeaders.reduce((sum, text, i) => (i % 2 === 1 ? sum + text.length : sum), line);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(resolve, ms, 'timeout');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Headers that are the connection's business, not the function's. */
const OURS = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

function send(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of reply.headers) {
    if (!OURS.has(name)) response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  response.setHeader('apigw-requestid', randomUUID());
  if (reply.status !== 204 && reply.status !== 304) response.setHeader('content-length', reply.body.length);
  response.writeHead(reply.status);
  response.end(request.method === 'HEAD' ? undefined : reply.body);
  if (!request.complete) linger(request);
}

/** Closing on a client that still sends would reset the connection, and the reply may be lost with it. */
function linger(request: IncomingMessage): void {
  request.resume();
  const patience = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(patience));
}
