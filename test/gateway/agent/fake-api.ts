/** The API as far as a gateway sees it, over real HTTP: what it answers is what a test says, and what came it keeps. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Beat } from '../../../gateway/agent/api.ts';
import type { Key, Offer, SignedReceipt } from '../../../gateway/agent/shapes.ts';
import { isSignedBy, receiptId } from '../../../lib/domain/receipt.ts';

export type FakeApi = Awaited<ReturnType<typeof startFakeApi>>;

interface Canned {
  readonly status: number;
  readonly body?: unknown;
}

const refusal = (status: number, code: string): Canned => ({
  status,
  body: { error: { type: 'x', code, message: `no: ${code}` } },
});

export const TOKEN = 'kt_live_0123456789abcdef_secret';
export const GATEWAY = 'gw_test';

export async function startFakeApi(keys: readonly Key[]) {
  const told = {
    offer: null as Offer | null,
    keys: [...keys] as readonly Key[],
    /** No connection is answered. */
    down: false,
    configuration: null as Canned | null,
    receipts: null as Canned | null,
    credentials: null as Canned | null,
    /** What is said of the time, and of the end of credentials. */
    date: () => new Date(),
    lifetimeMs: 3_600_000,
  };
  const asked: string[] = [];
  const conditions: (string | null)[] = [];
  const beats: Beat[] = [];
  /** By id, as the real one stores them; in the order they came. */
  const receipts = new Map<string, SignedReceipt>();
  let publicKey = '';
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const look of [...waiting]) look();
  };

  function configuration(request: IncomingMessage): Canned {
    const etag = request.headers['if-none-match'] ?? null;
    conditions.push(etag);
    if (told.configuration) return told.configuration;
    if (!told.offer) return refusal(503, 'not_announced');
    const { sequence, content_hash } = told.offer.manifest;
    return etag === `"${sequence}.${content_hash}"` ? { status: 304 } : { status: 200, body: told.offer };
  }

  function receipt(body: SignedReceipt): Canned {
    if (told.receipts) return told.receipts;
    const { signature, ...statement } = body;
    if (!isSignedBy(publicKey, statement, signature)) return refusal(400, 'signature_invalid');
    receipts.set(receiptId(statement), body);
    return { status: 201, body: { id: receiptId(statement) } };
  }

  function credentials(): Canned {
    if (told.credentials) return told.credentials;
    const expires_at = new Date(told.date().getTime() + told.lifetimeMs).toISOString();
    const credentials = { access_key_id: 'a', secret_access_key: 's', session_token: 't', expires_at };
    return {
      status: 200,
      body: { queue_url: 'http://queue.invalid/q', region: 'x', endpoint: null, credentials },
    };
  }

  function answerOf(request: IncomingMessage, body: string): Canned {
    const path = request.url ?? '';
    if (path === '/v1/keys') return { status: 200, body: { keys: told.keys } };
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'unauthenticated');
    if (path === `/v1/gateways/${GATEWAY}/configuration`) return configuration(request);
    if (path === `/v1/gateways/${GATEWAY}/receipts`) return receipt(JSON.parse(body));
    if (path === `/v1/gateways/${GATEWAY}/queue-credentials`) return credentials();
    if (path !== `/v1/gateways/${GATEWAY}/heartbeat`) return refusal(404, 'not_found');
    beats.push(JSON.parse(body));
    return { status: 204 };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(`${request.method} ${request.url?.split('/').at(-1)}`);
    if (told.down) request.socket.destroy();
    else {
      const answer = answerOf(request, body);
      const headers = { 'content-type': 'application/json', date: told.date().toUTCString() };
      response
        .writeHead(answer.status, headers)
        .end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    }
    changed();
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    told,
    asked,
    /** The `If-None-Match` of each question for what must run. */
    conditions,
    beats,
    receipts: () => [...receipts.values()],
    trust: (pem: string) => {
      publicKey = pem;
    },

    /** Resolves once it is so; looked at after every request. */
    async until(what: string, passes: () => boolean): Promise<void> {
      await new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!passes()) return;
          clearTimeout(timer);
          clearInterval(ticking);
          waiting.delete(look);
          resolve();
        };
        const timer = setTimeout(() => reject(new Error(`it never came to that: ${what}`)), 10_000);
        const ticking = setInterval(look, 20);
        waiting.add(look);
        look();
      });
    },

    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
