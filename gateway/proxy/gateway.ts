/** The gateway: listens, holds the current version, and serves it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomId } from '../../lib/domain/ids.ts';
import type { Log } from '../../lib/log.ts';
import { type Call, headersOf } from './chat/call.ts';
import { chat } from './chat/chat.ts';
import type { ChatPorts } from './chat/ports.ts';
import { Current } from './current.ts';
import { BodyReader } from './http/read-body.ts';
import { replyError } from './http/reply.ts';
import { Slots } from './http/slots.ts';
import { type FailMode, Judge } from './judge.ts';
import { type LoadOptions, type LoadOutcome, load, type Provenance } from './loaded.ts';
import { DEFAULT_TIMEOUTS, newAgents, type Timeouts } from './upstreams/send.ts';
import { TargetStates } from './upstreams/target-state.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly failMode: FailMode;
  readonly maxConcurrency: number;
  readonly load: LoadOptions;
  readonly timeouts?: Timeouts;
  readonly log: Log;
  readonly version: string;
}

export interface Gateway {
  readonly url: string;
  /** Compiles beside what runs, and swaps if it can be enforced. */
  load(bytes: Uint8Array, provenance: Provenance | null): LoadOutcome;
  readonly current: Current;
  stop(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const current = new Current();
  const states = new TargetStates(() => performance.now());
  const ports: ChatPorts = {
    bodies: new BodyReader(),
    slots: new Slots(options.maxConcurrency),
    judge: new Judge(options.failMode, options.log),
    order: { states, random: Math.random },
    agents: newAgents(),
    timeouts: options.timeouts ?? DEFAULT_TIMEOUTS,
    elapsed: () => performance.now(),
    promptHash: () => '',
    version: options.version,
  };
  const server = createServer((request, response) => {
    void answer(request, response, current, ports);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    current,
    load(bytes, provenance) {
      const outcome = load(bytes, provenance, options.load);
      if (outcome.kind === 'loaded') current.swap(outcome.loaded);
      return outcome;
    },
    stop: () => stopServer(server),
  };
}

const stopServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  current: Current,
  ports: ChatPorts,
) {
  const { loaded } = current;
  if (!loaded) {
    replyError(response, {
      status: 503,
      type: 'validation_error',
      code: 'starting',
      message: 'No policy is loaded yet.',
    });
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const call: Call = {
    id: randomId('req'),
    request,
    response,
    headers: headersOf(request),
    ip: request.socket.remoteAddress ?? '',
    signal: gone.signal,
    loaded,
  };
  await chat(call, ports);
}
