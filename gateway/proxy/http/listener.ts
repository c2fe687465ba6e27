/** The listener: a server that a slow or a greedy client cannot hold up, and that ends without dropping anybody. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ListenerBounds {
  /** A client has so long to send its headers, and so long to send all of a request. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Whoever takes nothing of an answer for so long is gone. */
  readonly stallMs: number;
  readonly checkEveryMs: number;
  readonly maxConnections: number;
}

const DEFAULT_BOUNDS: ListenerBounds = {
  headersMs: 15_000,
  requestMs: 60_000,
  stallMs: 60_000,
  checkEveryMs: 5_000,
  maxConnections: 4096,
};
/** Longer than load balancers keep theirs, so that it is they who close. */
const KEEP_ALIVE_MS = 75_000;
const MAX_HEADER_BYTES = 32 * 1024;

export interface Listener {
  /** With the port that was taken. */
  readonly port: number;
  /** Takes no more, and resolves once those in flight are answered; after `graceMs` they are cut off. */
  stop(graceMs: number): Promise<void>;
}

export async function listen(
  host: string,
  port: number,
  handle: RequestListener,
  bounds: ListenerBounds = DEFAULT_BOUNDS,
): Promise<Listener> {
  let stopping = false;
  /** With so many requests that are not answered yet: some send the next before they have the answer. */
  const busy = new Map<Socket, number>();
  const server = createServer(
    {
      headersTimeout: bounds.headersMs,
      requestTimeout: bounds.requestMs,
      connectionsCheckingInterval: bounds.checkEveryMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    },
    (request, response) => {
      // Whoever keeps the connection would find it closed at its next request.
      if (stopping) response.shouldKeepAlive = false;
      const { socket } = request;
      busy.set(socket, (busy.get(socket) ?? 0) + 1);
      response.once('close', () => {
        const left = (busy.get(socket) ?? 1) - 1;
        if (left > 0) {
          busy.set(socket, left);
          return;
        }
        busy.delete(socket);
        if (stopping) socket.end();
      });
      handle(request, response);
    },
  );
  server.maxConnections = bounds.maxConnections;
  // Node leaves out those beyond 2000: what a proxy in front adds would be gone. Their bytes are bounded.
  server.maxHeadersCount = 0;
  // An answer that is not there yet is not the client's fault; one that it does not take holds a connection for good.
  server.setTimeout(bounds.stallMs, (socket) => {
    if (!busy.has(socket) || socket.writableLength > 0) socket.destroy();
  });
  const sockets = tracked(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop(graceMs) {
      stopping = true;
      return new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        // Node takes a connection on which nothing came yet for one that is busy.
        for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
      });
    },
  };
}

function tracked(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}
