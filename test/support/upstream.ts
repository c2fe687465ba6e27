/** An upstream that speaks OpenAI's protocol: says what it is told to say, or goes wrong as it is told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** Answers one request, in whatever way. */
export type Behaviour = (request: Seen, response: ServerResponse) => void | Promise<void>;

export interface Upstream {
  readonly url: string;
  readonly seen: Seen[];
  /** That were ever opened. */
  readonly connections: number;
  behave(next: Behaviour): void;
  stop(): Promise<void>;
}

export async function startUpstream(first: Behaviour = echo()): Promise<Upstream> {
  let behaviour = first;
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return;
    }
    const body = JSON.parse(Buffer.concat(pieces).toString('utf8') || '{}');
    const it = { path: request.url ?? '', headers: request.headers, body };
    seen.push(it);
    await behaviour(it, response);
  });
  server.on('connection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    get connections() {
      return connections;
    },
    behave: (next) => {
      behaviour = next;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

export function completion(content: string | null, more: object = {}, fields: object = {}) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'stub',
    choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason: 'stop' }],
    usage: USAGE,
    ...fields,
  };
}

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Behaviour =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };

/** The same words, whole or as a stream, as the request asks. */
export const says =
  (content: string): Behaviour =>
  (request, response) =>
    request.body['stream'] === true
      ? streams(content.match(/\s*\S+/g) ?? [])(request, response)
      : json(completion(content))(request, response);

/** What the last message says. */
export const echo =
  (prefix = ''): Behaviour =>
  (request, response) => {
    const messages = request.body['messages'] as { content: string }[];
    return says(`${prefix}${messages.at(-1)?.content ?? ''}`)(request, response);
  };

export function chunk(delta: object, finish: string | null = null, fields: object = {}) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'stub',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...fields,
  };
}

export const streams = (pieces: readonly string[]): Behaviour =>
  streamsChunks([
    chunk({ role: 'assistant', content: '' }),
    ...pieces.map((content) => chunk({ content })),
    chunk({}, 'stop'),
  ]);

/** `then`: instead of `[DONE]` and the end. */
export const streamsChunks =
  (chunks: readonly unknown[], then?: (response: ServerResponse) => void): Behaviour =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const each of chunks) response.write(`data: ${JSON.stringify(each)}\n\n`);
    if (then) then(response);
    else response.end('data: [DONE]\n\n');
  };

/** Reads, and never answers. */
export const hangs: Behaviour = () => {};
