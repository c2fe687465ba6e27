/** The queue over real HTTP, as SQS answers it: the local stack has neither clocks nor credentials that are wrong. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lent } from '../../../gateway/agent/api.ts';
import type { Queue } from '../../../gateway/agent/queue.ts';
import { sqsQueue } from '../../../gateway/agent/sqs.ts';

const asked: { headers: IncomingHttpHeaders; body: Record<string, unknown> }[] = [];
let answer: { status: number; body: unknown };
let server: ReturnType<typeof createServer>;
let queue: Queue;

beforeEach(async () => {
  asked.length = 0;
  answer = { status: 200, body: {} };
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ headers: request.headers, body: JSON.parse(body) });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  queue.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function lent(over: Partial<Lent> = {}): Lent {
  const { port } = server.address() as AddressInfo;
  const credentials = {
    access_key_id: 'AKID',
    secret_access_key: 'secret',
    session_token: 'session',
    // Long ago by any clock: when to renew them is for the listener to know.
    expires_at: '2001-01-01T00:00:00.000Z',
  };
  const grant = {
    queue_url: 'https://sqs.example/1/q',
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
  };
  return { grant, lifetimeMs: 1, clockOffsetMs: 0, ...over };
}

/** `20260301T120000Z` */
const timeOf = (headers: IncomingHttpHeaders) => {
  const text = String(headers['x-amz-date']);
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
};

describe('a queue in SQS', () => {
  it('is asked at its endpoint, patiently, with what was lent', async () => {
    queue = sqsQueue(lent());
    answer.body = {
      Messages: [{ Body: 'hello', ReceiptHandle: 'h1', MD5OfBody: '5d41402abc4b2a76b9719d911017c592' }],
    };
    expect(await queue.receive(new AbortController().signal)).toEqual([{ body: 'hello', handle: 'h1' }]);
    expect(asked[0]?.body).toMatchObject({ QueueUrl: 'https://sqs.example/1/q', WaitTimeSeconds: 20 });
    expect(asked[0]?.headers['authorization']).toContain('Credential=AKID/');
    expect(asked[0]?.headers['x-amz-security-token']).toBe('session');
    answer.body = {};
    await queue.remove('h1');
    expect(asked[1]?.body).toMatchObject({ ReceiptHandle: 'h1' });
  });

  it.each([86_400_000, -86_400_000])(
    'is asked at the time it is there, whatever the clock here says: %i ms',
    async (off) => {
      queue = sqsQueue(lent({ clockOffsetMs: off }));
      await queue.receive(new AbortController().signal);
      const [first] = asked;
      expect(Math.abs(timeOf(first?.headers ?? {}) - (Date.now() + off))).toBeLessThan(60_000);
    },
  );

  it.each([
    ['com.amazonaws.sqs#QueueDoesNotExist', 'gone'],
    ['AWS.SimpleQueueService.NonExistentQueue', 'gone'],
    ['com.amazon.coral.service#ExpiredTokenException', 'credentials'],
    ['com.amazon.coral.service#UnrecognizedClientException', 'credentials'],
    ['com.amazonaws.sqs#AccessDeniedException', 'credentials'],
    ['com.amazonaws.sqs#OverLimit', 'other'],
  ])('that answers %s is in trouble: %s', async (type, kind) => {
    queue = sqsQueue(lent());
    answer = { status: 400, body: { __type: type, message: 'no' } };
    await expect(queue.receive(new AbortController().signal)).rejects.toMatchObject({
      name: 'QueueTrouble',
      kind,
    });
  });

  it('is not waited for once that is over', async () => {
    queue = sqsQueue(lent());
    const ending = new AbortController();
    ending.abort();
    await expect(queue.receive(ending.signal)).rejects.toMatchObject({ kind: 'other' });
  });
});
