/** A git host that answers whatever a script says, byte for byte, and counts what it got rid of. */
import { createServer, type Socket } from 'node:net';
import { FLUSH, pktLine } from '../../../lib/git/pkt-line.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `ls-refs` or `fetch`; empty for the advertisement. */
  readonly command: string;
}

/** Writes the whole answer, head included. */
export type Script = (socket: Socket, asked: Asked) => void;

export interface HostileServer {
  readonly port: number;
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Bytes the network took from us: what is still in our own buffers is not counted. */
  readonly sent: number;
  script: Script;
  /** Forgets what was asked and counted. */
  calm(script?: Script): void;
  close(): Promise<void>;
}

export async function startHostileServer(first: Script = () => {}, address = '127.0.0.1') {
  const sockets = new Set<Socket>();
  const asked: Asked[] = [];
  let [connections, gone] = [0, 0];
  const sentBy = (socket: Socket) => socket.bytesWritten - socket.writableLength;

  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}); // the client went away
    socket.on('close', () => {
      sockets.delete(socket);
      gone += sentBy(socket);
    });
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let request = requestIn(rest); request; request = requestIn(rest)) {
        rest = rest.subarray(request.end);
        asked.push(request.asked);
        host.script(socket, request.asked);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const listening = server.address();
  const port = typeof listening === 'object' && listening ? listening.port : 0;

  const host: HostileServer = {
    port,
    url: `http://${address}:${port}`,
    asked,
    script: first,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    get sent() {
      return [...sockets].reduce((sum, socket) => sum + sentBy(socket), gone);
    },
    calm: (script = host.script) => {
      host.script = script;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      asked.length = 0;
      [connections, gone] = [0, 0];
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return host;
}

function requestIn(bytes: Buffer): { asked: Asked; end: number } | null {
  const split = bytes.indexOf('\r\n\r\n');
  if (split < 0) return null;
  const [line = '', ...fields] = bytes.toString('latin1', 0, split).split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field) => [
      field.slice(0, field.indexOf(':')).toLowerCase(),
      field.slice(field.indexOf(':') + 1).trim(),
    ]),
  );
  const end = split + 4 + Number(headers['content-length'] ?? 0);
  if (bytes.length < end) return null;
  const [method = '', path = ''] = line.split(' ');
  const body = bytes.toString('latin1', split + 4, end);
  const command = /^....command=([a-z-]+)/.exec(body)?.[1] ?? '';
  return { asked: { method, path, headers, body, command }, end };
}

export const ADVERTISEMENT = 'application/x-git-upload-pack-advertisement';
export const RESULT = 'application/x-git-upload-pack-result';

export function head(fields: Readonly<Record<string, string | number>>, status = '200 OK'): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}

/** A whole answer of a known length; the connection is kept. */
export function reply(socket: Socket, type: string, body: Uint8Array): void {
  socket.write(head({ 'content-type': type, 'content-length': body.length }));
  socket.write(body);
}

/** Writes what `next` makes for as long as the client takes it, and no more than that. */
export function pour(socket: Socket, next: () => Uint8Array | string | null): void {
  const go = () => {
    while (!socket.destroyed) {
      const chunk = next();
      if (chunk === null) return void socket.off('drain', go);
      if (!socket.write(chunk)) return;
    }
  };
  socket.on('drain', go);
  go();
}

const CAPABILITIES = ['version 2\n', 'ls-refs\n', 'fetch=shallow filter\n', 'object-format=sha1\n'];

export function advertisement(lines: readonly string[] = CAPABILITIES): Buffer {
  return groups(['# service=git-upload-pack\n'], lines);
}

function groups(...groups: readonly (readonly string[])[]): Buffer {
  return Buffer.concat(groups.flatMap((group) => [...group.map(pktLine), FLUSH]));
}

export function refs(...lines: readonly string[]): Buffer {
  return groups(lines.map((line) => `${line}\n`));
}

/** A pkt-line of bytes, on a side band. */
export function band(number: number, bytes: Uint8Array): Buffer {
  const length = (bytes.length + 5).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(length), Buffer.from([number]), bytes]);
}

/** What a fetch answers, around a pack. */
export function packAnswer(pack: Uint8Array, lineBytes = 60_000): Buffer {
  const lines: Buffer[] = [pktLine('packfile\n')];
  for (let start = 0; start < pack.length; start += lineBytes)
    lines.push(band(1, pack.subarray(start, start + lineBytes)));
  return Buffer.concat([...lines, FLUSH]);
}

export interface Answers {
  readonly advertise?: Script;
  readonly refs?: Script;
  readonly fetch?: Script;
}

/** A host that is honest in all but what is given. */
export function gitScript({ advertise, refs: list, fetch }: Answers): Script {
  const honest = answer(advertisement(), ADVERTISEMENT);
  return (socket, asked) => {
    const script = asked.command === 'fetch' ? fetch : asked.command === 'ls-refs' ? list : advertise;
    (script ?? honest)(socket, asked);
  };
}

export function answer(body: Uint8Array, type = RESULT): Script {
  return (socket) => reply(socket, type, body);
}
