/** HTTP: one request and its answer, over kept-alive, guarded connections and within bounds. */
import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Fault } from '../domain/fault.ts';
import { type Bounds, bytesText } from './bounds.ts';
import { type Destination, type Dialer, dial } from './dial.ts';
import { HangUp, OverLimit } from './trouble.ts';
import { type TakeTurn, turns } from './turns.ts';

export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
  /** Most bytes the body may have, as received and again once decompressed. */
  readonly limit: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The decompressed body; to be read once, or discarded. */
  readonly body: AsyncIterable<Buffer>;
  discard(): void;
}

export interface HttpClient {
  send(exchange: Exchange): Promise<Answer>;
  close(): void;
}

/**
 * Connections per host; git hosts dislike more. The agent counts those it has, not those being made, so that a burst
 * of requests would make one each: hence our own turns.
 */
const MAX_SOCKETS = 16;
/** Every kept connection may have been closed by the host while we were not running. */
const STALE_RETRIES = 4;
/** Interim answers before one answer; hosts send one or two, if any. */
const MOST_INTERIM = 16;

/** Connections that nobody used for `idleMs` are closed: each of the many hosts we are sent to may keep some open. */
export function httpClient(dialer: Dialer, { idleMs }: Pick<Bounds, 'idleMs'>): HttpClient {
  const agents = {
    'http:': agent(http.Agent, dialer, { secure: false, idleMs }),
    'https:': agent(https.Agent, dialer, { secure: true, idleMs }),
  };
  const turn = turns(MAX_SOCKETS);
  return {
    send: (exchange) => {
      const secure = exchange.url.protocol === 'https:';
      const start = secure ? https.request : http.request;
      const options = { agent: agents[secure ? 'https:' : 'http:'] };
      return attempt(exchange, (more) => start(exchange.url, { ...more, ...options }), turn);
    },
    close: () => {
      for (const each of Object.values(agents)) each.destroy();
    },
  };
}

function agent(
  Base: typeof http.Agent | typeof https.Agent,
  dialer: Dialer,
  { secure, idleMs }: { readonly secure: boolean; readonly idleMs: number },
): http.Agent {
  const made = new Base({
    keepAlive: true,
    maxSockets: MAX_SOCKETS,
    maxFreeSockets: MAX_SOCKETS,
    scheduling: 'lifo',
    timeout: idleMs,
  });
  made.createConnection = (options, done) => {
    const destination: Destination = { host: options.host ?? '', port: Number(options.port), secure };
    // The types ask for a socket beside an error; node looks at the error first.
    dial(destination, dialer).then(
      (socket) => done?.(null, socket),
      (error) => fail(done, error),
    );
    return undefined;
  };
  return made;
}

type Done = Parameters<http.Agent['createConnection']>[1];

function fail(done: Done, error: Error): void {
  Reflect.apply(done ?? (() => {}), undefined, [error]);
}

type Start = (options: http.RequestOptions) => ClientRequest;

async function attempt(exchange: Exchange, start: Start, turn: TakeTurn): Promise<Answer> {
  for (let retries = STALE_RETRIES; ; retries -= 1) {
    const done = await turn(exchange.url.origin, exchange.signal).catch((error) => {
      throw asFault(error, exchange);
    });
    const outcome = await once(exchange, start, done);
    if (outcome !== 'stale') return outcome;
    if (retries === 0) throw new HangUp(exchange.url.host);
  }
}

/** `stale` when a kept connection turned out to be closed: asking again is safe, all our requests only read. */
function once(exchange: Exchange, start: Start, done: () => void): Promise<Answer | 'stale'> {
  const { method, headers, body, signal } = exchange;
  return new Promise((resolve, reject) => {
    const request = start({ method, headers: { ...headers, ...length(body) }, signal });
    request.once('response', (response) => resolve(answer(response, exchange)));
    request.once('error', (error) => {
      if (request.reusedSocket && isHangUp(error)) resolve('stale');
      else reject(asFault(error, exchange));
    });
    request.once('close', () => {
      done();
      // After a switch of protocols nobody asked for (101), node tells neither of an answer nor of an error.
      reject(new HangUp(exchange.url.host));
    });
    limitAnnouncements(request, exchange);
    request.end(body);
  });
}

/** Interim answers (1xx) are no part of the body, so its bound does not hold for them. */
function limitAnnouncements(request: ClientRequest, { url }: Exchange): void {
  let left = MOST_INTERIM;
  request.on('information', () => {
    left -= 1;
    if (left < 0) request.destroy(new Fault('network', `${url.host} announces an answer without end`));
  });
}

function length(body: Buffer | undefined): Record<string, number> {
  return body ? { 'content-length': body.length } : {};
}

function answer(response: IncomingMessage, exchange: Exchange): Answer {
  response.on('error', () => {}); // also when nobody reads the body any more
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: body(response, exchange),
    discard: () => response.destroy(),
  };
}

async function* body(response: IncomingMessage, exchange: Exchange): AsyncGenerator<Buffer> {
  try {
    const received = capped(response, exchange);
    yield* isGzip(response) ? capped(gunzipped(received), exchange) : received;
  } catch (error) {
    throw asFault(error, exchange);
  } finally {
    if (!response.complete) response.destroy();
  }
}

function isGzip(response: IncomingMessage): boolean {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new Fault(
    'unsupported',
    `the git host compresses its answers as ${JSON.stringify(encoding.slice(0, 20))}`,
  );
}

function gunzipped(received: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return pipeline(received, createGunzip(), () => {}); // errors reach whoever reads
}

async function* capped(chunks: AsyncIterable<Buffer>, exchange: Exchange): AsyncGenerator<Buffer> {
  let left = exchange.limit;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0)
      throw new OverLimit(`the answer of ${exchange.url.host} is larger than ${bytesText(exchange.limit)}`);
    yield chunk;
  }
}

const HANG_UPS: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNABORTED',
]);

function isHangUp(error: unknown): boolean {
  return HANG_UPS.has(codeOf(error));
}

/** The cause is left out on purpose: errors of sockets may carry what was being sent. */
function asFault(error: unknown, exchange: Exchange): Fault {
  if (error instanceof Fault) return error;
  const { host } = exchange.url;
  if (exchange.signal.aborted) return new Fault('network', `${host} did not answer in time`);
  const code = codeOf(error);
  if (isHangUp(error)) return new HangUp(host);
  if (code.startsWith('Z_')) return new Fault('network', `${host} sent an answer that does not decompress`);
  return new Fault('network', `${host} cannot be reached (${code || 'unknown error'})`);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code.slice(0, 60) : '';
}
