/** A gateway of somebody else's: it reads a file when it is told to, and says what it runs. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256Hex } from '../../../lib/domain/ids.ts';

export type FakeGateway = Awaited<ReturnType<typeof startFakeGateway>>;

export async function startFakeGateway(file: string) {
  const now = {
    running: null as string | null,
    /** It takes what it reads, unless it does not like it. */
    likes: (_content: string) => true,
    /** It says nothing of what it runs. */
    mute: false,
    /** It answers a reload, and goes on with what it runs. */
    deaf: false,
    authorized: [] as (string | undefined)[],
    reloads: 0,
  };
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'GET') return answer(200, now.mute ? {} : { content_hash: now.running });
    now.reloads++;
    now.authorized.push(request.headers.authorization);
    if (now.deaf) return answer(202, {});
    const content = readFileSync(file, 'utf8');
    if (!now.likes(content)) return answer(422, { error: { message: 'E999 not to my liking' } });
    now.running = sha256Hex(content);
    return answer(200, now.mute ? {} : { content_hash: now.running, changed: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keeptrusts/config`;
  return {
    now,
    statusUrl: url,
    reloadUrl: `${url}/reload`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
